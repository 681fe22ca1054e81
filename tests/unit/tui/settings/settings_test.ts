import { deepEqual, equal, match, notDeepEqual, ok, rejects } from "node:assert/strict";
import { FakeClock } from "../../../kit/clock.ts";
import { StorageError } from "../../../../lib/base/errors.ts";
import { USUAL_KEYS } from "../../../../lib/tui/keys/key_map.ts";
import { Notifier } from "../../../../lib/tui/conversations/notifier.ts";
import {
  DEFAULT_SETTINGS,
  isQuiet,
  parseSettings,
  readSettings,
  themeOf,
} from "../../../../lib/tui/settings/settings.ts";
import { withSetting } from "../../../../lib/base/config_lines.ts";
import { PALETTES } from "../../../../lib/tui/theme/palettes.ts";
import { THEME_NAMES, themeFor, THEMES, UNKNOWN_GROUND } from "../../../../lib/tui/theme/theme.ts";

Deno.test("settings are read, and what is not said stays as it is", () => {
  const { settings, problems } = parseSettings('[screen]\ntheme = "light"\nnotify_names = true\n');
  deepEqual(settings, { ...DEFAULT_SETTINGS, theme: "light", notifyNames: true });
  deepEqual(problems, []);
  deepEqual(parseSettings("").settings, DEFAULT_SETTINGS);
});

Deno.test("settings that are wrong are named and left out", () => {
  const { settings, problems } = parseSettings("[screen]\nmouse = 1\nmuose = true\n");
  deepEqual(settings, DEFAULT_SETTINGS);
  match(problems[0], /^config\.toml, line 2: mouse is true or false/);
  match(problems[1], /^config\.toml, line 3: no setting muose/);
  match(parseSettings("[screen\n").problems[0], /line 1: not valid TOML/);
  deepEqual(parseSettings("screen = 7").settings, DEFAULT_SETTINGS);
});

Deno.test("NO_COLOR beats the theme of the settings", () => {
  const settings = { ...DEFAULT_SETTINGS, theme: "light" } as const;
  const themed = (env: (name: string) => string | undefined) =>
    themeOf(settings, env, UNKNOWN_GROUND);
  deepEqual(themed(() => undefined), THEMES.light);
  deepEqual(themed(() => ""), THEMES.light);
  deepEqual(themed((name) => name === "NO_COLOR" ? "1" : undefined), THEMES.plain);
});

const WHITE = { red: 255, green: 255, blue: 255 };

Deno.test("U8: the theme auto is that of the terminal's background, and one for both where it does not say", () => {
  const auto = (background: typeof WHITE | undefined) =>
    themeFor("auto", { colours: "256", background });
  deepEqual(auto(WHITE), THEMES.light);
  deepEqual(auto({ red: 40, green: 40, blue: 40 }), THEMES.dark);
  notDeepEqual(auto(undefined), THEMES.dark);
  notDeepEqual(auto(undefined), THEMES.light);
});

Deno.test("a named theme has its own ground in 24 bit, and the nearest of the palette with 256 colours", () => {
  const nord = (colours: "truecolor" | "256") => themeFor("nord", { colours, background: WHITE });
  equal(nord("truecolor").text, "38;2;216;222;233;48;2;46;52;64");
  equal(nord("256").text, "38;5;254;48;5;237");
});

Deno.test("a terminal of 16 colours is never sent another, on light ground none of the bright ones", () => {
  for (const name of THEME_NAMES.filter((name) => name !== "contrast" && name !== "plain")) {
    for (const background of [WHITE, undefined]) {
      const theme = themeFor(name, { colours: "16", background }, { text: PALETTES.nord.text });
      for (const style of [...Object.values(theme), ...theme.nicks].flat()) {
        match(style, /^(?:[1347](?:;|$))*(?:[39]\d;?)?(?:[14]0?\d)?$/, `${name} ${style}`);
        if (background === WHITE) {
          equal(/(?:^|;)9[0-6](?:;|$)/.test(style), false, `${name} ${style}`);
        }
      }
    }
  }
});

Deno.test("no theme has bold ones of the first eight colours on light ground: terminals show them as bright ones", () => {
  for (const name of THEME_NAMES.filter((name) => name !== "plain")) {
    for (const colours of ["16", "256", "truecolor"] as const) {
      const theme = themeFor(name, { colours, background: WHITE });
      for (const style of [...Object.values(theme), ...theme.nicks].flat()) {
        equal(/^1;(?:4;)?3[0-7](?:;|$)/.test(style), false, `${name} ${colours} ${style}`);
      }
    }
  }
});

Deno.test("names stand out in every theme: bold, but where that would be another colour", () => {
  for (const name of THEME_NAMES.filter((name) => name !== "plain")) {
    for (const background of [WHITE, undefined]) {
      const { nicks } = themeFor(name, { colours: "truecolor", background });
      for (const style of nicks) match(style, /^1;/, `${name} ${style}`);
    }
  }
});

Deno.test("colours of the person's own replace those of the theme, and what is wrong is named with its line", () => {
  const { settings, problems } = parseSettings(
    '[screen]\ntheme = "dark"\n\n[colours]\nnotice = "#88C0D0"\nown = "bright-blue"\nfaint = 256\nlink = 3\nnicks = []\n',
  );
  const theme = themeOf(settings, () => undefined, { ...UNKNOWN_GROUND, colours: "truecolor" });
  equal(theme.notice, "38;2;136;192;208");
  equal(theme.own, "1;94");
  equal(theme.faint, THEMES.dark.faint);
  match(problems[0], /^config\.toml, line 7: faint is "#rrggbb", a palette number from 0 to 255/);
  match(problems[1], /^config\.toml, line 8: no colour link in \[colours\]; try .*notice/);
  match(problems[2], /^config\.toml, line 9: nicks is a list of 1 to 64 colours/);
  equal(problems.length, 3);
});

