import { deepEqual, equal, notEqual } from "node:assert/strict";
import {
  type AccountNameProblem,
  parseAccountId,
  parseAccountName,
  skeleton,
} from "../../../lib/base/account_name.ts";

function idOf(text: string): string {
  const parsed = parseAccountName(text);
  return parsed.ok ? parsed.id : `refused: ${parsed.problem}`;
}

function assertRefused(text: string, problem: AccountNameProblem): void {
  const parsed = parseAccountName(text);
  equal(parsed.ok ? "accepted" : parsed.problem, problem, JSON.stringify(text));
}

Deno.test("S4.08: account name takes 90 code points and refuses 91 with the count, in ASCII and CJK", () => {
  for (const controlMessage of ["x", "字", "\u{1F98A}"]) {
    equal(parseAccountName(controlMessage.repeat(90)).ok, true);
    deepEqual(parseAccountName(controlMessage.repeat(91)), {
      ok: false,
      problem: "too-long",
      message: "Name too long (91/90).",
    });
  }
});

Deno.test("S4.08: account name is counted after NFC", () => {
  const parsed = parseAccountName("e\u0301".repeat(90));
  equal(parsed.ok && parsed.name, "\u00e9".repeat(90));
  // Four code points to one, and two in its id: alpha with three marks.
  equal(parseAccountName("\u03b1\u0313\u0300\u0345".repeat(72)).ok, true);
});

Deno.test("S4.08: account name whose id grows past 360 bytes under NFKC is refused", () => {
  assertRefused("\ufdfa".repeat(20), "too-long");
});

Deno.test("S4.08: account name of any length is counted without being normalised when far too long", () => {
  deepEqual(parseAccountName("x".repeat(100_000)), {
    ok: false,
    problem: "too-long",
    message: "Name too long (100000/90).",
  });
});

Deno.test("SR-46: account id is the NFKC case fold of the name", () => {
  equal(idOf("Alice"), "alice");
  equal(idOf("Straße"), "strasse");
  equal(idOf("STRAẞE"), "strasse");
  equal(idOf("STRASSE"), "strasse");
  equal(idOf("ΣΊΣΥΦΟΣ"), idOf("σίσυφος"));
  equal(idOf("ＡＬＩＣＥ"), "alice");
  equal(idOf("\u{1d41a}\u{1d425}ice"), "alice");
  equal(idOf("e\u0301"), "\u00e9");
});

Deno.test("SR-46: account name keeps the spelling of its owner", () => {
  const parsed = parseAccountName("Bob Smith");
  equal(parsed.ok && parsed.name, "Bob Smith");
  equal(parsed.ok && parsed.id, "bob smith");
});

Deno.test("SR-46: account names of many scripts are accepted", () => {
  for (
    const name of [
      "José",
      "Пётр",
      "Ὀδυσσεύς",
      "שלום",
      "ملک",
      "张伟",
      "田中さくらJP",
      "김민수Kim",
      "ㄅ字a",
      "สมชาย",
    ]
  ) {
    equal(parseAccountName(name).ok, true, name);
  }
});

Deno.test("SR-46: account name with a control, joiner, bidi mark, tag, filler, private or unassigned code point is refused", () => {
  for (
    const codePoint of [
      0x00,
      0x07,
      0x0a,
      0x1b,
      0x7f,
      0x9b,
      0xad,
      0x61c,
      0x115f,
      0x200b,
      0x200d,
      0x200e,
      0x200f,
      0x2028,
      0x2029,
      0x202a,
      0x202e,
      0x2066,
      0x2069,
      0x2064,
      0x3164,
      0xfe0f,
      0xfeff,
      0xfff9,
      0xe000,
      0x0378,
      0xfffe,
      0xe0041,
      0xe0100,
      0x10ffff,
    ]
  ) {
    const character = String.fromCodePoint(codePoint);
    assertRefused(`a${character}b`, "bad-character");
  }
  assertRefused("a\ud800b", "bad-character");
});

Deno.test("SR-46: account name with an addressing character is refused, also when NFKC makes it one", () => {
  for (
    const name of [
      "a:b",
      "a#b",
      "a@b",
      "a/b",
      "a\\b",
      "#room",
      "@bob",
      "/help",
      "a：b",
      "＃a",
      "a＠b",
      "℀",
    ]
  ) {
    assertRefused(name, "bad-character");
  }
});

Deno.test("SR-46: account name with a blank at an end, two in a row or another kind of blank is refused", () => {
  for (const name of [" a", "a ", "a  b", "a\u00a0b", "a\u3000b", "a\u2003b", " "]) {
    assertRefused(name, "bad-blank");
  }
  // NFKC makes a blank and a mark of it.
  assertRefused("\u00b4a", "bad-blank");
});

Deno.test("SR-46: account name that starts like an option, a hidden file or with a mark is refused", () => {
  assertRefused("-rf", "bad-start");
  assertRefused(".ssh", "bad-start");
  assertRefused("\u0301a", "bad-character");
  assertRefused("", "empty");
});

Deno.test("SR-46: account name with a pile of marks is refused", () => {
  assertRefused(`z${"\u0351".repeat(5)}`, "bad-character");
  equal(parseAccountName("ṩ").ok, true);
});

Deno.test("SR-46: account name that mixes alphabets is refused", () => {
  assertRefused("p\u0430ypal", "mixed-scripts");
  assertRefused("αlice", "mixed-scripts");
  assertRefused("ㄅ字か", "mixed-scripts");
  assertRefused("שlom", "mixed-scripts");
  // The mathematical letters are Common, and Latin only after NFKC.
  assertRefused("\u{1d429}\u0430ypal", "mixed-scripts");
});

Deno.test("SR-46: account name that is a reserved word, or looks like one, is refused", () => {
  for (
    const name of ["server", "Server", "SYSTEM", "everyone", "me", "https", "a11", "rne", "ｍｅ"]
  ) {
    assertRefused(name, "reserved");
  }
  equal(parseAccountName("serverina").ok, true);
});

Deno.test("SR-46: skeletons of names that look alike in capitals or small letters are equal", () => {
  for (
    const [left, right] of [
      ["alice", "a1ice"],
      ["alice", "aIice"],
      ["mark", "rnark"],
      ["Mark", "rnark"],
      ["bob", "b0b"],
      // Cyrillic capitals like the Latin ABC.
      ["abc", "\u0410\u0412\u0421"],
      ["Iris", "\u0456\u0433\u0456\u0455".replace("\u0433", "r")],
      ["scope", "\u0455\u0441\u043e\u0440\u0435"],
    ]
  ) {
    equal(skeleton(left), skeleton(right), `${left} ${right}`);
  }
});

Deno.test("SR-46: skeletons of ordinary different names differ", () => {
  const names = [
    "alice",
    "alicia",
    "bob",
    "rob",
    "anna",
    "hanna",
    "user1",
    "user2",
    "user3",
    "张伟",
    "张炜",
  ];
  equal(new Set(names.map(skeleton)).size, names.length);
  notEqual(skeleton("carol"), skeleton("caro1a"));
});

Deno.test("SR-46: account id from the wire is taken only in its folded form", () => {
  equal(parseAccountId("alice"), "alice");
  equal(parseAccountId("strasse"), "strasse");
  for (
    const text of [
      "Alice",
      "straße",
      "ａ",
      "",
      "a:b",
      "server",
      "a\u202eb",
      "a\ud800",
      "x".repeat(361),
    ]
  ) {
    equal(parseAccountId(text), undefined, JSON.stringify(text));
  }
});
