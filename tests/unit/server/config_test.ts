import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { parseConfig } from "../../../lib/server/config/config_file.ts";
import { exampleFile, SETTINGS, variableOf } from "../../../lib/server/config/settings.ts";
import { problemOf } from "../../../lib/server/config/setting_type.ts";

const problems = (text: string) =>
  parseConfig(text).problems.map(({ line, message }) => `${line}: ${message}`);

Deno.test("a file of settings is read with the line of each value", () => {
  const { values, problems } = parseConfig(
    '# ours\nlisten = "127.0.0.1:4000"\n\nlogin-attempts = 5\nsupervised = true\n',
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.fromEntries(values), {
    "listen": { text: "127.0.0.1:4000", line: 2 },
    "login-attempts": { text: "5", line: 4 },
    "supervised": { text: "true", line: 5 },
  });
});

Deno.test("every mistake of a file is named with its line", () => {
  for (
    const [text, says] of [
      ['\nlisen = "a"', "2: No setting lisen. Did you mean listen?"],
      [
        "\n\nxyzzy = 1",
        /^3: No setting xyzzy\. The settings are listen, public-address, proxies, data, /,
      ],
      ['login-attempts = "3"', "1: login-attempts is a whole number, not text"],
      ["login-attempts = 0", "1: login-attempts is 1 to 1000, not 0"],
      ["login-attempts = 1001", "1: login-attempts is 1 to 1000, not 1001"],
      ["login-attempts = 3.5", "1: login-attempts is 1 to 1000, not 3.5"],
      ["lock-seconds = 901", "1: lock-seconds is 1 to 900, not 901"],
      ["listen = 4000", "1: listen is text in quotes, not the number 4000"],
      ['listen = "a:b:c"', "1: listen is HOST:PORT, not a:b:c"],
      ['registration = "all"', "1: registration is one of open, invite, closed, not all"],
      ['owner = "a/b"', /^1: owner is not a valid account name: /],
      ["no-console = 1", "1: no-console is true or false, not the number 1"],
      ['data = ""', "1: data is empty"],
      ["[listen]\nport = 1", "1: listen is text in quotes, not a table"],
      ["data = [1]", "1: data is text in quotes, not a list"],
      ["tls = 1979-05-27T07:32:00Z", "1: tls is text in quotes, not a time"],
    ] as const
  ) {
    const [found, ...more] = problems(text);
    assert.deepEqual(more, [], text);
    if (typeof says === "string") assert.equal(found, says);
    else assert.match(found, says);
  }
  assert.match(problems("ok = \nlisten")[0], /^1: /, "what is no TOML at all");
  assert.equal(problems("a = 1\nb = 2").length, 2, "not the first alone");
});

Deno.test("the limits of a number themselves are right", () => {
  for (const { key, type } of SETTINGS) {
    if (type.is !== "count") continue;
    const setting = SETTINGS.find((one) => one.key === key);
    assert.ok(setting);
    for (const right of [type.least, type.most]) {
      assert.equal(problemOf(setting, `${right}`), undefined);
    }
    for (const wrong of [type.least - 1, type.most + 1]) assert.ok(problemOf(setting, `${wrong}`));
  }
});

Deno.test("the example file is right when everything in it is switched on", () => {
  const on = exampleFile().replace(/^# ([a-z-]+ = )/gm, "$1");
  assert.deepEqual(Object.keys(parse(on)), SETTINGS.map(({ key }) => key));
  assert.deepEqual(problems(on), []);
  assert.deepEqual(problems(exampleFile()), []);
});

Deno.test("variables are named after their keys", () => {
  assert.equal(variableOf("login-attempts"), "HELIOGRAPH_LOGIN_ATTEMPTS");
});
