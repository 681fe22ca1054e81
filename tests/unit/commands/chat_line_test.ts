import { deepEqual, equal, match } from "node:assert/strict";
import fc from "fast-check";
import { asTyped, parseChatLine, parseShellLine } from "../../../lib/commands/chat_line.ts";
import type { CommandSpec } from "../../../lib/commands/command_table.ts";
import type { Resemblance } from "../../../lib/commands/address.ts";
import { SAMPLE_TABLE } from "./sample_table.ts";

const KNOWN = new Set(["a", "b", "obi wan", "#hall", "12"]);
const lookUp = (name: string) => KNOWN.has(name) ? `<${name}>` : undefined;

/** By another case, but for `me`, who types all this. The conversation with `b` is open. */
const RESEMBLING = new Map([...KNOWN].map((name) => [name.toUpperCase(), `<${name}>`]));
/** A typing mistake away from somebody. */
const NEAR = new Set(["bbo", "jno.doe", "obi wann", "srv"]);
const isOpen = (to: string) => to === "<b>";

function resemble(name: string): Resemblance<string> {
  const of = RESEMBLING.get(name.toUpperCase());
  if (name.toLowerCase() === "me") return { is: "own" };
  if (of !== undefined) return { is: "spelling", of };
  return NEAR.has(name) ? { is: "near", name: "someone" } : { is: "unknown" };
}

