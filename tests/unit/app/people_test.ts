import { deepEqual, equal, throws } from "node:assert/strict";
import { VERIFY, WHO } from "../../../lib/app/commands/people.ts";
import { UNREAD } from "../../../lib/app/commands/unread.ts";
import type { PersonCommands, PersonContext } from "../../../lib/app/person_row.ts";
import { finish } from "../../../lib/commands/command_row.ts";
import type { CommandValues } from "../../../lib/commands/command_values.ts";
import { present } from "../../../lib/commands/wording.ts";

const NOTHING = {
  has: () => false,
  option: () => undefined,
  argument: () => undefined,
  maybe: () => undefined,
} as unknown as CommandValues;

/** The lines of the only row of a group, in a dialogue or at the command line. */
async function linesOf<Kinds extends object>(
  { rows: [row], wording }: PersonCommands<Kinds>,
  context: unknown,
  isDialogue: boolean,
): Promise<readonly string[]> {
  const voice = { time: () => "", command: () => "", isDialogue };
  const lines: string[] = [];
  const tell = (reports: Parameters<typeof present<Kinds>>[0][]) => {
    lines.push(...reports.flatMap((report) => present(report, wording, voice).lines));
    return Promise.resolve();
  };
  const { signal } = new AbortController();
  const running = row.run({ ...context as PersonContext, isDialogue }, NOTHING, { signal });
  const { reports } = await finish(running, (told) => tell([...told]));
  await tell([...reports]);
  return lines;
}

/** A client of alice's on a server with so many others, of whom these are there. */
function among(others: number, online: readonly string[] = []) {
  const entries = ["alice", ...Array.from({ length: others }, (_, i) => `p${i}`)]
    .map((account) => ({
      ...{ account, name: account, identity: "", online: online.includes(account) },
      ...online.includes(account) && { sinceMs: 0 },
    }));
  const fields = { entries, sizes: entries.map(() => 0), more: false };
  return {
    client: {
      profile: { own: { account: "alice" } },
      link: { ask: () => Promise.resolve({ fields, payload: new Uint8Array(0) }) },
    },
  };
}

Deno.test("who names everybody at the command line, and 200 others in a dialogue, without oneself", async () => {
  const verb = await linesOf(WHO, among(201), false);
  deepEqual([verb.length, verb[0]], [202, "alice, offline (you)"]);
  const dialogue = await linesOf(WHO, among(201), true);
  deepEqual([dialogue.length, dialogue[0], dialogue.at(-1)], [201, "p0, offline", "and 1 more"]);
  equal((await linesOf(WHO, among(200), true)).length, 200);
  deepEqual(await linesOf(WHO, among(0), true), ["nobody else is online"]);
});

Deno.test("who lists in a dialogue who is there first, then by name with p2 before p10", async () => {
  const lines = await linesOf(WHO, among(201, ["p200"]), true);
  deepEqual(lines.map((line) => line.split(",")[0]).slice(0, 5), ["p200", "p0", "p1", "p2", "p3"]);
  equal(lines[11], "p10, offline");
});

Deno.test("verify refuses what is no safety number before it connects", () => {
  const values = { maybe: (name: string) => name === "--expect" ? "123" : undefined };
  const check = () =>
    VERIFY.rows[0].check?.(values as unknown as CommandValues, { nowMs: () => 0 } as never);
  throws(check, { code: "bad-number" });
});

Deno.test("unread is asked of the conversation that the line was for, even where nothing is new", async () => {
  const client = {
    talk: { unread: () => [{ peer: "carol", unread: 2 }] },
    rooms: {
      list: () => Promise.resolve([]),
      open: { looked: () => Promise.resolve([]) },
    },
  };
  deepEqual(await linesOf(UNREAD, { client }, true), ["carol 2"]);
  deepEqual(await linesOf(UNREAD, { client, addressed: "bob" }, true), ["bob 0"]);
});
