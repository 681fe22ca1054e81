/** The questions of a first run, with real passwords, so each answer takes a while. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { Context } from "../../../lib/cli/context.ts";
import { firstRun } from "../../../lib/cli/dialogue/first_run.ts";
import { Output } from "../../../lib/cli/output.ts";
import { Person } from "../../../lib/cli/person.ts";
import { Client } from "../../../lib/client/client.ts";
import type { CommandValues } from "../../../lib/commands/command_values.ts";
import type { PromptOutcome } from "../../../lib/terminal/lines/prompt.ts";
import { Machine, PASSWORD } from "../../kit/machine.ts";
import { World } from "../../kit/test_client.ts";

const VALUES = { option: () => undefined, has: () => false } as unknown as CommandValues;

/** Escape, in the full screen. */
const BACK = Symbol("back");
/** Ctrl-C. */
const LEAVE = Symbol("leave");

type Step = readonly [question: string, answer: string | boolean | typeof BACK | typeof LEAVE];

/** A person who answers these questions in this order, and none besides; and what was noted in between. */
function script(steps: readonly Step[]): { person: Person; notes: string[]; output: Output } {
  const left = [...steps];
  const next = <T>(question: string): Promise<PromptOutcome<T>> => {
    const [expected, answer] = left.shift() ?? ["nothing", ""];
    assert.equal(question.trim(), expected);
    if (answer === BACK) return Promise.resolve({ kind: "back" });
    if (answer === LEAVE) return Promise.resolve({ kind: "interrupted" });
    // The caller says which kind of answer its question has.
    return Promise.resolve({ kind: "answered", answer: answer as T });
  };
  const questioner = { ask: next, askHidden: next, confirm: next, restore: () => {} };
  const notes: string[] = [];
  const keep = { write: (bytes: Uint8Array) => Promise.resolve(void notes.push(text(bytes))) };
  return {
    person: new Person(questioner as unknown as ConstructorParameters<typeof Person>[0], {
      canBeAsked: true,
      resolve: (path) => path,
      signal: new AbortController().signal,
    }),
    notes,
    output: new Output({ data: keep, notes: keep, noteCells: () => undefined } as never, {
      json: false,
    }),
  };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Goes through the questions on a new profile. Whoever calls closes the client. */
async function run(
  world: World,
  steps: readonly Step[],
  given?: Machine,
  { server, heard = [] }: { server: typeof ADDRESS | undefined; heard?: string[] } = {
    server: ADDRESS,
  },
) {
  const { person, notes, output } = script(steps);
  const machine = given ?? await Machine.open(world, 1);
  const context = {
    ...{ output, person, signal: new AbortController().signal },
    options: {
      ...{ clock: world.clock, random: systemRandom },
      ...server === undefined ? {} : { server: { address: server } },
    },
    lastServer: () => Promise.resolve(ADDRESS),
    greet: () => world.greet(),
  };
  const client = await firstRun(context as unknown as Context, VALUES, machine.keeper)
    .finally(() => heard.push(...notes));
  assert.ok(client instanceof Client);
  return { client, notes: notes.join(""), machine };
}

const ADDRESS = { host: "server.test", port: 9797 };

Deno.test("S3.07: a wrong password asks for the password again, and an empty line leads back to the name", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  const { client, notes, machine } = await run(
    world,
    [
      ["Name:", "alice"],
      ["Password:", "wrong"],
      ["Password:", "wrong again"],
      ["Password:", ""],
      ["Name:", ""],
      ["Name:", "a1ice"],
      ["Password:", ""],
      ["Name:", "b o b "],
      ['No account "b o b" here. Create it?', false],
      ["Name:", "no:name"],
      ["Name:", "bob"],
      ["No account bob here. Create it?", true],
      ["Password:", "short"],
      ["Password again:", "shorter"],
      ["Password:", ""],
      ["Name:", "bob"],
      ["No account bob here. Create it?", true],
      ["Password:", "short"],
      ["Password again:", "short"],
      ["Save it to a file too?", false],
    ],
  );
  await using _machine = machine;
  await using _client = client;
  assert.equal(client.profile.own.name, "bob");
  for (
    const said of [
      "Invalid Password. Please try again (2 tries left)\n    Wrong name or password. Press Enter to go back",
      "Invalid Password. Please try again (1 try left)",
      "Name cannot contain",
      "The passwords differ",
      "The password is easy to guess",
    ]
  ) assert.ok(notes.includes(said), `${said}\n--\n${notes}`);
  assert.equal(
    notes.split("Your recovery code").length,
    2,
    "none is shown for a name that is taken",
  );
});

Deno.test("SR-42: where an invite is needed, known and unknown names get the same questions", async () => {
  await using world = await World.open({ registration: "invite" });
  await world.client("taken", 1);
  for (const name of ["taken", "zoe"]) {
    await using machine = await Machine.open(world, 0);
    const steps: Step[] = [
      ["New here?", false],
      ["Name:", name],
      ["Password:", "wrong"],
      ["Password:", LEAVE],
    ];
    await assert.rejects(run(world, steps, machine), { code: "interrupted" });
    await world.clock.advance(60_000);
  }
});

Deno.test("an invite that is used up or expired leads back to the question for one, in words that fit there", async () => {
  await using world = await World.open({ registration: "invite" });
  await using machine = await Machine.open(world, 0);
  const invite = `heliograph://server.test:9797/${"A".repeat(22)}#SHA256:${"A".repeat(43)}`;
  const question = "Server or invite (empty: server.test:9797):";
  const heard: string[] = [];
  const steps: Step[] = [
    [question, invite],
    ["New here?", true],
    ["Name:", "zoe"],
    ["Password:", PASSWORD],
    ["Password again:", PASSWORD],
    [question, LEAVE],
  ];
  const going = run(world, steps, machine, { server: undefined, heard });
  await assert.rejects(going, { code: "interrupted" });
  const said = heard.join("");
  assert.match(
    said,
    /needs an invite that is neither used up nor expired\n +Ask whoever invited you/,
  );
  assert.equal(said.includes("--invite-file"), false);
});

Deno.test("S3.02: a client takes this program's settings, whether it is opened or just signed in", async () => {
  await using world = await World.open();
  const bob = await world.client("bob", 1);
  const settings = { mode: "prefer", addresses: [], port: 8001 } as const;
  await using context = new Context(
    { direct: () => Promise.resolve(settings) } as unknown as ConstructorParameters<
      typeof Context
    >[0],
  );
  const client: Client = await context.own(bob.client);
  assert.deepEqual(client.transfers.direct.settings, settings);
});

Deno.test("U15: escape goes back by one question, to the server in the end, and nothing is lost by it", async () => {
  await using world = await World.open();
  const { client, machine, notes } = await run(world, [
    ["Name:", BACK],
    ["Name:", "alice"],
    ["No account alice here. Create it?", BACK],
    ["Name:", "alice"],
    ["No account alice here. Create it?", true],
    ["Password:", PASSWORD],
    ["Password again:", BACK],
    ["Name:", "back"],
    ["No account back here. Create it?", true],
    ["Password:", PASSWORD],
    ["Password again:", PASSWORD],
    ["Save it to a file too?", false],
  ]);
  await using _machine = machine;
  await using _client = client;
  // A name and a password may be any word.
  assert.equal(client.profile.own.name, "back");
  assert.equal(notes.split("Connected to server").length, 3, "the server is greeted again");
});