Deno.test("a setting is written where it belongs, and the rest of the file stays as it was", () => {
  const setting = { table: "screen", key: "theme", value: '"nord"' };
  equal(withSetting("", setting), '[screen]\ntheme = "nord"\n');
  equal(
    withSetting("# mine\n[screen]\nmouse = true\n\n[files]\ntheme = 1\n", setting),
    '# mine\n[screen]\ntheme = "nord"\nmouse = true\n\n[files]\ntheme = 1\n',
  );
  equal(
    withSetting('[screen]\ntheme = "a#b" # for the night\n', setting),
    '[screen]\ntheme = "nord" # for the night\n',
  );
  equal(withSetting("[screen]\ntheme = 1", { table: "screen", key: "theme" }), "[screen]\n");
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
  deepEqual(await readSettings(() => Promise.reject(unreadable), () => []), {
    keys: USUAL_KEYS,
    settings: DEFAULT_SETTINGS,
    problems: ["Cannot read config.toml: no permission"],
  });
  deepEqual(await readSettings(() => Promise.resolve(""), () => []), {
    keys: USUAL_KEYS,
    settings: DEFAULT_SETTINGS,
    problems: [],
  });
  await rejects(
    () => readSettings(() => Promise.reject(new TypeError("a bug")), () => []),
    TypeError,
  );
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

/** WCAG 2.1, 1.4.3: how far two colours are apart, from 1 to 21. */
function contrast(one: typeof WHITE, other: typeof WHITE): number {
  const luminance = ({ red, green, blue }: typeof WHITE) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** The colours of a palette of 256 behind the first 16. */
function ofPalette(index: number): typeof WHITE {
  if (index >= 232) return grey(8 + 10 * (index - 232));
  const level = (part: number) => [0, 95, 135, 175, 215, 255][part % 6];
  const at = index - 16;
  return { red: level(Math.floor(at / 36)), green: level(Math.floor(at / 6)), blue: level(at) };
}

function grey(value: number): typeof WHITE {
  return { red: value, green: value, blue: value };
}

Deno.test("U8: what is said, who is meant and which conversation is open can be read on a light and on a dark terminal", () => {
  for (
    const [ground, ink, paper] of [["light", grey(0), WHITE], ["dark", WHITE, grey(0)]] as const
  ) {
    const palette = PALETTES[ground];
    const rgb = (colour: unknown) => typeof colour === "number" ? ofPalette(colour) : ink;
    for (const name of ["text", "notice", "own", "mention", "alarm"] as const) {
      const apart = contrast(rgb(palette[name]), paper);
      ok(apart >= 4, `${ground} ${name}: ${apart.toFixed(1)}`);
    }
    for (const nick of palette.nicks) {
      ok(contrast(rgb(nick), paper) >= 3, `${ground} nick ${nick}`);
    }
    // The open conversation has the terminal's own ink on its ground.
    ok(contrast(ink, rgb(palette.open)) >= 7, `${ground} open`);
    ok(contrast(rgb(palette.bar_text), rgb(palette.bar)) >= 7, `${ground} bar`);
  }
});

Deno.test("U8: on a terminal that does not say what its background is, all can be read on black and on white", () => {
  const { either } = PALETTES;
  const rgb = (colour: unknown) => typeof colour === "number" ? ofPalette(colour) : undefined;
  const inks = [
    ...(["faint", "notice", "own", "mention", "good", "alarm", "busy"] as const)
      .map((name) => [name, either[name]] as const),
    ...either.nicks.map((nick) => [`nick ${nick}`, nick] as const),
  ];
  for (const [name, ink] of inks) {
    const colour = rgb(ink);
    // The terminal's own ink is on its own ground.
    if (colour === undefined) continue;
    for (const paper of [grey(0), WHITE]) {
      const apart = contrast(colour, paper);
      ok(apart >= 3.9, `${name}: ${apart.toFixed(1)}`);
    }
  }
  ok(inks.filter(([, ink]) => ink !== undefined).length >= 18);
  for (
    const [text, ground] of [
      [either.open_text, either.open],
      [either.bar_text, either.bar],
      [either.menu_text, either.menu],
      [either.accent_text, either.accent],
    ]
  ) ok(contrast(rgb(text) ?? WHITE, rgb(ground) ?? WHITE) >= 6, `${text} on ${ground}`);
});

Deno.test("U8: names on a light terminal of 16 colours are in none of its pale ones", () => {
  // Those of xterm; the person may have tuned them.
  const dark: Readonly<Record<number, typeof WHITE>> = {
    1: { red: 205, green: 0, blue: 0 },
    2: { red: 0, green: 205, blue: 0 },
    3: { red: 205, green: 205, blue: 0 },
    4: { red: 0, green: 0, blue: 238 },
    5: { red: 205, green: 0, blue: 205 },
    6: { red: 0, green: 205, blue: 205 },
  };
  const { nicks } = PALETTES["16-light"];
  for (const nick of nicks) {
    const colour = typeof nick === "number" ? dark[nick] : undefined;
    ok(colour !== undefined && contrast(colour, WHITE) >= 4, `${nick}`);
  }
});
