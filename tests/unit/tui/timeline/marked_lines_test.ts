import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { addressOf } from "../../../../lib/app/talk/links.ts";
import { safeText } from "../../../../lib/base/safe_text.ts";
import { CellGrid, type CellLink } from "../../../../lib/terminal/cells/cell_grid.ts";
import { CellScreen } from "../../../../lib/terminal/cells/cell_screen.ts";
import { layOutMarked, shownSpans } from "../../../../lib/tui/timeline/marked_lines.ts";
import { rowCells } from "../../../../lib/tui/drawing/frame.ts";
import { THEMES } from "../../../../lib/tui/theme/theme.ts";

const theme = THEMES.dark;

function rowsOf(text: string, widthCells: number) {
  return layOutMarked(safeText(text), { widthCells, maxLines: 501 })
    .map((line) => shownSpans(line, [], theme));
}

const words = (row: ReturnType<typeof rowsOf>[number]) => row.map(({ text }) => text).join("");

Deno.test("marked lines keep a style over the end of a row, and have no marks", () => {
  const rows = rowsOf("one **two three four** five", 10);
  deepEqual(rows.map(words), ["one two", "three four", "five"]);
  equal(rows[0].find(({ text }) => text === "two")?.style, theme.bold);
  equal(rows[1][0].style, theme.bold);
  equal(rows[2][0].style, theme.text);
});

Deno.test("marked lines show what is bold and italic as both, and code within it as code", () => {
  const [row] = rowsOf("**a _b_ `c`**", 40);
  deepEqual(row.map(({ text, style }) => [text, style]), [
    ["a ", theme.bold],
    ["b", theme.boldItalic],
    [" ", theme.bold],
    ["c", theme.codeSpan],
  ]);
});

Deno.test("marked lines have code in a box as wide as its widest line, and a bar before what is quoted", () => {
  const rows = rowsOf("```\nshort\nmuch longer\n```\n> so they say", 40);
  deepEqual(rows.map(words), [" short       ", " much longer ", "▎ so they say"]);
  ok(rows[0].every(({ style }) => style === theme.codeBlock));
});

Deno.test("marked lines lead from all parts of a link that is broken to where it leads, by one name", () => {
  const link = "https://example.org/a/long/way/to/go";
  const rows = rowsOf(`see ${link}, and ${link}`, 20);
  const links = rows.flat().filter((span) => span.link !== undefined);
  equal(links.map(({ text }) => text).join(""), link + link);
  deepEqual([...new Set(links.map(({ link }) => link?.address))], [link]);
  equal(new Set(links.map(({ link }) => link?.id)).size, 2);
  ok(links.every(({ link }) => /^[a-z0-9]+$/.test(link?.id ?? "")));
});

Deno.test("a link leads nowhere else than it says: not to another host, and nowhere with a name in it", () => {
  equal(addressOf("https://Example.org/x"), "https://example.org/x");
  equal(addressOf("http://example.org:80/"), "http://example.org/");
  equal(addressOf("mailto:bob@example.org"), "mailto:bob@example.org");
  for (
    const text of [
      "https://bank.example@evil.example/",
      "https://b\u0430nk.example/",
      "https://0x7f000001/",
      "javascript:alert(1)",
      "file:///etc/passwd",
      "heliograph://example.org#SHA256:x",
      "mailto:bob@example.org?attach=/etc/passwd",
      "https://example.org/\x1b]8;;https://evil.example\x1b\\",
      "https://example.org:80443/",
      `https://example.org/${"x".repeat(2_000)}`,
    ]
  ) {
    const address = addressOf(text);
    // What is in a path is written so that it cannot steer.
    ok(address === undefined || /^https:\/\/example\.org\/%1B/.test(address), text);
  }
});

Deno.test("property: a line of marks never is wider than its room, and no address has a control character", () => {
  const part = fc.constantFrom(
    ...["**", "*", "_", "`", "```\n", "\n", "> ", " ", "word", "漢字", "e\u0301", "👩‍👩‍👧"],
    ...[
      "https://a.example/",
      "https://a\u0430.example/b",
      "\x1b[2J",
      "\u202e",
      "mailto:a@b.example",
    ],
  );
  const text = fc.array(part, { maxLength: 80 }).map((parts) => parts.join(""));
  fc.assert(fc.property(text, fc.integer({ min: 4, max: 60 }), (text, widthCells) => {
    for (const row of rowsOf(text, widthCells)) {
      ok(rowCells(row) <= widthCells, JSON.stringify(words(row)));
      for (const { link } of row) ok(link === undefined || /^[\x21-\x7e]+$/.test(link.address));
    }
  }));
});

for (
  const [what, text] of [
    ["10,000 combining marks", `**e${"\u0301".repeat(10_000)}**`],
    ["1 MB of open marks", "**a *b _c `d ".repeat(80_000)],
    ["1 MB of closed marks", "*a* ".repeat(250_000)],
    ["100,000 links", "https://a.example/ ".repeat(100_000)],
    ["100,000 quotes", "> *q*\n".repeat(100_000)],
    ["100,000 fences", "```\nx\n".repeat(100_000)],
  ]
) {
  Deno.test(`SR-68: marked lines stop at what can be shown, against ${what}`, () => {
    const rows = rowsOf(text, 60);
    ok(rows.length <= 501);
    ok(rows.every((row) => rowCells(row) <= 60));
  });
}

const LINK: CellLink = { id: "h1", address: "https://example.org/" };

function painted(screen: CellScreen, spans: readonly (string | CellLink)[]): string {
  const grid = new CellGrid(20, 1);
  const row = spans.map((span) =>
    typeof span === "string"
      ? { text: safeText(span), style: theme.text }
      : { text: safeText("link"), style: theme.text, link: span }
  );
  grid.write({ column: 0, row: 0, widthCells: 20, heightCells: 1 }, 0, row);
  return new TextDecoder().decode(screen.paint(grid, { cursor: undefined, pictures: [] }));
}

Deno.test("screen opens a link before its first cell and closes it behind the last", () => {
  const screen = new CellScreen({ synchronized: false });
  const open = "\x1b]8;id=h1;https://example.org/\x1b\\";
  const close = "\x1b]8;;\x1b\\";
  const first = painted(screen, ["see ", LINK, " now"]);
  equal(first.split(open).length, 2);
  match(first.replaceAll(open, "<").replaceAll(close, ">"), /see <link[^>]*>now/);
  equal(painted(screen, ["see ", LINK, " now"]), "");
  // The same cells, and no link any more.
  const without = painted(screen, ["see ", "link", " now"]);
  ok(without.includes("link") && !without.includes("]8;"), without);
  const other = painted(screen, ["see ", { ...LINK, id: "h2" }, " now"]);
  match(
    other.replaceAll("\x1b]8;id=h2;https://example.org/\x1b\\", "<").replaceAll(close, ">"),
    /<link>/,
  );
  // What is erased behind it is no part of it.
  const erased = painted(screen, ["see ", LINK]);
  ok(erased.indexOf(close) < erased.indexOf("\x1b[K"), JSON.stringify(erased));
});
