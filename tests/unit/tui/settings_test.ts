import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { FakeClock } from "../../kit/clock.ts";
import { StorageError } from "../../../lib/base/errors.ts";
import { Notifier } from "../../../lib/tui/notifier.ts";
import {
  DEFAULT_SETTINGS,
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
  const quiet = new Notifier({ clock, choice: "both", names: false });
  equal(text(quiet.notify("bob", "kitty(0.26.5)")), "\x07\x1b]99;;New message\x1b\\");
  const open = new Notifier({ clock, choice: "desktop", names: true });
  equal(
    text(open.notify("bob\x1b\\;rm", "foot")),
    "\x1b]777;notify;heliograph;New message from bob\\;rm\x1b\\",
  );
});

Deno.test("a terminal that knows no notifications gets the bell and nothing to show", () => {
  const notifier = new Notifier({ clock: new FakeClock(), choice: "both", names: true });
  equal(text(notifier.notify("bob", "XTerm(379)")), "\x07");
});

Deno.test("a flood of messages is one notification", async () => {
  const clock = new FakeClock();
  const notifier = new Notifier({ clock, choice: "bell", names: false });
  equal(text(notifier.notify("bob", "")), "\x07");
  equal(text(notifier.notify("bob", "")), "");
  await clock.advance(5_000);
  equal(text(notifier.notify("bob", "")), "\x07");
});

Deno.test("settings of a file that cannot be read are told so, and are those without a file", async () => {
  const unreadable = new StorageError("no-permission", "Cannot read config.toml: no permission");
  deepEqual(await readSettings(() => Promise.reject(unreadable)), {
    settings: DEFAULT_SETTINGS,
    problems: ["Cannot read config.toml: no permission"],
  });
  deepEqual(await readSettings(() => Promise.resolve("")), {
    settings: DEFAULT_SETTINGS,
    problems: [],
  });
  await rejects(() => readSettings(() => Promise.reject(new TypeError("a bug"))), TypeError);
});
