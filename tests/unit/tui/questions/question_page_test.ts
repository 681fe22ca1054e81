import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Key } from "../../../../lib/terminal/input/key.ts";
import { safeText } from "../../../../lib/base/safe_text.ts";
import { QuestionPage } from "../../../../lib/tui/questions/question_page.ts";
import { THEMES } from "../../../../lib/tui/theme/theme.ts";
import { PLAIN_TERMINAL } from "../../../kit/screens.ts";

const typed = (text: string): Key => ({ kind: "text", text, sequence: text });
const ENTER: Key = {
  kind: "key",
  name: "enter",
  ctrl: false,
  alt: false,
  shift: false,
  sequence: "\r",
};

function openPage(): QuestionPage {
  const page = new QuestionPage(THEMES.dark, () => {});
  page.terminal = PLAIN_TERMINAL;
  return page;
}

function rowsOf(page: QuestionPage, columns = 80, rows = 24): readonly string[] {
  const { grid } = page.paint({ columns, rows });
  return Array.from({ length: rows }, (_, row) => {
    let text = "";
    for (let column = 0; column < columns; column++) text += grid.textAt(column, row);
    return text.trimEnd();
  });
}

Deno.test("first page explains its choices at a question mark, and asks on", async () => {
  const page = openPage();
  const answer = page.choose(safeText("How do you want to start?"), ["Join", "Connect"]);
  match(rowsOf(page)[23], /\? help/);
  page.handle(typed("?"));
  const help = rowsOf(page).join("\n");
  match(help, /heliograph:\/\//);
  match(help, /test, pictures drawn with half blocks, truecolor, 8×18 px cells/);
  ok(!help.includes("How do you want"));
  page.handle(typed("2"));
  match(rowsOf(page).join("\n"), /How do you want to start\?/);
  page.handle(typed("2"));
  deepEqual(await answer, { kind: "answered", answer: 1 });
});

Deno.test("first page takes a question mark as part of a line and of a password", async () => {
  const page = openPage();
  for (const ask of ["ask", "askHidden"] as const) {
    const answer = page[ask](safeText("What?"));
    page.handle(typed("?"));
    page.handle(ENTER);
    deepEqual(await answer, { kind: "answered", answer: "?" });
  }
});

Deno.test("first page explains what there is room for in any size", () => {
  for (const [columns, rows] of [[1, 1], [20, 5], [200, 60]] as const) {
    const page = openPage();
    void page.choose(safeText("How do you want to start?"), ["Join", "Connect"]);
    page.handle(typed("?"));
    equal(rowsOf(page, columns, rows).length, rows);
  }
});

Deno.test("J1: the first page says what the terminal can do, below what the program is", () => {
  const page = openPage();
  void page.choose(safeText("How do you want to start?"), ["Join", "Connect"]);
  const rows = rowsOf(page);
  const at = rows.findIndex((row) =>
    row.includes("Terminal: test, pictures drawn with half blocks")
  );
  ok(at > rows.findIndex((row) => row.includes("end-to-end encrypted")), rows.join("\n"));
  ok(at < rows.findIndex((row) => row.includes("How do you want to start?")), rows.join("\n"));
});

Deno.test("J1: answers typed before they are asked for are taken up in turn", async () => {
  const page = openPage();
  for (const text of ["leia", "secret", "rest"]) {
    page.handle(typed(text));
    page.handle(ENTER);
  }
  deepEqual(await page.ask(safeText("USER:")), { kind: "answered", answer: "leia" });
  deepEqual(await page.askHidden(safeText("PWD:")), { kind: "answered", answer: "secret" });
  ok(!rowsOf(page).join("\n").includes("secret"));
  // One key decides this: what was typed before it could be read is no answer.
  const decision = page.confirm(safeText("Is it the same?"), true);
  page.handle(typed("n"));
  deepEqual(await decision, { kind: "answered", answer: false });
});

Deno.test("J1: Ctrl-C before a question ends it, whatever was typed before", async () => {
  const interrupt: Key = { ...ENTER, name: "c", ctrl: true, sequence: "\x03" };
  for (const ask of ["ask", "askHidden", "confirm"] as const) {
    const page = openPage();
    page.handle(typed("y"));
    page.handle(ENTER);
    page.handle(interrupt);
    const asked = ask === "confirm"
      ? page.confirm(safeText("What?"), false)
      : page[ask](safeText("What?"));
    deepEqual(await asked, { kind: "interrupted" });
  }
});

Deno.test("U15: escape goes back from every question, and a line that was begun is not answered by it", async () => {
  const escape: Key = { ...ENTER, name: "escape", sequence: "\x1b" };
  for (const ask of ["ask", "askHidden", "confirm"] as const) {
    const page = openPage();
    const outcome = ask === "confirm"
      ? page.confirm(safeText("What?"), false)
      : page[ask](safeText("What?"));
    if (ask !== "confirm") page.handle(typed("half a"));
    page.handle(escape);
    deepEqual(await outcome, { kind: "back" });
  }
  const page = openPage();
  const outcome = page.choose(safeText("How?"), ["Join", "Connect"]);
  page.handle(escape);
  deepEqual(await outcome, { kind: "back" });
});

Deno.test("U15: a password is a dot for each character, 32 at most, and none of it is ever shown", () => {
  const page = openPage();
  void page.askHidden(safeText("PWD:"));
  page.handle(typed("s\u{1F511}e\u0301"));
  match(rowsOf(page).join("\n"), /> \u2022{3}$/m);
  page.handle(typed("cret".repeat(20)));
  const rows = rowsOf(page).join("\n");
  match(rows, /> \u2022{32}$/m);
  ok(!rows.includes("cret"));
});

Deno.test("U15: what is said of a line stands below it while it is typed, and the cursor stays in the line", () => {
  const page = openPage();
  void page.ask(safeText("Invite:"), (typed) => typed === "" ? "" : `${typed.length} characters`);
  const { row } = page.paint({ columns: 80, rows: 24 }).cursor ?? {};
  page.handle(typed("abc"));
  const rows = rowsOf(page);
  equal(rows[row ?? 0], " > abc");
  equal(rows[(row ?? 0) + 1], "   3 characters");
  deepEqual(page.paint({ columns: 80, rows: 24 }).cursor, { row, column: 6 });
});

Deno.test("U15: words that come later are shown for what stands in the line by then, and for nothing else", async () => {
  const coming = new Map<string, (words: string) => void>();
  const page = openPage();
  void page.askHidden(
    safeText("Password:"),
    (typed) => new Promise<string>((resolve) => coming.set(typed, resolve)),
  );
  page.handle(typed("a"));
  page.handle(typed("b"));
  coming.get("ab")?.("Weak");
  await Promise.resolve();
  match(rowsOf(page).join("\n"), /Weak/);
  coming.get("a")?.("Very weak");
  await Promise.resolve();
  ok(!rowsOf(page).join("\n").includes("Very weak"));
});

Deno.test("first page says what is to be said on every screen", () => {
  const page = new QuestionPage(THEMES.dark, () => {}, "Simulated line: 300 ms");
  match(rowsOf(page)[0], /^ heliograph +Simulated line: 300 ms$/);
});

Deno.test("U15: who goes back sees neither the answer that is changed nor what came of it", async () => {
  const escape: Key = { ...ENTER, name: "escape", sequence: "\x1b" };
  const page = openPage();
  const begin = safeText("How do you want to start?");
  const first = page.choose(begin, ["Join", "Connect"]);
  page.handle(typed("1"));
  await first;
  const invite = page.ask(safeText("The invite:"));
  page.handle(typed("2"));
  page.handle(ENTER);
  await invite;
  page.note("Cannot use this invite");
  const again = page.ask(safeText("The invite:"));
  match(rowsOf(page).join("\n"), /Join\n The invite:2\n Cannot use this invite/);
  page.handle(escape);
  deepEqual(await again, { kind: "back" });
  const second = page.choose(begin, ["Join", "Connect"]);
  const shown = rowsOf(page).join("\n");
  equal(/Cannot use|The invite|^ Join/m.test(shown), false, shown);
  match(shown, /1 {2}Join/);
  page.handle(typed("2"));
  await second;
  // Whoever was asked and did not go back keeps what was said.
  const name = page.ask(safeText("Name:"));
  match(rowsOf(page).join("\n"), /\n Connect\n/);
  page.end();
  await name;
});

Deno.test("what was said before a question is left out whole where it does not fit, the oldest first", () => {
  const page = openPage();
  page.note(`It begins here, ${"goes on and on, ".repeat(6)}and ends there.`);
  page.note("The newest.");
  page.ask(safeText("Name:"));
  const shown = (rows: number) => rowsOf(page, 40, rows).filter((row) => row !== "");
  match(shown(24).join("\n"), /It begins here[^]*and ends there[^]*The newest/);
  deepEqual(shown(8).slice(1, 2), [" The newest."]);
  // Of one that is longer than the screen its end is seen.
  const long = openPage();
  long.note(`It begins here, ${"goes on and on, ".repeat(20)}and ends there.`);
  long.ask(safeText("Name:"));
  const rows = rowsOf(long, 40, 8).join("\n");
  ok(rows.includes("ends there.") && !rows.includes("begins"));
});
