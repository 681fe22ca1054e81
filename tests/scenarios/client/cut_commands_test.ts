/**
 * What a person is told of a text when the line breaks at any packet of the command: what was said is what becomes true, and
 * the same command again says nothing twice (decision 0060).
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { newEnvelopeId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { EXIT, type ExitCode } from "../../../lib/commands/exit_code.ts";
import { openTalk, type Pair, type TestClient } from "../../kit/test_client.ts";
import { cutEverywhere, type Fate, runVerbOf, type VerbRun } from "../../kit/verb_runs.ts";

/** Packets of a command that begins a conversation, and some. */
const MAX_BEGINNINGS = 40;

/** The server lets a dozen begin at once; and how long until as many more may. */
const OPENINGS = 10;
const MORE_OPENINGS_MS = OPENINGS * 360_000;

/** What the command said became of it: in its object, and in words. */
function told({ last, exit }: VerbRun): Fate {
  const { kept, state } = last;
  if (exit === EXIT.done) return "sent";
  equal(typeof kept, "boolean", JSON.stringify(last));
  if (kept === false) return "nothing";
  return state === "sent" || state === "delivered" ? "sent" : "queued";
}

/** What a good line does with what waits. */
async function flush(person: TestClient): Promise<void> {
  await person.connect();
  await person.client.sync();
  await person.client.flush();
  await person.disconnect();
}

const WORDS: Readonly<Record<Fate, RegExp>> = {
  nothing: /\. Neither stored nor sent$/m,
  queued: /\. Stored here, and will be sent by the next command that reaches the server$/m,
  sent: /\. The server has it$/m,
};

/** What a message's command says, against how often the message is there: before and after a good line. */
async function checkMessage(
  { alice, bob }: Pair,
  ended: VerbRun,
  { at, interrupted = EXIT.unreachable, count }: {
    readonly at: string;
    readonly interrupted?: ExitCode;
    /** After bob has taken up what waits. */
    readonly count: () => Promise<number>;
  },
): Promise<Fate> {
  const said = told(ended);
  if (ended.exit !== EXIT.done) {
    equal(ended.exit, interrupted, at);
    ok(!["failed", "unexpected"].includes(String(ended.last.name)), at);
    match(String(ended.last.id), /^[0-9a-f]{32}$/, at);
    match(ended.notes, WORDS[said], at);
  }
  await bob.client.sync();
  const before = await count();
  if (said !== "queued") equal(before, said === "sent" ? 1 : 0, at);
  await flush(alice);
  await bob.client.sync();
  equal(await count(), said === "nothing" ? 0 : 1, at);
  return said;
}

async function countOf(person: TestClient, text: string): Promise<number> {
  return (await person.received()).filter((one) => one === text).length;
}

for (const end of ["cut", "ctrl-C"] as const) {
  Deno.test(`send says what became of the text at a ${end} behind any packet`, async () => {
    await using talk = await openTalk();
    await talk.alice.disconnect();
    await cutEverywhere(
      (cutAfter) =>
        runVerbOf(talk.alice, ["send", "bob", `text ${cutAfter}`, "--json"], {
          cutAfter,
          interrupts: end === "ctrl-C",
        }),
      (ended, cutAfter) =>
        checkMessage(talk, ended, {
          at: `${end} after ${cutAfter}: ${ended.notes}`,
          interrupted: end === "cut" ? EXIT.unreachable : EXIT.interrupted,
          count: () => countOf(talk.bob, `text ${cutAfter}`),
        }),
      end === "cut" ? undefined : ["nothing", "sent"],
    );
  });
}

Deno.test("send says what became of the text at a cut behind any packet that begins a conversation", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.disconnect();
  // One for each conversation that begins.
  await bob.connect({ keyPackages: MAX_BEGINNINGS });
  await cutEverywhere(async (cutAfter) => {
    // The server lets one begin so many with the same account.
    if (cutAfter % OPENINGS === OPENINGS - 1) await alice.world.clock.advance(MORE_OPENINGS_MS);
    await alice.client.beginAnew(await alice.client.findContact("bob"));
    return await runVerbOf(alice, ["send", "bob", `text ${cutAfter}`, "--json"], { cutAfter });
  }, (ended, cutAfter) =>
    checkMessage(talk, ended, {
      at: `cut after ${cutAfter}: ${ended.notes}`,
      count: () => countOf(bob, `text ${cutAfter}`),
    }));
});

