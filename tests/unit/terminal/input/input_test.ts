import { deepEqual, equal } from "node:assert/strict";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { InputParser } from "../../../../lib/terminal/input/input.ts";
import { type Key, keyName } from "../../../../lib/terminal/input/key.ts";
import type { Reply } from "../../../../lib/terminal/input/reply.ts";

function parse(...chunks: readonly (string | Uint8Array)[]) {
  const keys: Key[] = [];
  const replies: Reply[] = [];
  const parser = new InputParser({
    key: (key) => keys.push(key),
    reply: (reply) => replies.push(reply),
  });
  for (const chunk of chunks) parser.feed(typeof chunk === "string" ? utf8(chunk) : chunk);
  return { keys, replies, parser };
}

const NAMES: readonly (readonly [string, string])[] = [
  ["\r", "enter"],
  ["\t", "tab"],
  ["\x7f", "backspace"],
  ["\x08", "backspace"],
  ["\x01", "ctrl-a"],
  ["\x03", "ctrl-c"],
  ["\x04", "ctrl-d"],
  ["\x00", "ctrl-space"],
  ["\x1f", "ctrl-_"],
  ["\x1b[A", "up"],
  ["\x1bOA", "up"],
  ["\x1b[1;5D", "ctrl-left"],
  ["\x1b[1;3C", "alt-right"],
  ["\x1b[H", "home"],
  ["\x1b[4~", "end"],
  ["\x1b[3;5~", "ctrl-delete"],
  ["\x1b[Z", "shift-tab"],
  ["\x1bOP", "f1"],
  ["\x1b[[A", "f1"],
  ["\x1b[15~", "f5"],
  ["\x1b[1;2R", "shift-f3"],
  ["\x1bOR", "f3"],
  ["\x1b[13~", "f3"],
  ["\x1bb", "alt-b"],
  ["\x1bä", "alt-ä"],
  ["\x1b\x7f", "alt-backspace"],
  ["\x1b ", "alt-space"],
  ["\x1b[13;2u", "shift-enter"],
  ["\x1b[97;5u", "ctrl-a"],
  ["\x1b[27u", "escape"],
  ["\x1b[97;7u", "ctrl-alt-a"],
  ["\x1b[127;3u", "alt-backspace"],
  ["\x1b[27;5;97~", "ctrl-a"],
];

for (const [bytes, name] of NAMES) {
  Deno.test(`input parser reads ${JSON.stringify(bytes)} as ${name}`, () => {
    const { keys, replies } = parse(bytes);
    deepEqual(keys.map(keyName), [name]);
    equal(keys[0].sequence, bytes);
    deepEqual(replies, []);
  });
}

Deno.test("U13: input parser reads a bare CSI R as F3, which kitty 0.26.5 of Debian 12 sends", () => {
  const { keys, replies } = parse("\x1b[R");
  deepEqual(keys.map(keyName), ["f3"]);
  deepEqual(replies, []);
});

const TEXTS: readonly (readonly [string, string])[] = [
  ["\x1b[97u", "a"],
  ["\x1b[97;2u", "A"],
  ["\x1b[49:33;2u", "!"],
  ["\x1b[32u", " "],
  ["\x1b[57404u", "5"],
];

for (const [bytes, text] of TEXTS) {
  Deno.test(`input parser reads kitty's ${JSON.stringify(bytes)} as the text ${text}`, () => {
    deepEqual(parse(bytes).keys, [{ kind: "text", text, sequence: bytes }]);
  });
}

Deno.test("input parser drops key releases and modifiers on their own", () => {
  deepEqual(parse("\x1b[97;1:3u", "\x1b[57441u", "\x1b[1;1:3A").keys, []);
});

Deno.test("input parser joins a character that was cut between two reads", () => {
  const bytes = utf8("a🧛é");
  const chunks = Array.from(bytes, (byte) => new Uint8Array([byte]));
  equal(parse(...chunks).keys.map((key) => key.kind === "text" ? key.text : "?").join(""), "a🧛é");
});

Deno.test("input parser drops C1 controls and replaces what is no UTF-8", () => {
  deepEqual(
    parse(new Uint8Array([0x61, 0xc2, 0x9b, 0x62, 0xff, 0x63])).keys.map((key) =>
      key.kind === "text" ? key.text : "?"
    ),
    ["a", "b\ufffdc"],
  );
});

