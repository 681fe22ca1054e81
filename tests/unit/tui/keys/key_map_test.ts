import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readKeyChoices, USUAL_KEYS } from "../../../../lib/tui/keys/key_map.ts";
import { KEY_ROWS, shownKeys } from "../../../../lib/tui/keys/keys.ts";
import { parseSettings } from "../../../../lib/tui/settings/settings.ts";

const keysOf = (rows: typeof USUAL_KEYS["rows"], action: string) =>
  rows.find((row) => row.action === action)?.keys;

Deno.test("a key of one's own replaces those of its action, and is no other action's any more", () => {
  const { keys, problems } = readKeyChoices({ search: ["alt-a", "ctrl-q*"], copy: "f12" });
  deepEqual(problems, []);
  deepEqual(keysOf(keys.rows, "search"), ["alt-a", "ctrl-q"]);
  deepEqual(keysOf(keys.rows, "next-unread"), []);
  equal(keys.boundTo("f3"), undefined);
  deepEqual(keys.boundTo("alt-a"), { action: "search", nth: 1, isOnEmptyLine: false });
  deepEqual(keys.boundTo("ctrl-q"), { action: "search", nth: 2, isOnEmptyLine: true });
  equal(keys.boundTo("f12")?.action, "copy");
  // All others are as they were.
  equal(keys.boundTo("alt-3")?.nth, 3);
  equal(keys.boundTo("ctrl-k")?.isOnEmptyLine, true);
});

Deno.test("vi keys come beside the others, and what one says oneself counts before them", () => {
  const { keys, problems } = readKeyChoices({ preset: "vi", next: "alt-n" });
  deepEqual(problems, []);
  equal(keys.boundTo("alt-k")?.action, "previous");
  equal(keys.boundTo("alt-up")?.action, "previous");
  equal(keys.boundTo("ctrl-f")?.isOnEmptyLine, true);
  equal(keys.boundTo("alt-G")?.action, "newest");
  deepEqual(keysOf(keys.rows, "next"), ["alt-n"]);
  deepEqual(keysOf(keys.rows, "decline"), []);
});

Deno.test("keys that are wrong are named, and all others count", () => {
  const problemOf = (table: Record<string, unknown>) => {
    const { keys, problems } = readKeyChoices({ ...table, copy: "alt-x" });
    equal(keys.boundTo("alt-x")?.action, "copy");
    equal(problems.length, 1, JSON.stringify(table));
    return problems[0].words;
  };
  match(problemOf({ fly: "alt-f" }), /no action fly in \[keys\]; try help, go/);
  // What types something, ends the program or shows the help stays what it is.
  for (const key of ["a", "space", "enter", "escape", "ctrl-c", "ctrl-d", "f1", "F3", "", 7]) {
    match(problemOf({ go: key }), /go in \[keys\] is a key like "alt-j"/);
  }
  const many = Array.from({ length: 10 }, (_, i) => `ctrl-${i}`);
  match(problemOf({ nth: many }), /at most 9/);
  deepEqual(readKeyChoices({ nth: many.slice(1) }).problems, []);
  match(problemOf({ go: "alt-j", list: "alt-j" }), /alt-j in \[keys\] is already used for go/);
  match(problemOf({ preset: "emacs" }), /preset in \[keys\] is one of vi/);
});

Deno.test("keys are read from the file, and help shows those that are", () => {
  const { keys, problems } = parseSettings('[keys]\npreset = "vi"\nfold = "f4"\nfly = 1\n');
  match(problems[0], /^config\.toml, line 4: no action fly/);
  equal(keys.boundTo("f4")?.action, "fold");
  const shown = keys.rows.map((row) => shownKeys(row));
  ok(shown.includes("pageup, ctrl-b*"), shown.join("; "));
  ok(shown.includes("alt-1 … alt-9"), shown.join("; "));
  for (const wrong of ["keys = 7", "["]) {
    const { rows } = parseSettings(wrong).keys;
    deepEqual(rows.map((row) => shownKeys(row)), KEY_ROWS.map((row) => shownKeys(row)));
  }
});

Deno.test("U13: what F3 does has a key that every terminal sends, and help names both", () => {
  const search = USUAL_KEYS.rows.find(({ action }) => action === "search");
  deepEqual(search?.keys, ["f3", "alt-s"]);
  equal(USUAL_KEYS.boundTo("alt-s")?.action, "search");
  match(search === undefined ? "" : shownKeys(search), /f3, alt-s/);
  // No key of the screen stands on F3 alone.
  for (const { keys, action } of USUAL_KEYS.rows) {
    ok(!keys.includes("f3") || keys.length > 1, action);
  }
});