function parse(line: string, colonAddressing = true) {
  return parseChatLine(line, { table: SAMPLE_TABLE, lookUp, resemble, isOpen, colonAddressing });
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

for (const line of ["@b: hello", "@b:hello", '@"b": hello', "b: hello"]) {
  Deno.test(`U1: chat line ${JSON.stringify(line)} is for b alone, on every page`, () => {
    deepEqual(parse(line), { kind: "addressed", to: "<b>", text: "hello" });
  });
}

/** None of it is asked about, whoever is talked to (design: a question costs every reader a second). */
const LITERAL: readonly string[] = [
  ...[
    "note: see you at noon",
    "Things to buy:",
    "TODO: tidy up",
    "well : no",
    "a b:x",
    "I mean x: y",
  ],
  ...["12:30", "at 12:30", "12:30 is fine", "3:1", "16:9 is wide", "10:15:30"],
  ...[
    "http://x",
    "https://example.org:8443/a?b=c:d",
    "HTTPS://X",
    "git://host/x",
    "mailto:z@x.org",
  ],
  ...["tel:+49123", "ssh:x", "localhost:8080", "example.org:443/x", "db.example.org:5432"],
  ...["C:\\path", "C:/Users/x", "c:\\", "host:/var/log/x", "host:~/x", "host:../x", "x:./y/z"],
  ...[":)", "lol:)", "ok:-)", "oh:(", "yes:D", "hm:/", "cool:P", "wow:O", "cat:3.", ":smile:"],
  ...["nice:smile:", "good:+1:!", "std::vector", "fe80::1", "2001:db8::1", "00:1a:2b:3c:4d:5e"],
  ...[
    "[fe80::1]:80",
    '{"a":1}',
    "(see:this)",
    "a+b:c",
    "f(x):y",
    "@zz:hi",
    "@zz: hi",
    "@b hi",
    "out of milk",
    "OUTER",
  ],
  ...["@b:example.org", "@b:example.org is me elsewhere", "@#hall: hi", "@: hi", "@bbo: hi"],
  ...["oh:( what a pity", "hm:/ well", "bbo:)", "bbo: hi", "srv: see below", "foo :D", "#fun:)"],
  ...["a b:/x/y", "zz: /frobnicate", "example.org:443.", "nice:tada:", ":smile: it is :D"],
  ...["B: to whom it goes anyway", "B:hi", "Bcm hello", "BCM, the word", "say BCM"],
];

for (const line of LITERAL) {
  Deno.test(`S0.21: chat line ${JSON.stringify(line)} is said as it is`, () => {
    deepEqual(parse(line), { kind: "text", text: line });
  });
}

const DOUBTFUL: readonly (readonly [line: string, name: string, is: string, rest: string])[] = [
  ["zz:hi", "zz", "unknown", "hi"],
  ["zz::) hi", "zz", "unknown", ":) hi"],
  ["zz:- Hello?", "zz", "unknown", "- Hello?"],
  ["zz:(L)", "zz", "unknown", "(L)"],
  ["zz:/send 0 1", "zz", "unknown", "/send 0 1"],
  ["zz:/sned 0", "zz", "unknown", "/sned 0"],
  ["obi wam:/send x", "obi wam", "unknown", "/send x"],
  ['"obi wam":hi', "obi wam", "unknown", "hi"],
  ["#hal:hi all", "#hal", "unknown", "hi all"],
  ["#hal:/get b x", "#hal", "unknown", "/get b x"],
  ["anna.maria:hi", "anna.maria", "unknown", "hi"],
  ["Zoë:salut", "Zoë", "unknown", "salut"],
  // What reads like a path, a host, an emoji or a face is no less for whom the name brings to mind.
  ["bbo:password: hunter2", "bbo", "near", "password: hunter2"],
  ["bbo:3 o'clock at mine", "bbo", "near", "3 o'clock at mine"],
  ["bbo:3", "bbo", "near", "3"],
  ["bbo:( we lost it", "bbo", "near", "( we lost it"],
  ["bbo:/home/me/secret.txt", "bbo", "near", "/home/me/secret.txt"],
  ["bbo::secret", "bbo", "near", ":secret"],
  ["bbo: /send 0", "bbo", "near", "/send 0"],
  ["jno.doe:5432", "jno.doe", "near", "5432"],
  ["obi wann:hi", "obi wann", "near", "hi"],
  ["@bbo:hi", "bbo", "near", "hi"],
  ["@A: upper", "A", "spelling", "upper"],
  ["@me: todo", "me", "own", "todo"],
  ["@zz:/send 0", "zz", "unknown", "/send 0"],
  ["A:password: hunter2", "A", "spelling", "password: hunter2"],
  ["A:pin: 1234", "A", "spelling", "pin: 1234"],
  ["A:3 beers", "A", "spelling", "3 beers"],
  ["A::secret", "A", "spelling", ":secret"],
  ["A:/tmp/secret/file", "A", "spelling", "/tmp/secret/file"],
  ["A:\\x", "A", "spelling", "\\x"],
  ["#Hall:/tmp/secret/file", "#Hall", "spelling", "/tmp/secret/file"],
  ["me:todo: x", "me", "own", "todo: x"],
  ["me:/home/me/secret.txt", "me", "own", "/home/me/secret.txt"],
  // Nor for one of whom nothing is known, where it may be a text.
  ["zz:password: hunter2", "zz", "unknown", "password: hunter2"],
  ["zz:password:", "zz", "unknown", "password:"],
  ["zz:key: 1234", "zz", "unknown", "key: 1234"],
  ["zz:3 o'clock at mine", "zz", "unknown", "3 o'clock at mine"],
  ["zz:D at last", "zz", "unknown", "D at last"],
  ["zz: /send 0", "zz", "unknown", "/send 0"],
  ["jon.doe:5 pm at mine", "jon.doe", "unknown", "5 pm at mine"],
  ["jon.doe:1234 is the pin", "jon.doe", "unknown", "1234 is the pin"],
  ["#hal:/tmp/secret/file", "#hal", "unknown", "/tmp/secret/file"],
  ["me:hi", "me", "own", "hi"],
  ["me: hi", "me", "own", "hi"],
  ["ME:/send x y", "ME", "own", "/send x y"],
  ["A:upper", "A", "spelling", "upper"],
  ["A: upper", "A", "spelling", "upper"],
  ["A:/send b x", "A", "spelling", "/send b x"],
  ["OBI wan: hi", "OBI wan", "spelling", "hi"],
  ["#Hall: hi", "#Hall", "spelling", "hi"],
];

for (const [line, name, is, rest] of DOUBTFUL) {
  Deno.test(`S0.21: chat line ${JSON.stringify(line)} is not sent without a question`, () => {
    const result = parse(line);
    if (result.kind !== "doubtful") throw new Error(`not doubtful: ${JSON.stringify(result)}`);
    deepEqual([result.text, result.name, result.resemblance.is, result.rest], [
      line,
      name,
      is,
      rest,
    ]);
    // A backslash says it without one.
    deepEqual(parse(`\\${line}`), { kind: "text", text: line });
  });
}

for (const line of ["BCM Morning", "ATU", "SRB bob", "SRM 338 x", "RDM b 3", "OUT", "UPD b f 1"]) {
  Deno.test(`S3.52: chat line ${line} is not sent without a question`, () => {
    deepEqual(parse(line), { kind: "shouted", text: line, word: line.slice(0, 3) });
    deepEqual(parse(`\\${line}`), { kind: "text", text: line });
  });
}

Deno.test("S0.21: prose is never asked about", () => {
  const word = fc.stringMatching(/^[a-z]{1,9}$/);
  const literal = fc.constantFrom(
    ...["12:30", "https://x.org/a:b", ":)", ":-(", "C:\\dir", "/usr/bin", "1:2", "fe80::1", "(L)"],
  );
  const sentence = fc.array(fc.oneof({ weight: 4, arbitrary: word }, literal), {
    minLength: 1,
    maxLength: 8,
  });
  const colon = fc.constantFrom(": ", " : ", ":\n", ". ", ", ");
  fc.assert(
    fc.property(fc.array(fc.tuple(sentence, colon), { minLength: 1, maxLength: 4 }), (pieces) => {
      const line = pieces.map(([words, end]) => words.join(" ") + end).join("").trim();
      const { kind } = parseChatLine(line, {
        table: SAMPLE_TABLE,
        lookUp: () => undefined,
        resemble: () => ({ is: "unknown" }),
        isOpen,
        colonAddressing: true,
      });
      // A line may begin with a path; then it is a command, or none that there is.
      equal(kind === "doubtful" || kind === "shouted", false, line);
    }),
    { numRuns: Deno.env.get("SLOW") === "1" ? 50_000 : 500 },
  );
});

Deno.test("S0.21: a long line of what looks like an address of a machine is read at once", () => {
  // Steps by the square of the length would take minutes, and this would not end.
  for (const piece of ["a:", "a.", ".", "1:", "::"]) {
    const text = `x${piece.repeat(500_000)}!:y`;
    match(parse(text).kind, /^(text|doubtful)$/);
  }
});

Deno.test("chat line of several rows keeps the blanks before the first", () => {
  deepEqual(parse("  if x:\n    y\n"), { kind: "text", text: "  if x:\n    y" });
});

const ADDRESSED: readonly (readonly [string, string, string])[] = [
  ["b:(L)", "<b>", "(L)"],
  ["a:- Hello?", "<a>", "- Hello?"],
  ["a::) How are you??? (8)", "<a>", ":) How are you??? (8)"],
  ["obi wan: hello there", "<obi wan>", "hello there"],
  ['"obi wan": hello there', "<obi wan>", "hello there"],
  ['"b":hello', "<b>", "hello"],
  ["#hall: hi all", "<#hall>", "hi all"],
  ["a://not a command", "<a>", "/not a command"],
  ["12: at noon", "<12>", "at noon"],
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
      resemble,
      isOpen,
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
  ["/sned b hi", /^No command \/sned\. Did you mean \/send\?$/],
  ["/frobnicate", /\/help lists them all$/],
  ["/room", /^\/room needs one of: \/room new, \/room list$/],
  ["/room nwe x", /^\/room needs one of/],
  ["/send", /^TO is missing\nUsage: \/send TO TEXT…/],
  ["/send b", /^TEXT is missing/],
  ["/room new", /^NAME is missing/],
  ["/whoami x y", /^whoami takes no text: leave out x y/],
  [`/send "b hi`, /^A quote is not closed: "b hi/],
  ["/get b x --ot y", /^No option --ot\. Did you mean --to\?/],
  ["/get b x --to", /^--to needs DIR/],
  ["/send --quiet=1 b x", /^--quiet takes no value/],
  ["/send --wait never b x", /^--wait is one of sent, delivered, not never/],
  ["/render ascii", /^HOW is one of sixel, kitty, not ascii/],
  [`/"send" b`, /^No command/],
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

Deno.test("a command is named as it was typed, in its examples too", () => {
  const kick = {
    name: "kick",
    aliases: ["kickuser"],
    examples: [{ line: "kick bob", summary: "" }],
  };
  const named = (line: string) => {
    const { name, examples } = asTyped(kick as unknown as CommandSpec, line);
    return [name, examples[0].line];
  };
  for (const line of ["/kickuser bob", "/KICKUSER", "#ops: /kickuser bob 1d"]) {
    deepEqual(named(line), ["kickuser", "kickuser bob"]);
  }
  for (const line of ["/kick bob", "/kickusers", "kickuser bob"]) {
    deepEqual(named(line), ["kick", "kick bob"]);
  }
});