Deno.test("reply says what became of the text at a cut behind any packet", async () => {
  await using talk = await openTalk();
  await talk.alice.disconnect();
  await cutEverywhere(
    (cutAfter) =>
      runVerbOf(talk.alice, ["reply", "bob", "-1", `text ${cutAfter}`, "--json"], { cutAfter }),
    (ended, cutAfter) =>
      checkMessage(talk, ended, {
        at: `cut after ${cutAfter}: ${ended.notes}`,
        count: () => countOf(talk.bob, `text ${cutAfter}`),
      }),
  );
});

Deno.test("edit says what became of the change at a cut behind any packet", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const target = await alice.say(bob, "not edited yet");
  await alice.client.sync();
  await alice.disconnect();
  await cutEverywhere(
    (cutAfter) =>
      runVerbOf(alice, ["edit", "bob", "-1", `text ${cutAfter}`, "--json"], { cutAfter }),
    (ended, cutAfter) =>
      checkMessage(talk, ended, {
        at: `cut after ${cutAfter}: ${ended.notes}`,
        count: async () => {
          const shown = await bob.messenger.history.text(target);
          return shown?.text === `text ${cutAfter}` ? 1 : 0;
        },
      }),
  );
});

Deno.test("send with the same --id comes once, wherever it was cut before", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.disconnect();
  await cutEverywhere(async (cutAfter) => {
    const id = newEnvelopeId(systemRandom);
    const args = ["send", "bob", `text ${cutAfter}`, "--json", "--id", id];
    const ended = await runVerbOf(alice, args, { cutAfter });
    equal(ended.last.id, id);
    for (const _ of [1, 2]) {
      const again = await runVerbOf(alice, args);
      deepEqual([again.exit, again.last.id, again.last.kept], [EXIT.done, id, true], again.notes);
    }
    await bob.client.sync();
    equal(await countOf(bob, `text ${cutAfter}`), 1);
    return ended;
  }, (ended) => Promise.resolve(told(ended)));
});

Deno.test("an id that was chosen for one change is refused for another, and the same again is done once", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.disconnect();
  const run = async (line: string, id: string) => {
    const { exit, last } = await runVerbOf(alice, [...line.split(" "), "--json", "--id", id]);
    return exit === EXIT.done ? last.kept : last.name;
  };
  const ids = Array.from({ length: 4 }, () => newEnvelopeId(systemRandom));
  equal(await run("send bob first", ids[0]), true);
  const changes = [
    ["react bob -1 👍", "react bob -1 👍 --remove", "react bob -1 😀", "delete bob -1"],
    ["edit bob -1 second", "edit bob -1 third", "edit bob 1 second", "react bob -1 👍"],
    ["expire bob 1h", "expire bob 2h", "edit bob -1 second", "reply bob -1 yes"],
  ];
  for (const [i, [change, ...others]] of changes.entries()) {
    const id = ids[i + 1];
    equal(await run(change, id), true, change);
    for (const other of others) equal(await run(other, id), "id-taken", other);
    equal(await run(change, id), true, change);
  }
  // It was edited since.
  equal(await run("send bob first", ids[0]), true);
  equal(await run("delete bob -1", ids[0]), "id-taken");
  // What did not come to be sent takes no id.
  const free = newEnvelopeId(systemRandom);
  equal(await run("edit bob 99 never", free), "unknown-message");
  equal(await run("send bob last", free), true);
  await bob.client.sync();
  deepEqual((await bob.received()).slice(1), ["second", "last"]);
});

Deno.test("an id that another message has is refused, and nothing is said of that one", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.disconnect();
  const send = (...words: readonly string[]) => runVerbOf(alice, ["send", ...words, "--json"]);
  const first = await send("bob", "first");
  const id = String(first.last.id);
  for (const text of ["second", "First"]) {
    const { exit, last } = await send("bob", text, "--id", id);
    deepEqual([exit, last.name, last.kept, last.state], [EXIT.usage, "id-taken", false, undefined]);
  }
  // As `uuidgen` writes it, it is the same id.
  const uuid = id.toUpperCase().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  const again = await send("bob", "first", "--id", uuid);
  deepEqual([again.exit, again.last.id], [EXIT.done, id]);
  equal((await send("bob", "third", "--id", "never")).last.name, "bad-id");
  await bob.client.sync();
  deepEqual((await bob.received()).slice(1), ["first"]);
});
