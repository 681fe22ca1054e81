import { equal, match } from "node:assert/strict";
import { ADMIN_PROGRAM, ADMIN_TABLE } from "../../../lib/admin/admin_table.ts";
import { SLASH_TABLE } from "../../../lib/cli/dialogue/slash_table.ts";
import { PROGRAM } from "../../../lib/cli/verbs.ts";
import { describeCommand, listCommands, paragraphs } from "../../../lib/commands/help.ts";
import { programHelp } from "../../../lib/commands/program_help.ts";
import { SAMPLE_ROWS, SAMPLE_TABLE } from "./sample_table.ts";

Deno.test("listCommands shows every shown command once, by group", () => {
  const text = listCommands(SAMPLE_TABLE, { prefix: "/" });
  for (const row of SAMPLE_ROWS) {
    equal(
      text.split("\n").filter((line) => line.endsWith(row.summary)).length,
      row.hidden ? 0 : 1,
    );
  }
  equal(text.startsWith("Messages:\n  /send           Send a message\n"), true);
  equal(text.split("\n").every((line) => line.length <= 80), true);
});

Deno.test("describeCommand has examples, arguments, options, aliases, exit codes and where to read on", () => {
  const options = {
    prefix: "heliograph ",
    exitCodes: [0, 130],
    footer: "More elsewhere.",
  } as const;
  equal(
    describeCommand(SAMPLE_ROWS[0], options),
    `Send a message.

Usage: heliograph send TO TEXT… [--wait STATE] [--quiet]

Examples:
  heliograph send bob hello  Say hello to bob

It is sealed.

Always.

Arguments:
  TO    A name or #room
  TEXT  What to say

Options:
  --wait STATE  Until when: sent, delivered
  -q, --quiet   Say nothing

Also: heliograph SRM, heliograph messageto

Exit codes:
  0    done
  4    unknown user, room, file or video
  9    rate limited; when to try again is printed
  130  interrupted by ctrl-C

More elsewhere.
`,
  );
});

Deno.test("describeCommand has no exit codes where commands have none", () => {
  equal(describeCommand(SAMPLE_ROWS[2], { prefix: "/" }).includes("Exit codes"), false);
});

const TABLES = [
  { name: "heliograph", table: PROGRAM.table, text: programHelp(PROGRAM) },
  { name: "heliograph-server", table: ADMIN_TABLE, text: programHelp(ADMIN_PROGRAM) },
];

for (const { name, table, text } of TABLES) {
  Deno.test(`${name} explains itself and every command within 80 columns, in the same grammar`, () => {
    const texts = [text, ...table.rows.map((row) => describeCommand(row, { prefix: `${name} ` }))];
    for (const line of texts.join("\n").split("\n")) {
      // The dialogue leaves the last cell free.
      equal(line.length <= 79, true, `${line.length} columns: ${line}`);
    }
    for (const { summary, arguments: given, options, examples } of table.rows) {
      // `say what works here`: in lists behind a name, as a sentence above its own help.
      match(summary, /^[a-z].*[^.]$/);
      for (const part of [...given, ...options, ...examples]) match(part.summary, /[^.]$/);
    }
  });
}

Deno.test("the client's help begins with the screen and the dialogue", () => {
  const lines = programHelp(PROGRAM).split("\n");
  match(
    lines.find((line) => line.startsWith("  heliograph")) ?? "",
    /^ {2}heliograph +open the full screen/,
  );
  match(lines[lines.indexOf("Messages:") + 1], /^ {2}screen +open the full screen/);
  // What does not fit goes on below the summary's beginning.
  match(lines[lines.indexOf("Messages:") + 2], /^ {22}command$/);
  match(lines[lines.indexOf("Messages:") + 3], /^ {2}chat +open the line-by-line chat/);
});

Deno.test("U7: no line of the dialogue's help is broken again at 80 columns, and lines go on below their beginning", () => {
  const list = listCommands(SLASH_TABLE, { prefix: "/", isNumbered: true });
  const texts = [list, ...SLASH_TABLE.rows.map((row) => describeCommand(row, { prefix: "/" }))];
  for (const text of texts) {
    for (const line of text.split("\n")) equal(line.length <= 79, true, line);
  }
  let column = 0;
  for (const line of list.split("\n")) {
    const [start] = /^ {2}\/\S+(?: \S+)* {2,}/.exec(line) ?? [""];
    if (start !== "") column = start.length;
    else if (line.startsWith("   ")) equal(/^ +/.exec(line)?.[0].length, column, line);
  }
});

Deno.test("a paragraph that begins on a line of its own is filled from there", () => {
  const text = paragraphs(`${"one ".repeat(25)}ends.\n${"two ".repeat(18)}andends.\n\nthree`);
  equal(text.split("\n").map((line) => line.length).join(), "79,25,71,8,0,5");
});
