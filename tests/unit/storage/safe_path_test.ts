import assert from "node:assert/strict";
import {
  areDistinct,
  numberedName,
  safeName,
  safePath,
  setApart,
} from "../../../lib/storage/safe_path.ts";

Deno.test("SR-64: ordinary names stay as they are", () => {
  const names = [
    "a",
    "report.pdf",
    "video.MP4",
    "Ünïcödé 名前.txt",
    "a b (1).tar.gz",
    "👩‍🚀".slice(0, 2),
  ];
  for (const name of names) assert.equal(safeName(name), name.normalize("NFC"));
});

Deno.test("SR-64: what leads elsewhere, hides or deceives is taken out of a name", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "_"],
    [".", "_"],
    ["..", "__"],
    ["../../etc/passwd", "___.._etc_passwd"],
    ["/etc/passwd", "_etc_passwd"],
    ["C:\\windows\\system.ini", "C__windows_system.ini"],
    [".bashrc", "_bashrc"],
    ["line\nbreak\r.txt", "line_break_.txt"],
    ["nul\0byte", "nul_byte"],
    ["invoice\u202Efdp.exe", "invoice_fdp.exe"],
    ["zero\u200Bwidth\uFEFF", "zero_width_"],
    ["\u001b[2J", "_[2J"],
    ["trailing. . ", "trailing_"],
    ["   ", "_"],
    ["CON", "_CON"],
    ["lpt1.txt", "_lpt1.txt"],
    ['a?b*c|d<e>f"g:h', "a_b_c_d_e_f_g_h"],
    ["lone\ud800surrogate", "lone_surrogate"],
  ];
  for (const [foreign, safe] of cases) {
    assert.equal(safeName(foreign), safe, JSON.stringify(foreign));
  }
});

Deno.test("SR-64: a long name is cut to 200 bytes at a character, and keeps its ending", () => {
  for (const name of ["x".repeat(255) + ".pdf", "名".repeat(90) + ".tar.gz", "x".repeat(201)]) {
    const safe = safeName(name);
    assert(new TextEncoder().encode(safe).length <= 200, safe);
    assert(!safe.includes("\ufffd"));
    if (name.endsWith(".pdf")) assert(safe.endsWith("x.pdf"));
    if (name.endsWith(".tar.gz")) assert(safe.endsWith("名.tar.gz"));
  }
  assert.equal(safeName("x".repeat(200)), "x".repeat(200));
});

Deno.test("SR-64: every component of a path is made safe, and none leads up", () => {
  assert.deepEqual(safePath("photos/été.jpg"), ["photos", "été.jpg"]);
  assert.deepEqual(safePath("../../../x"), ["__", "__", "__", "x"]);
  assert.deepEqual(safePath("/abs//olute/"), ["abs", "olute"]);
  assert.deepEqual(safePath(""), ["_"]);
  assert.deepEqual(safePath("a/".repeat(31) + "b")?.length, 32);
  assert.equal(safePath("a/".repeat(32) + "b"), undefined);
});

Deno.test("SR-64: paths that differ by case or composition only, or run through a file, do not go together", () => {
  const distinct = (...paths: string[]) => areDistinct(paths.map((path) => path.split("/")));
  assert(distinct("a/x", "a/y", "b"));
  assert(!distinct("a", "a"));
  assert(!distinct("Read.me", "READ.ME"));
  assert(!distinct("e\u0301", "\u00e9"));
  assert(!distinct("a", "a/b"));
  assert(!distinct("a/b/c", "A/B"));
});

Deno.test("SR-64: of paths that meet on some system the later ones get a number, and none meets another then", () => {
  const apart = (...paths: string[]) =>
    setApart(paths.map((path) => path.split("/"))).map((path) => path.join("/"));
  const cases: readonly (readonly [given: readonly string[], placed: readonly string[]])[] = [
    [["net/xt_MARK.h", "net/xt_mark.h"], ["net/xt_MARK.h", "net/xt_mark (1).h"]],
    [["net/xt_mark.h", "net/xt_MARK.h"], ["net/xt_mark.h", "net/xt_MARK (1).h"]],
    [["Makefile", "makefile", "MAKEFILE"], ["Makefile", "makefile (1)", "MAKEFILE (2)"]],
    // Composed and decomposed, both ways round.
    [["\u00e9.txt", "e\u0301.txt"], ["\u00e9.txt", "e\u0301 (1).txt"]],
    [["e\u0301.txt", "\u00e9.txt"], ["e\u0301.txt", "\u00e9 (1).txt"]],
    // A number is not taken from who has it by right.
    [["a", "A", "A (1)"], ["a", "A (2)", "A (1)"]],
    // A file gives way to a folder.
    [["a", "a/b"], ["a (1)", "a/b"]],
    [["A/b", "a"], ["A/b", "a (1)"]],
    [["a/x", "A/X", "b"], ["a/x", "A/X (1)", "b"]],
  ];
  for (const [given, placed] of cases) {
    assert.deepEqual(apart(...given), placed);
    assert(areDistinct(placed.map((path) => path.split("/"))));
  }
});

Deno.test("a name that is taken gets a number before its ending", () => {
  assert.equal(numberedName("a.txt", 1), "a (1).txt");
  assert.equal(numberedName("a.tar.gz", 2), "a (2).tar.gz");
  assert.equal(numberedName("a", 3), "a (3)");
  assert.equal(numberedName("v1.2 final notes", 1), "v1.2 final notes (1)");
});
