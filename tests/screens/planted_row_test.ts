/** One row is a command of every front end: planted in one place, it is found and runs in all of them. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
// First: what reads the rows comes behind it.
import { PLANTED } from "../kit/planted_row.ts";
import { Dialogue } from "../../lib/cli/dialogue/dialogue.ts";
import { completeAt } from "../../lib/cli/dialogue/completion.ts";
import { typedLine } from "../../lib/cli/dialogue/lines_in.ts";
import { SLASH_TABLE } from "../../lib/cli/dialogue/slash_table.ts";
import { completeShellLine } from "../../lib/cli/p2p/shell_completion.ts";
import { SHELL_TABLE } from "../../lib/cli/p2p/shell_table.ts";
import { PROGRAM } from "../../lib/cli/verbs.ts";
import type { CommandSpec, CommandTable } from "../../lib/commands/command_table.ts";
import { EXIT } from "../../lib/commands/exit_code.ts";
import { parseArgv } from "../../lib/commands/commander_adapter.ts";
import { describeCommand, listCommands } from "../../lib/commands/help.ts";
import { manPages } from "../../lib/commands/man_page.ts";
import { ShellWithout } from "../kit/p2p_shell.ts";
import { ScreenUser } from "../kit/screen_user.ts";
import { appOf } from "../kit/app_clients.ts";
import { openTalk, type TestClient } from "../kit/test_client.ts";
import { runVerbOf } from "../kit/verb_runs.ts";

const SAID = "who knows ¯\\_(ツ)_/¯";

/** `answers`: what is typed where it asks; left out, nobody can be asked. */
function deskOf(
  { client }: TestClient,
  answers?: string[],
): { desk: Dialogue; said: string[] } {
  const said: string[] = [];
  const none = () => Promise.reject(new Error("nobody asks for this"));
  const desk = new Dialogue({
    app: appOf(client),
    dialogue: {
      print: (text) => Promise.resolve(void said.push(text)),
      ...answers && {
        readAnswer: ({ prompt, isSecret }) => {
          said.push(`${prompt}${isSecret ? "secret" : ""}`);
          return Promise.resolve({ kind: "line", text: answers.shift() ?? "" });
        },
      },
    },
    stage: { open: undefined, resolve: (path) => path, downloads: "." },
    isAttended: true,
    secrets: { keeper: none, greet: none, readFile: none },
    onPartner: () => {},
  });
  return { desk, said };
}

async function heard(who: TestClient): Promise<boolean> {
  await who.client.sync();
  return (await who.received()).includes(SAID);
}

Deno.test("a planted row runs as a verb, in lines and with --json, and what it says arrives", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.disconnect();
  const plain = await runVerbOf(alice, ["shrug", "bob", "who", "knows"]);
  deepEqual([plain.exit, plain.data, plain.notes], [
    0,
    "You shrugged at bob\n",
    "shrugging at bob\n",
  ]);
  ok(await heard(bob));
  const json = await runVerbOf(alice, ["shrug", "bob", "who", "knows", "--twice", "--json"]);
  deepEqual(json.last, {
    ...{ v: 1, type: "shrugged", to: bob.account },
    text: `${SAID} ¯\\_(ツ)_/¯`,
  });
  equal((await runVerbOf(alice, ["dunno", "bob"])).exit, 0, "by its other name");
  equal((await parseArgv(PROGRAM, ["shrug"])).kind, "usage");
});

Deno.test("a planted row is a command of the dialogue, by each of its names, and tab knows it", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const { desk, said } = deskOf(alice);
  await typedLine(desk, "/DUNNO bob who knows")();
  deepEqual(said, ["* shrugging at bob", "* You shrugged at bob"]);
  await alice.client.flush();
  ok(await heard(bob));
  ok(completeAt(desk, "/shr").candidates.some((one) => JSON.stringify(one).includes("shrug")));
  await typedLine(desk, "/help shrug")();
  ok(said.some((line) => line.includes("--twice")));
  await desk.close();
});

Deno.test("a planted row is a command of the full screen", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/shrug bob who knows\r");
  await user.see(/You shrugged at bob/);
  await user.leave();
  ok(await heard(talk.bob));
});

