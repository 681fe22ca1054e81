import { deepEqual, equal } from "node:assert/strict";
import { configProblem } from "../../../../lib/cli/whole_config.ts";
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
  equal(configProblem('[video]\nmode = "adaptive"\n', "/home/me"), undefined);
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
  ) equal(typeof configProblem(text, "/home/me"), "string", text);
});
