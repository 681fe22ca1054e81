import { deepEqual, equal, match } from "node:assert/strict";
import fc from "fast-check";
import { parseChatLine, parseShellLine } from "../../../lib/commands/chat_line.ts";
import { SAMPLE_TABLE } from "./sample_table.ts";

const KNOWN = new Set(["a", "b", "obi wan", "#hall", "12"]);
const lookUp = (name: string) => KNOWN.has(name) ? `<${name}>` : undefined;

function parse(line: string, colonAddressing = true) {
  return parseChatLine(line, { table: SAMPLE_TABLE, lookUp, colonAddressing });
}

/** The values of a command that must parse. */
function values(line: string) {
  const result = parse(line);
  if (result.kind !== "command") throw new Error(`not a command: ${JSON.stringify(result)}`);
  return result.values;
}

const TEXTS: readonly (readonly [string, string])[] = [
  ["hello", "hello"],
  ["  hello  ", "hello"],
  ["//send is a command", "/send is a command"],
  ["\\/send is a command", "/send is a command"],
  ["\\a: hello", "a: hello"],
  ["\\:)", "\\:)"],
  ["\\\\x", "\\\\x"],
  ["http://example.org", "http://example.org"],
  ["note: x", "note: x"],
  [": x", ": x"],
  ["A: x", "A: x"],
  ['"nobody at all": x', '"nobody at all": x'],
  ['"obi wan: x', '"obi wan: x'],
  ["a b: x", "a b: x"],
  [" a : x", "a : x"],
];

for (const [line, expected] of TEXTS) {
  Deno.test(`S0.21: chat line ${JSON.stringify(line)} says ${JSON.stringify(expected)}`, () => {
    deepEqual(parse(line), { kind: "text", text: expected });
  });
}

const ADDRESSED: readonly (readonly [string, string, string])[] = [
  ["b:(L)", "<b>", "(L)"],
  ["a:- Hello?", "<a>", "- Hello?"],
  ["a::) How are you??? (8)", "<a>", ":) How are you??? (8)"],
  ["obi wan: hello there", "<obi wan>", "hello there"],
  ['"obi wan": hello there', "<obi wan>", "hello there"],
  ['"b":hello', "<b>", "hello"],
  ["#hall: hi all", "<#hall>", "hi all"],
  ["a://not a command", "<a>", "/not a command"],
  ["12:30", "<12>", "30"],
];

for (const [line, to, text] of ADDRESSED) {
  Deno.test(`S0.21: chat line ${JSON.stringify(line)} goes to ${to}`, () => {
    deepEqual(parse(line), { kind: "addressed", to, text });
  });
}

Deno.test("S0.21: chat line with a reserved word is never an address, even if there is such a name", () => {
  for (const word of ["http", "HTTPS", "ftp", "file", "mailto", "heliograph"]) {
    const result = parseChatLine(`${word}:x`, {
      table: SAMPLE_TABLE,
      lookUp: () => "someone",
      colonAddressing: true,
    });
    equal(result.kind, "text");
  }
});

Deno.test("chat line has no addresses when they are switched off", () => {
  deepEqual(parse("a: hi", false), { kind: "text", text: "a: hi" });
});

Deno.test("chat line with an address and nothing else is not sent", () => {
  equal(parse("a:").kind, "invalid");
});

Deno.test("chat line user:/command runs the command about that one", () => {
  const result = parse("a:/get b 2");
  equal(result.kind === "command" && result.to, "<a>");
  equal(result.kind === "command" && result.row.name, "get");
});

Deno.test("chat line of nothing is empty", () => {
  deepEqual(parse("  \t "), { kind: "empty" });
});

Deno.test("chat line keeps free text as it was typed", () => {
  const given = values(`/send b  it's  "fine" -- \\o/ --quiet`);
  equal(given.argument("TO"), "b");
  equal(given.argument("TEXT"), `it's  "fine" -- \\o/ --quiet`);
  equal(given.has("--quiet"), false);
});

Deno.test("chat line keeps a dash at the start of free text", () => {
  equal(values("/send b - hello").argument("TEXT"), "- hello");
});

Deno.test("chat line takes names with spaces in quotes or with a backslash", () => {
  equal(values(`/send "obi wan" hi`).argument("TO"), "obi wan");
  equal(values(`/send obi\\ wan hi`).argument("TO"), "obi wan");
  equal(values(`/send "a \\"b\\" \\\\" hi`).argument("TO"), `a "b" \\`);
  deepEqual(values(`/get b C:\\dir\\x "" it's`).words("PATH"), ["C:\\dir\\x", "", "it's"]);
});

Deno.test("chat line takes options before, between and after words, and -- ends them", () => {
  const given = values("/get --to=here b one two");
  equal(given.option("--to"), "here");
  equal(values("/get b one --to there two").option("--to"), "there");
  deepEqual(values("/get b -- --to").words("PATH"), ["--to"]);
  deepEqual(values(`/get b "--to"`).words("PATH"), ["--to"]);
  equal(values("/send -q b hi").has("--quiet"), true);
});

const INVALID: readonly (readonly [string, RegExp])[] = [
  ["/sned b hi", /^There is no command \/sned\. Did you mean \/send\?$/],
  ["/frobnicate", /\/help lists them all$/],
  ["/room", /^\/room needs one of: \/room new, \/room list$/],
  ["/room nwe x", /^\/room needs one of/],
  ["/send", /^TO is missing\nUsage: \/send TO TEXT…/],
  ["/send b", /^TEXT is missing/],
  ["/whoami x y", /^Too much: x y/],
  [`/send "b hi`, /^A quote is not closed: "b hi/],
  ["/get b x --ot y", /^There is no option --ot\. Did you mean --to\?/],
  ["/get b x --to", /^--to needs DIR/],
  ["/send --quiet=1 b x", /^--quiet takes no value/],
  ["/send --wait never b x", /^--wait is one of sent, delivered, not never/],
  ["/render ascii", /^HOW is one of sixel, kitty, not ascii/],
  [`/"send" b`, /^There is no command/],
];

for (const [line, message] of INVALID) {
  Deno.test(`chat line ${JSON.stringify(line)} is explained`, () => {
    const result = parse(line);
    equal(result.kind, "invalid");
    match(result.kind === "invalid" ? result.message : "", message);
  });
}

Deno.test("chat line / alone is said, not run", () => {
  deepEqual(parse("/ "), { kind: "text", text: "/" });
});

Deno.test("shell line needs no slash and knows aliases", () => {
  const result = parseShellLine("SRM b hi there", SAMPLE_TABLE);
  equal(result.kind === "command" && result.row.name, "send");
  equal(result.kind === "command" && result.values.argument("TEXT"), "hi there");
  equal(parseShellLine("", SAMPLE_TABLE).kind, "empty");
});

Deno.test("chat line of anything is read without a fault", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "/",
      "//",
      "a:",
      '"',
      "\\",
      " ",
      "--to",
      "send",
      "get",
      "room",
      "new",
      "-",
      "b",
    ),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const line = pieces.join("");
      const result = parse(line);
      if (result.kind === "text" || result.kind === "addressed") {
        equal(line.includes(result.text), true);
      }
    }),
    { numRuns: Deno.env.get("SLOW") === "1" ? 50_000 : 500 },
  );
});