Deno.test("a planted row asks over the conversations of the full screen", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/shrug bob --ask\r");
  await user.see(/What else\?/);
  user.type("who knows");
  await user.see(/> who knows/);
  user.type("\r");
  await user.see(/How often\?/);
  user.type("\r");
  await user.see(/You shrugged at bob/);
  await user.leave();
  ok(await heard(talk.bob));
});

Deno.test("a planted row is a command of two people without a server, and what it says arrives", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("julia");
  await oscar.meet(julia);
  deepEqual(await oscar.run("SHRUG julia who knows"), [
    "shrugging at julia",
    "You shrugged at julia",
  ]);
  deepEqual(oscar.of("shrugged").map(({ text }) => text), [SAID]);
  await julia.said(/^Oscar .* who knows ¯\\_\(ツ\)_\/¯$/);
  ok((await oscar.run("help shrug")).includes("    --twice  say it again"));
  const known = { connected: [], senders: [], known: ["julia"], readFolder: () => [] };
  const complete = (line: string) => completeShellLine(line, SHELL_TABLE, known).candidates;
  deepEqual([complete("shr"), complete("shrug j")], [["shrug "], ["julia "]]);
});

Deno.test("a planted row asks in each front end, and where nobody can be asked it says so", async () => {
  await using oscar = await ShellWithout.open("Oscar");
  await using julia = await ShellWithout.open("julia");
  await oscar.meet(julia);
  deepEqual(await oscar.run("shrug julia --ask", "dear me", "3", "2"), [
    "What else?",
    "How often? (1 once, 2 twice; empty: 1):",
    "How often? (1 once, 2 twice; empty: 1):",
    "shrugging at julia",
    "You shrugged at julia",
  ]);
  const shrug = "¯\\_(ツ)_/¯";
  deepEqual(oscar.of("shrugged").map(({ text }) => text), [`dear me ${shrug} ${shrug}`]);
  await using talk = await openTalk();
  const { alice } = talk;
  const { desk, said } = deskOf(alice);
  await typedLine(desk, "/shrug bob --ask")();
  deepEqual(said, ["* Cannot ask for 'What else' here: give it by an option"]);
  await desk.close();
  const attended = deskOf(alice, ["dear me", ""]);
  await typedLine(attended.desk, "/shrug bob --ask")();
  deepEqual(attended.said, [
    "What else? ",
    "How often? (1 once, 2 twice; empty: 1): ",
    "* shrugging at bob",
    "* You shrugged at bob",
  ]);
  await attended.desk.close();
  await alice.disconnect();
  const nobody = await runVerbOf(alice, ["shrug", "bob", "--ask"]);
  equal(nobody.exit, EXIT.usage);
  match(nobody.notes, /^Cannot ask for 'What else' here: give it by an option\n/);
  const asked: string[] = [];
  const somebody = await runVerbOf(alice, ["shrug", "bob", "--ask"], {
    questioner: {
      ask: (question) => {
        asked.push(question);
        return Promise.resolve({ kind: "answered", answer: asked.length === 1 ? "well" : "2" });
      },
    },
  });
  deepEqual(asked, ["What else? ", "How often? (1 once, 2 twice; empty: 1): "]);
  equal(somebody.data, "You shrugged at bob\n");
});

Deno.test("a planted row stands in help, in the list of commands, in completions and on the man page", async () => {
  const { name, summary, examples: [{ line }] } = PLANTED;
  const tables: readonly (readonly [CommandTable<CommandSpec>, string])[] = [
    [PROGRAM.table, "heliograph "],
    [SLASH_TABLE, "/"],
    [SHELL_TABLE, ""],
  ];
  for (const [table, prefix] of tables) {
    const row = table.get(name);
    ok(row !== undefined);
    match(listCommands(table, { prefix }), new RegExp(`${prefix}${name}.*${summary}`));
    ok(describeCommand(row, { prefix }).includes(`${prefix}${line}`));
    ok(table.names.includes(name));
  }
  const help = await parseArgv(PROGRAM, [name, "--help"]);
  ok(help.kind === "text" && help.text.toLowerCase().includes(summary));
  const pages = manPages(PROGRAM, "2026-11-23");
  ok(pages[`heliograph-${name}.1`].includes(summary));
  ok(pages["heliograph.1"].includes(summary));
});
