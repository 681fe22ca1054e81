import { deepEqual, equal, throws } from "node:assert/strict";
import { expandAlias, parseAliases } from "../../../lib/cli/dialogue/aliases.ts";
import { SLASH_TABLE } from "../../../lib/cli/dialogue/slash_table.ts";

const read = (text: string) => parseAliases(text, SLASH_TABLE);

Deno.test("aliases are read by name, with a slash before it or without", () => {
  const text = '[aliases]\ngm = "/msg bob good morning"\n"/Hi" = " hello there "\n';
  deepEqual([...read(text)], [["gm", "/msg bob good morning"], ["hi", "hello there"]]);
  equal(read("").size, 0);
});

Deno.test("aliases that are wrong are named, and none takes a command's place", () => {
  const wrong = (line: string, expected: RegExp) =>
    throws(() => read(`[aliases]\n${line}\n`), { code: "bad-config", message: expected });
  wrong('quit = "/msg bob bye"', /\/quit is a command and cannot be an alias/);
  wrong('MSG = "x"', /\/msg is a command/);
  wrong('"a b" = "x"', /a word of letters and digits: a b is not/);
  wrong(`"${"x".repeat(33)}" = "x"`, /a word of letters/);
  wrong("gm = 7", /gm is a line of 1 to 1000 characters/);
  wrong('gm = " "', /gm is a line/);
  wrong('gm = "one\\ntwo"', /gm is a line/);
  wrong(`gm = "${"x".repeat(1_001)}"`, /gm is a line/);
  throws(() => read("aliases = 7"), /aliases is a table/);
  equal(read(`[aliases]\n${"x".repeat(32)} = "${"x".repeat(1_000)}"`).size, 1);
  const many = (count: number) =>
    `[aliases]\n${Array.from({ length: count }, (_, i) => `a${i} = "x"`).join("\n")}`;
  equal(read(many(200)).size, 200);
  throws(() => read(many(201)), /there are 201 aliases: at most 200 are allowed/);
});

Deno.test("a line with an alias is the line that it stands for, and what came behind it", () => {
  const aliases = read('[aliases]\ngm = "/msg bob good morning"\nhi = "hello"\nx = "/x y"\n');
  const lines: readonly (readonly [string, string])[] = [
    ["/gm", "/msg bob good morning"],
    ["/GM and all", "/msg bob good morning and all"],
    ["bob:/hi there", "bob:hello there"],
    ["#ops: /hi", "#ops: hello"],
    // Once, so that it ends.
    ["/x", "/x y"],
    ["/gmx", "/gmx"],
    ["//gm", "//gm"],
    ["say /gm", "say /gm"],
    ["gm", "gm"],
    ["\\bob:/gm", "\\bob:/gm"],
    ["https://gm", "https://gm"],
    ["", ""],
  ];
  for (const [line, expected] of lines) equal(expandAlias(line, aliases), expected);
});
