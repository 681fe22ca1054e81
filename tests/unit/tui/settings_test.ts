import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { FakeClock } from "../../kit/clock.ts";
import { StorageError } from "../../../lib/base/errors.ts";
import { USUAL_KEYS } from "../../../lib/tui/key_map.ts";
import { Notifier } from "../../../lib/tui/notifier.ts";
import {
  DEFAULT_SETTINGS,
  isQuiet,
  parseSettings,
  readSettings,
  themeOf,
} from "../../../lib/tui/settings.ts";
import { THEMES } from "../../../lib/tui/theme.ts";

Deno.test("settings are read, and what is not said stays as it is", () => {
  const { settings, problems } = parseSettings('[screen]\ntheme = "light"\nnotify_names = true\n');
  deepEqual(settings, { ...DEFAULT_SETTINGS, theme: "light", notifyNames: true });
  deepEqual(problems, []);
  deepEqual(parseSettings("").settings, DEFAULT_SETTINGS);
});

Deno.test("settings that are wrong are named and left out", () => {
  const { settings, problems } = parseSettings("[screen]\nmouse = 1\nmuose = true\n");
  deepEqual(settings, DEFAULT_SETTINGS);
  match(problems[0], /mouse is true or false/);
  match(problems[1], /there is no setting muose/);
  match(parseSettings("[screen\n").problems[0], /line 1: this is no TOML/);
  deepEqual(parseSettings("screen = 7").settings, DEFAULT_SETTINGS);
});

Deno.test("NO_COLOR beats the theme of the settings", () => {
  const settings = { ...DEFAULT_SETTINGS, theme: "light" } as const;
  equal(themeOf(settings, () => undefined), THEMES.light);
  equal(themeOf(settings, () => ""), THEMES.light);
  equal(themeOf(settings, (name) => name === "NO_COLOR" ? "1" : undefined), THEMES.plain);
});

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("a notification says who wrote only where that is wanted, and never what", () => {
  const clock = new FakeClock();
  const quiet = new Notifier({ clock, choice: "both", names: false, quiet: undefined });
  equal(
    text(quiet.notify({ from: "bob", room: undefined }, "kitty(0.26.5)")),
    "\x07\x1b]99;;New message\x1b\\",
  );
  const open = new Notifier({ clock, choice: "desktop", names: true, quiet: undefined });
  equal(
    text(open.notify({ from: "bob\x1b\\;rm", room: undefined }, "foot")),
    "\x1b]777;notify;heliograph;New message from bob\\;rm\x1b\\",
  );
});

Deno.test("a terminal that knows no notifications gets the bell and nothing to show", () => {
  const notifier = new Notifier({
    clock: new FakeClock(),
    choice: "both",
    names: true,
    quiet: undefined,
  });
  equal(text(notifier.notify({ from: "bob", room: undefined }, "XTerm(379)")), "\x07");
});

Deno.test("a flood of messages is one notification", async () => {
  const clock = new FakeClock();
  const notifier = new Notifier({ clock, choice: "bell", names: false, quiet: undefined });
  equal(text(notifier.notify({ from: "bob", room: undefined }, "")), "\x07");
  equal(text(notifier.notify({ from: "bob", room: undefined }, "")), "");
  await clock.advance(5_000);
  equal(text(notifier.notify({ from: "bob", room: undefined }, "")), "\x07");
});

Deno.test("settings of a file that cannot be read are told so, and are those without a file", async () => {
  const unreadable = new StorageError("no-permission", "Cannot read config.toml: no permission");
  deepEqual(await readSettings(() => Promise.reject(unreadable)), {
    keys: USUAL_KEYS,
    settings: DEFAULT_SETTINGS,
    problems: ["Cannot read config.toml: no permission"],
  });
  deepEqual(await readSettings(() => Promise.resolve("")), {
    keys: USUAL_KEYS,
    settings: DEFAULT_SETTINGS,
    problems: [],
  });
  await rejects(() => readSettings(() => Promise.reject(new TypeError("a bug"))), TypeError);
});

Deno.test("a notification from a room names it, and quiet hours have none", async () => {
  const clock = new FakeClock();
  const call = { from: "bob", room: "#ops" };
  const named = new Notifier({ clock, choice: "desktop", names: true, quiet: undefined });
  equal(text(named.notify(call, "kitty")), "\x1b]99;;New message from bob in #ops\x1b\\");
  const now = new Date(clock.nowMs());
  const minute = now.getHours() * 60 + now.getMinutes();
  const quiet = { fromMinute: minute, untilMinute: (minute + 1) % (24 * 60) };
  const silent = new Notifier({ clock, choice: "bell", names: true, quiet });
  equal(text(silent.notify(call, "kitty")), "");
  await clock.advance(60_000);
  equal(text(silent.notify(call, "kitty")), "\x07");
});

Deno.test("quiet hours are two times of the day, over midnight too", () => {
  const hoursOf = (value: string) => parseSettings(`[screen]\nquiet_hours = "${value}"`);
  const { quiet } = hoursOf("22:00-07:30").settings;
  deepEqual(quiet, { fromMinute: 22 * 60, untilMinute: 7 * 60 + 30 });
  const at = (hour: number, minute: number) =>
    quiet !== undefined && isQuiet(quiet, new Date(2026, 10, 20, hour, minute).getTime());
  deepEqual([at(21, 59), at(22, 0), at(7, 29), at(7, 30)], [false, true, true, false]);
  deepEqual(hoursOf("0:00-23:59").problems, []);
  for (const wrong of ["24:00-07:00", "22-7", "22:60-07:00", "", "22:00-07:00x"]) {
    match(hoursOf(wrong).problems[0], /quiet_hours is two times of the day/);
  }
});

Deno.test("words that mean the person are a list of no more than 50 that are not too long", () => {
  const read = (words: readonly unknown[]) =>
    parseSettings(`[screen]\nhighlight = ${JSON.stringify(words)}`);
  deepEqual(read(["deploy", " on call "]).settings.highlights, ["deploy", "on call"]);
  const words = Array.from({ length: 51 }, (_, i) => `word ${i}`);
  deepEqual(read(words.slice(1)).problems, []);
  deepEqual(read(["x".repeat(100)]).problems, []);
  for (const wrong of [words, ["x".repeat(101)], [""], [7]]) {
    const { settings, problems } = read(wrong);
    deepEqual(settings.highlights, []);
    match(problems[0], /highlight is at most 50 words of 1 to 100 characters/);
  }
});
