import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { CommandTable } from "../../lib/commands/command_table.ts";
import { manPages } from "../../lib/commands/man_page.ts";
import { commandList, commandPages } from "../../tools/generate/command_pages.ts";
import { refreshTables } from "../../tools/generate/protocol_tables.ts";
import { SAMPLE_ROWS } from "../unit/commands/sample_table.ts";

const PAGE = "commands/program-messages.md";

function protocolPage(name: string): string {
  return Deno.readTextFileSync(new URL(`../../docs/protocol/${name}`, import.meta.url));
}

function program(rows = SAMPLE_ROWS) {
  return {
    name: "program",
    version: "1",
    summary: "A program",
    options: [],
    table: new CommandTable(rows),
  };
}

Deno.test("a planted command stands on the page of its group and in the list, with all that its row says", () => {
  const shrug = {
    ...SAMPLE_ROWS[0],
    name: "shrug",
    aliases: ["meh"],
    summary: "shrug at somebody",
    examples: [{ line: "shrug bob", summary: "Shrug at bob" }],
  };
  const planted = program([...SAMPLE_ROWS, shrug]);
  const page = commandPages([planted], {})[PAGE];
  const section = page.split("\n### `program shrug TO TEXT…`\n")[1]?.split("\n### ")[0] ?? "";
  for (const words of ["Shrug at somebody. Also: `meh`.", "It is sealed.", "program shrug bob\n"]) {
    ok(section.includes(words), words);
  }
  match(section, /^\| `--wait STATE` \| Until when: sent, delivered \|$/m);
  match(section, /^\| `-q, --quiet` \| Say nothing \|$/m);
  match(section, /^More exit codes: 4, 9\.$/m);
  ok(commandList(planted).includes(`[\`shrug\`](${PAGE}#program-shrug-to-text)`));
  const man = manPages(planted, "2026-01-31");
  ok(man["program-shrug.1"].includes('.B "program shrug"'));
  ok(man["program.1"].includes('.BR "program\\-shrug" (1)\nshrug at somebody\n'));
});

Deno.test("a text by hand stays with its command, though arguments and group change", () => {
  const before = commandPages([program()], {})[PAGE];
  const byHand = "<!-- by hand -->\n\nSee [more](more.md).\n";
  const head = "### `program send TO TEXT…`";
  const written = { [PAGE]: before.replace(head, `${head}\n\n${byHand}`) };
  const moved = { ...SAMPLE_ROWS[0], arguments: [], group: "Elsewhere" };
  const pages = commandPages([program([moved, ...SAMPLE_ROWS.slice(1)])], written);
  ok(pages["commands/program-elsewhere.md"].includes(byHand.trim()));
  equal(pages[PAGE].includes(byHand.trim()), false);
});

Deno.test("a text by hand is not thrown away with its command", () => {
  const written = { [PAGE]: "### `program gone TO`\n\nGone.\n\n<!-- by hand -->\n\nMine.\n" };
  throws(() => commandPages([program()], written), /without a command: program gone/);
});

function fieldsOf(page: string): string[][] {
  return [...page.matchAll(/^\| `(.+?)` +\| (.+?) +\| (.+?) +\|$/gm)].map(([, ...cells]) => cells);
}

Deno.test("a table of fields gets names and types of the code, and keeps what they mean", () => {
  const page = protocolPage("connection.md");
  const stale = page.replaceAll(/^(\| `[a-zA-Z]+\??` +\| )text ≤ [\d,]+/gm, "$1text ≤ 1");
  ok(stale !== page);
  deepEqual(fieldsOf(refreshTables(stale)), fieldsOf(page));
});

Deno.test("a field that no page explains is refused by name", () => {
  const page = protocolPage("connection.md");
  const silent = page.replace(/^\| `motd\?`.*\n/m, "");
  ok(silent !== page);
  throws(() => refreshTables(silent), /hello: .*motd/);
});

Deno.test("limits, exit codes and roles in tables are those of the code", () => {
  const stale = [
    "| `HEADER_MAX_BYTES` | 1: of all |",
    "| `wrong-credentials` | 99 | wrong |",
    "| `kick` | `/boot` | member | a kick |",
  ];
  equal(
    refreshTables(stale.join("\n")),
    [
      "| `HEADER_MAX_BYTES` | 65,535: of all |",
      "| `wrong-credentials` | 3 | wrong |",
      "| `kick` | `/kick` | moderator, owner | a kick |",
    ].join("\n"),
  );
});
