import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ADMIN_PROGRAM } from "../../../lib/admin/admin_table.ts";
import { PROGRAM } from "../../../lib/cli/verbs.ts";
import { type CommandSpec, CommandTable } from "../../../lib/commands/command_table.ts";
import { manPages } from "../../../lib/commands/man_page.ts";
import type { ProgramSpec } from "../../../lib/commands/program_help.ts";
import { GLOBAL_OPTIONS, SAMPLE_ROWS } from "./sample_table.ts";

const DATE = "2026-01-31";

function program(rows = SAMPLE_ROWS): ProgramSpec<CommandSpec> {
  return {
    name: "pro-gram",
    version: "1.0.0",
    summary: "Chat in any terminal",
    table: new CommandTable(rows),
    options: GLOBAL_OPTIONS,
  };
}

Deno.test("every command has a manual page, and the program's page lists it", () => {
  const pages = manPages(program(), DATE);
  deepEqual(Object.keys(pages).sort(), [
    ...["pro-gram-get.1", "pro-gram-render.1", "pro-gram-room-list.1", "pro-gram-room-new.1"],
    ...["pro-gram-say.1", "pro-gram-send.1", "pro-gram-stream-accept.1", "pro-gram-stream.1"],
    ...["pro-gram-whoami.1", "pro-gram.1"],
  ]);
  ok(pages["pro-gram.1"].includes('.BR "pro\\-gram\\-room\\-new" (1)\nDo room new\n'));
  match(pages["pro-gram.1"], /^\.TH "PRO\\-GRAM" 1 "2026-01-31" "pro\\-gram 1\.0\.0"\n/);
});

Deno.test("the manual page of a command says all that its row does", () => {
  const page = manPages(program(), DATE)["pro-gram-send.1"];
  const sections = [...page.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title);
  deepEqual(sections, [
    ...["NAME", "SYNOPSIS", "DESCRIPTION", "ARGUMENTS", "OPTIONS", "EXAMPLES", "EXIT STATUS"],
    "SEE ALSO",
  ]);
  match(page, /^pro\\-gram\\-send \\- Send a message$/m);
  match(page, /^\.B "pro\\-gram send"\nTO\nTEXT\\\[u2026\]\n\[\\-\\-wait\\ STATE\]\n/m);
  match(page, /^It is sealed\.\n\.PP\nAlways\.$/m);
  match(page, /^Also: pro\\-gram SRM, pro\\-gram messageto\.$/m);
  match(page, /^\.B "\\-q, \\-\\-quiet"\nSay nothing$/m);
  match(page, /^\.B "\\-\\-profile NAME"\nWhich profile$/m);
  match(page, /^\.B "9"\nrate limited/m);
});

Deno.test("a manual page takes text literally, in short lines of ASCII", () => {
  const details = `.dot and a\\backslash, 'quoted' ${".x ".repeat(60)}é`;
  const page = manPages(program([{ ...SAMPLE_ROWS[0], details }]), DATE)["pro-gram-send.1"];
  ok(page.includes("\n\\&.dot and a\\ebackslash, 'quoted' .x"));
  ok(page.includes("\\[u00E9]"));
  equal(/^\.x/m.test(page), false);
});

Deno.test("the manual pages of both programs have names of their own, and lines of at most 80 columns", () => {
  const all = [PROGRAM, ADMIN_PROGRAM].map((one) => manPages(one, DATE));
  const names = all.flatMap((pages) => Object.keys(pages));
  equal(new Set(names).size, names.length);
  ok(names.length > 90);
  for (const page of all.flatMap((pages) => Object.values(pages))) {
    for (const line of page.split("\n")) {
      ok(/^[\x20-\x7e]*$/.test(line), line);
      ok(line.length <= 80 || line.startsWith("."), line);
    }
  }
});
