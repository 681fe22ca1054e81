import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { parseMarkdown } from "../../../../lib/app/talk/markdown.ts";

/** The text with its parts named: `[bold …]`. */
function shown(text: string): string {
  return parseMarkdown(text).map(({ kind, text, emphasis }) => {
    let line = text;
    // From the end on, so that places stay; inner ones first.
    const marks = emphasis.flatMap(({ from, to, kind }, i) => [
      { at: to, order: i, text: "]" },
      { at: from, order: -i, text: `[${kind} ` },
    ]);
    for (const mark of marks.toSorted((a, b) => b.at - a.at || b.order - a.order)) {
      line = line.slice(0, mark.at) + mark.text + line.slice(mark.at);
    }
    return kind === "text" ? line : `${kind}: ${line}`;
  }).join("\n");
}

for (
  const [typed, want] of [
    ["**bold** and *italic* and _italic_", "[bold bold] and [italic italic] and [italic italic]"],
    ["run `deno task *all*` now", "run [code deno task *all*] now"],
    ["``a ` b`` and ```c```", "[code a ` b] and [code c]"],
    ["> who?\n> **me**\nyes", "quote: who?\nquote: [bold me]\nyes"],
    ["see:\n```sh\nls **/*.ts\n```\nand", "see:\ncode: ls **/*.ts\nand"],
    ["```\nnobody closes it", "```\nnobody closes it"],
    ["这是**粗体**文字", "这是[bold 粗体]文字"],
    // What is a part of words, of sums and of names stays.
    ["snake_case_name, 2*3*4, 2**8, __init__, a * b * c", undefined],
    ["*not closed, **neither, `nor this", undefined],
    ["**** and ** ** and * *", undefined],
    [">_< and >:( and a > b", undefined],
    ["https://example.org/a_b_c/*d*?x=_y_", undefined],
    ["***both***", "[bold [italic both]]"],
  ] as const
) {
  Deno.test(`markdown: ${JSON.stringify(typed)} is shown as it is meant`, () => {
    const got = shown(typed);
    // Of two that begin and end together the order is free.
    equal(got.replace("[italic [bold both]]", "[bold [italic both]]"), want ?? typed);
  });
}

Deno.test("markdown: text without marks has one line for each of its own", () => {
  deepEqual(parseMarkdown("a\n\nb").map(({ text }) => text), ["a", "", "b"]);
  deepEqual(parseMarkdown(""), [{ kind: "text", text: "", emphasis: [] }]);
});

const marked = fc.array(
  fc.constantFrom(
    "*",
    "**",
    "***",
    "_",
    "`",
    "```",
    "\n",
    "\n```\n",
    "> ",
    " ",
    "é",
    "漢",
    "👍",
  ),
  { maxLength: 60 },
).map((parts) => parts.join(""));

Deno.test("property: markdown takes nothing away but marks, and names only what is there", () => {
  fc.assert(fc.property(fc.oneof(marked, fc.string({ unit: "grapheme" })), (typed) => {
    const lines = parseMarkdown(typed);
    const letters = (text: string) => text.replace(/[*_`>\s]/g, "");
    equal(letters(lines.map(({ text }) => text).join("")), letters(typed));
    for (const { text, emphasis } of lines) {
      for (const { from, to } of emphasis) ok(from >= 0 && from < to && to <= text.length);
    }
  }));
});

Deno.test("markdown of 1 MB of marks is read once: its work grows with its length", () => {
  const hostile = ["*a ", "**a* ", "`a``b", "_a*b_ ", "> *", "```\n", "*_", "a*b_c`"];
  for (const part of hostile) {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    const lines = parseMarkdown(text);
    ok(lines.every(({ emphasis }) => emphasis.length <= 2_000));
  }
});
