import { deepEqual, equal, match } from "node:assert/strict";
import { configProblems } from "../../../../lib/cli/whole_config.ts";
import { parseSettings } from "../../../../lib/tui/settings/settings.ts";
import { fileChange, fileValues } from "../../../../lib/tui/settings/file_settings.ts";

Deno.test("a setting of the file is written as what it takes: text, switch, number or list", () => {
  const written = (name: string, typed: string) => {
    const { table, key, value } = fileChange(name, typed) ?? {};
    return `[${table}] ${key} = ${value}`;
  };
  equal(written("video.mode", "fixed:720p"), '[video] mode = "fixed:720p"');
  equal(written("hooks.answer", "on"), "[hooks] answer = true");
  equal(written("hooks.timeout_seconds", "20"), "[hooks] timeout_seconds = 20");
  equal(written("keys.search", "f3, ctrl-q"), '[keys] search = ["f3", "ctrl-q"]');
  equal(written("keys.list", "alt-l"), '[keys] list = "alt-l"');
  equal(written("colours.line", "240"), "[colours] line = 240");
  equal(written("colours.nicks", "#112233, 33"), '[colours] nicks = ["#112233", 33]');
  equal(written("aliases.gm", '/msg bob "hi"'), '[aliases] gm = "/msg bob \\"hi\\""');
  equal(written("aliases.grüß", "/who"), '[aliases] "grüß" = "/who"');
  equal(written("files.inbox", "-"), "[files] inbox = undefined");
});

Deno.test("what is no setting of the file is none, whatever is in its name", () => {
  for (const name of ["theme", "video", "video.", "server.port", 'aliases.a"b', "keys.a]\n[x"]) {
    equal(fileChange(name, "x"), undefined, name);
  }
});

Deno.test("page of settings has what the file says, and what it could", () => {
  const text =
    '[video]\nmode = "adaptive"\n[keys]\nsearch = ["f3", "ctrl-q"]\n[aliases]\ngm = "/who"\n';
  const values = new Map(fileValues(text).map(({ name, value }) => [name, value]));
  deepEqual(
    ["video.mode", "files.inbox", "keys.search", "aliases.gm"].map((name) => values.get(name)),
    ["adaptive", "-", "f3, ctrl-q", "/who"],
  );
  // What is no TOML is said by whoever reads it.
  deepEqual(fileValues("= nothing").map(({ value }) => value).filter((value) => value !== "-"), []);
});

Deno.test("a file that would stop a start is found before it is written", () => {
  deepEqual(configProblems('[video]\nmode = "adaptive"\n', "/home/me"), []);
  for (
    const text of [
      '[video]\nmode = "best"\n',
      '[files]\ninbox = "here"\n',
      '[hooks]\nmessage = "notify"\n',
      '[aliases]\nwho = "/me"\n',
      "[p2p]\nport = 0\n",
      '[classic]\nshell = "bash"\n',
      "[privacy]\ndelete_on_exit = 1\n",
    ]
  ) equal(configProblems(text, "/home/me").length, 1, text);
});

Deno.test("every table of a file that cannot be meant is named with its line, and what it may be", () => {
  const text = [
    "[video]",
    'mode = "best"',
    "[files]",
    'outbox = "/srv/out"',
    'inbox = "here"',
    "[hooks]",
    'message = "notify"',
    "[aliases]",
    'who = "/me"',
    "[p2p]",
    'mode = "yes"',
    "[classic]",
    'shell = "bash"',
    "[privacy]",
    "delete_on_exit = 1",
    "[colors]",
    'text = "red"',
  ].join("\n");
  const problems = configProblems(text, "/home/me");
  const expected: readonly (readonly [line: number, words: RegExp])[] = [
    [16, /no table \[colors\]; try screen, colours, keys, video, files/],
    [2, /mode in \[video\] is one of thirds/],
    [5, /inbox in \[files\] is a folder like/],
    [9, /\/who is a command and cannot be an alias/],
    [7, /message in \[hooks\] is a program like .*\. No hook runs until then$/],
    [11, /mode in \[p2p\] is one of "only", "prefer", "never"\. Direct connections are off/],
    [13, /shell in \[classic\] is one of/],
    [15, /delete_on_exit in \[privacy\] is true or false/],
  ];
  equal(problems.length, expected.length, problems.join("\n"));
  for (const [at, [line, words]] of expected.entries()) {
    match(problems[at], new RegExp(`^config\\.toml, line ${line}: `));
    match(problems[at], words);
  }
});

Deno.test("a file that is no TOML is said once, with the line and what is wrong there", () => {
  const text = '[screen]\ntheme = "dark\n';
  deepEqual(configProblems(text, "/home/me"), parseSettings(text).problems);
  match(
    configProblems(text, "/home/me").join("\n"),
    /^config\.toml, line 2: not valid TOML: \w.*$/,
  );
  deepEqual(parseSettings("screen = 7").problems, [
    "config.toml: screen is a table: write [screen], and the settings below it",
  ]);
});
