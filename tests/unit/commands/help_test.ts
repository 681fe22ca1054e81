import { equal } from "node:assert/strict";
import { describeCommand, listCommands } from "../../../lib/commands/help.ts";
import { manPage } from "../../../lib/commands/man_page.ts";
import { GLOBAL_OPTIONS, SAMPLE_ROWS, SAMPLE_TABLE } from "./sample_table.ts";

Deno.test("listCommands shows every shown command once, by group", () => {
  const text = listCommands(SAMPLE_TABLE, { prefix: "/" });
  for (const row of SAMPLE_ROWS) {
    equal(
      text.split("\n").filter((line) => line.endsWith(row.summary)).length,
      row.hidden ? 0 : 1,
    );
  }
  equal(text.startsWith("Messages\n  /send           Send a message\n"), true);
  equal(text.split("\n").every((line) => line.length <= 80), true);
});

Deno.test("describeCommand has examples, arguments, options, aliases and exit codes", () => {
  equal(
    describeCommand(SAMPLE_ROWS[0], { prefix: "heliograph " }),
    `Send a message

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
  4  unknown user, room, file or video
  9  rate limited; when to try again is printed
`,
  );
});

const PAGE = {
  name: "heliograph",
  summary: "chat in any terminal",
  version: "1.0.0",
  date: "2026-01-31",
  description: "One.\n\n.dot and a\\backslash.",
  options: GLOBAL_OPTIONS,
  sections: [{ title: "FILES", text: "~/.config" }],
};

Deno.test("manPage names every command and takes text literally", () => {
  const page = manPage(SAMPLE_TABLE, PAGE);
  for (const name of SAMPLE_TABLE.names) equal(page.includes(`heliograph ${name}`), true, name);
  // deno-lint-ignore no-control-regex -- ASCII is what is asked for
  equal(/^[\x00-\x7f]*$/.test(page), true);
  equal(page.includes("TEXT\\[u2026]"), true);
  equal(page.includes("\\&.dot and a\\ebackslash."), true);
  equal(page.includes('.SH "FILES"'), true);
});
