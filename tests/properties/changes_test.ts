/** Edits, deletions and reactions: every order in which they and their texts arrive gives the same on every device. */

import { deepEqual } from "node:assert/strict";
import fc from "fast-check";
import { type AccountId, parseConversationId } from "../../lib/base/ids.ts";
import { utf8 } from "../../lib/base/bytes.ts";
import { systemRandom } from "../../lib/base/random.ts";
import type { HistoryEntry } from "../../lib/client/store/history.ts";
import { makeMessenger, type Messenger } from "../../lib/client/store/messenger.ts";
import { FEATURES } from "../../lib/client/sync/families.ts";
import type { Profile } from "../../lib/client/profile/profile.ts";
import type { ChangeKind } from "../../lib/client/store/change_store.ts";
import { factsOf } from "../../lib/client/talk/facts.ts";
import { settleChanges } from "../../lib/client/talk/settling.ts";
import { FakeClock } from "../kit/clock.ts";
import { accountId, entry, TestStore } from "../unit/client/profile_kit.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 400 : 15;
const [ALICE, BOB, CAROL] = ["alice", "bob", "carol"].map(accountId);
const ROOM = conversation("11");
const OTHER = conversation("22");
const EMOJI = ["👍", "❤️", "🔥"];

type Arrival =
  | { readonly type: "text"; readonly entry: HistoryEntry }
  | {
    readonly type: "change";
    readonly id: string;
    readonly kind: ChangeKind;
    readonly target: string;
    readonly account: AccountId;
    readonly conversation: typeof ROOM;
    readonly revision: number;
    readonly word: string;
  };

function conversation(byte: string) {
  const id = parseConversationId(byte.repeat(32));
  if (id === undefined) throw new Error("no conversation id");
  return id;
}

const idOf = (i: number) => i.toString(16).padStart(32, "0");

/** Texts 0…2 are there at some time; text 3 never comes. */
const TEXTS: readonly Arrival[] = [ALICE, BOB, ALICE].map((from, i) => ({
  type: "text",
  entry: entry(`text ${i}`, { id: idOf(i), conversation: ROOM, peer: BOB, from }),
}));

const changes = fc.array(
  fc.record({
    kind: fc.constantFrom<ChangeKind>("edit", "edit", "reaction", "reaction", "delete"),
    target: fc.nat(3).map(idOf),
    account: fc.constantFrom(ALICE, BOB, CAROL),
    conversation: fc.constantFrom(ROOM, ROOM, ROOM, OTHER),
    revision: fc.integer({ min: 1, max: 4 }),
    word: fc.constantFrom(...EMOJI),
  }),
  { minLength: 1, maxLength: 14 },
).map((all) => all.map((one, i): Arrival => ({ type: "change", id: idOf(100 + i), ...one })));

/** Who may do what is the same for all: nobody is in charge of this conversation. */
async function openMessenger(store: TestStore): Promise<Messenger> {
  const database = store.database();
  const own = { account: CAROL, device: "d", serverId: "s" };
  const profile = {
    database,
    vault: store.vault,
    clock: new FakeClock(1),
    random: systemRandom,
    own,
  };
  // Judging a change needs no keys.
  return await makeMessenger(profile as unknown as Profile, FEATURES, () => {});
}

async function arrive(messenger: Messenger, one: Arrival): Promise<void> {
  if (one.type === "text") {
    await messenger.history.append([one.entry], () => true);
    return;
  }
  const { kind, id, word, account, target, revision, conversation } = one;
  const content = kind === "reaction" ? JSON.stringify([word]) : `${word} ${id}`;
  const sealed = await messenger.profile.vault.seal("change", id, utf8(content));
  messenger.history.changes.put({
    ...{ kind, id, account, target, revision, conversation, sealed },
    epoch: 1,
    atMs: Number.parseInt(id.slice(-4), 16),
  });
}

/** What a person sees. `settles` says after which arrivals changes are judged: a crash leaves them for later. */
async function outcome(arrivals: readonly Arrival[], settles: readonly boolean[]) {
  await using store = await TestStore.open();
  const messenger = await openMessenger(store);
  for (const [i, one] of arrivals.entries()) {
    await arrive(messenger, one);
    if (settles[i % settles.length]) await settleChanges(messenger);
  }
  await settleChanges(messenger);
  const texts = (await messenger.history.after(0)).filter(({ kind }) => kind === "text");
  const seen = await Promise.all(texts.map(async (text) => ({
    id: text.id,
    text: text.text,
    editedMs: text.editedMs,
    isDeleted: text.deletedBy !== undefined,
    reactions: (await factsOf(messenger, text)).reactions
      .toSorted((one, other) => one.account < other.account ? -1 : 1),
  })));
  return seen.toSorted((one, other) => one.id < other.id ? -1 : 1);
}

Deno.test("changes come to the same in every order of arrival, and whenever they are judged", async () => {
  await fc.assert(
    fc.asyncProperty(
      changes.chain((made) => {
        const all = [...TEXTS, ...made];
        const shuffled = fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
        return fc.tuple(fc.constant(all), shuffled);
      }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
      async ([all, shuffled], settles) => {
        deepEqual(await outcome(shuffled, settles), await outcome(all, [true]));
      },
    ),
    { numRuns: RUNS },
  );
});