Deno.test("input parser gives a paste as one key, control characters and all", () => {
  const { keys } = parse("x\x1b[200~one\r\ntwo\x03\x1b[A", "\x1b[20", "1~y");
  deepEqual(keys.map((key) => key.kind), ["text", "paste", "text"]);
  equal(keys[1].kind === "paste" && keys[1].text, "one\r\ntwo\x03\x1b[A");
});

Deno.test("input parser cuts a paste after 1,048,576 units and says so", () => {
  const { keys } = parse("\x1b[200~", "p".repeat(1_048_576), "q\x1b[201~z");
  equal(keys[0].kind === "paste" && keys[0].text.length, 1_048_576);
  equal(keys[0].kind === "paste" && keys[0].cut, true);
  equal(keys[1].kind === "text" && keys[1].text, "z");
});

Deno.test("input parser takes a paste of 1,048,576 units whole", () => {
  const { keys } = parse("\x1b[200~", "p".repeat(1_048_576), "\x1b[201~");
  equal(keys[0].kind === "paste" && keys[0].cut, false);
});

Deno.test("input parser tells replies from keys", () => {
  const { keys, replies } = parse(
    "\x1b[?62;4c\x1b[6;18;9t\x1b[0n\x1b[?2026;2$y",
    "\x1bP>|kitty(0.26.5)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b]11;rgb:00/00/00\x07",
  );
  deepEqual(keys, []);
  deepEqual(replies, [
    { kind: "csi", prefix: "?", final: "c", parameters: [62, 4] },
    { kind: "csi", prefix: "", final: "t", parameters: [6, 18, 9] },
    { kind: "csi", prefix: "", final: "n", parameters: [0] },
    { kind: "csi", prefix: "?", final: "$y", parameters: [2026, 2] },
    { kind: "dcs", text: ">|kitty(0.26.5)" },
    { kind: "apc", text: "Gi=31;OK" },
    { kind: "osc", text: "11;rgb:00/00/00" },
  ]);
});

Deno.test("input parser reads SGR mouse reports and focus", () => {
  const { keys } = parse("\x1b[<64;3;4M\x1b[<0;1;1m\x1b[I\x1b[O");
  deepEqual(
    keys.map((key) =>
      key.kind === "mouse"
        ? [key.button, key.pressed, key.column, key.row]
        : key.kind === "focus" && key.focused
    ),
    [[64, true, 2, 3], [0, false, 0, 0], true, false],
  );
});

Deno.test("input parser says escape only after a pause", () => {
  const { keys, parser } = parse("\x1b");
  deepEqual(keys, []);
  equal(parser.pending, true);
  parser.flush();
  deepEqual(keys.map(keyName), ["escape"]);
});

for (const character of ["[", "]", "_", "P", "O"]) {
  Deno.test(`input parser reads alt-${character} after a pause, though it begins a sequence`, () => {
    const { keys, parser } = parse(`\x1b${character}`);
    parser.flush();
    deepEqual(keys.map(keyName), [`alt-${character}`]);
  });
}

Deno.test("input parser waits for the rest of a reply across a pause", () => {
  const { keys, replies, parser } = parse("\x1b[?62;");
  parser.flush();
  parser.feed(utf8("4c"));
  deepEqual(keys, []);
  equal(replies.length, 1);
});

Deno.test("input parser gives up a cut-off reply after a long pause, and then hears what is typed", () => {
  const { keys, parser } = parse("\x1b]11;rgb:");
  parser.abandon();
  parser.feed(utf8("hi"));
  deepEqual(keys.map((key) => key.sequence), ["hi"]);
});

Deno.test("input parser hears ctrl-C inside a reply that never ends", () => {
  const { keys } = parse("\x1b_" + "A".repeat(100_000), "\x03");
  deepEqual(keys.map(keyName), ["ctrl-c"]);
});

Deno.test("input parser drops a reply that is too long, and goes on after it", () => {
  const { keys, replies } = parse("\x1b_" + "A".repeat(16_385) + "\x1b\\", "x");
  deepEqual(replies, []);
  deepEqual(keys.map((key) => key.sequence), ["x"]);
  equal(parse("\x1b_" + "A".repeat(16_384) + "\x1b\\").replies.length, 1);
});

Deno.test("input parser drops a control sequence that is too long", () => {
  const { keys, replies } = parse("\x1b[" + "1;".repeat(200) + "c", "x");
  deepEqual(replies, []);
  deepEqual(keys.map((key) => key.sequence), ["x"]);
});
