import assert from "node:assert/strict";
import { join } from "node:path";
import { runAdmin } from "../../../lib/admin/main.ts";
import { ADMIN_PROGRAM } from "../../../lib/admin/admin_table.ts";
import { Reloader } from "../../../lib/admin/reload.ts";
import { reloadLines } from "../../../lib/admin/rows/server_rows.ts";
import { readServeSettings } from "../../../lib/admin/serve_settings.ts";
import { parseArgv } from "../../../lib/commands/commander_adapter.ts";
import type { LogLevel } from "../../../lib/base/log.ts";
import type { LivePolicy } from "../../../lib/server/config/server_options.ts";
import { fakeIo } from "../../kit/fake_io.ts";

/** A home with a file of settings in it. */
async function home(text: string | undefined, environment: Record<string, string> = {}) {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ dir: "tests/tmp", prefix: "config-" }),
  );
  const file = join(folder, ".config/heliograph-server/server.toml");
  const write = async (next: string) => {
    await Deno.mkdir(join(folder, ".config/heliograph-server"), { recursive: true });
    await Deno.writeTextFile(file, next);
  };
  if (text !== undefined) await write(text);
  return {
    folder,
    file,
    write,
    io: () => fakeIo(folder, environment),
    async run(...args: string[]) {
      const io = fakeIo(folder, environment);
      return { exit: await runAdmin(args, io), ...io };
    },
    async settings(...args: string[]) {
      const parsed = await parseArgv(ADMIN_PROGRAM, ["serve", ...args]);
      if (parsed.kind !== "command") throw new Error(JSON.stringify(parsed));
      const { values } = parsed;
      return { read: () => readServeSettings(fakeIo(folder, environment), values) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("an option wins over the environment, and that over the file", async () => {
  await using place = await home(
    'login-attempts = 5\nlock-seconds = 10\nregistration = "invite"\n',
    {
      HELIOGRAPH_LOGIN_ATTEMPTS: "6",
      HELIOGRAPH_REGISTRATION: "closed",
      HELIOGRAPH_SUPERVISED: "1",
    },
  );
  const { server, isSupervised } = (await place.settings("--login-attempts", "7")).read();
  assert.deepEqual(
    [server.loginAttempts, server.lockSeconds, server.registration, isSupervised],
    [7, 10, "closed", true],
  );
});

Deno.test("paths of the file are relative to the file, those of the environment to where the person was", async () => {
  await using place = await home('videos = "films"\n', { HELIOGRAPH_DATA: "data" });
  const { server } = (await place.settings()).read();
  assert.equal(server.videoFolder, join(place.folder, ".config/heliograph-server/films"));
  assert.equal(server.dataFolder, join(place.folder, "data"));
});

Deno.test("serve does not start with a file that is wrong, and names every mistake", async () => {
  await using place = await home('lisen = "a"\nlogin-attempts = 0\n');
  const { exit, notes } = await place.run("serve");
  assert.equal(exit, 2);
  assert.match(
    notes[0],
    /server\.toml, line 1: No setting lisen\. Did you mean listen\?\n.*line 2: login-attempts is 1 to 1000, not 0$/,
  );
  const missing = await place.run("serve", "--config", "nowhere.toml");
  assert.match(missing.notes[0], /^Cannot read .*nowhere\.toml: no such file$/);
  await using other = await home(undefined, { HELIOGRAPH_LOGIN_ATTEMPTS: "many" });
  const wrong = await other.run("serve");
  assert.deepEqual([wrong.exit, wrong.notes], [
    2,
    ["Cannot use HELIOGRAPH_LOGIN_ATTEMPTS: login-attempts is 1 to 1000, not many"],
  ]);
});

Deno.test("config check names file and line of each mistake and ends with 2, or says that all is right", async () => {
  await using place = await home('listen = "127.0.0.1:9797"\ntls = 3\n');
  const wrong = await place.run("config", "check");
  assert.deepEqual([wrong.exit, wrong.output], [2, []]);
  assert.deepEqual(wrong.notes, [`${place.file}, line 2: tls is text in quotes, not the number 3`]);
  const json = await place.run("config", "check", "--json");
  assert.deepEqual(
    json.output.map((line) => JSON.parse(line)).map((
      { type, line, problems },
    ) => [type, line, problems]),
    [
      ["problem", 2, undefined],
      ["config", undefined, 1],
    ],
  );
  await place.write('listen = "127.0.0.1:9797"\n');
  const right = await place.run("config", "check");
  assert.deepEqual([right.exit, right.output], [0, [`${place.file} is valid: 1 settings`]]);
  await using empty = await home(undefined);
  assert.equal((await empty.run("config", "check")).exit, 0);
});

Deno.test("config show says where each value comes from", async () => {
  await using place = await home('listen = "127.0.0.1:1"\n', { HELIOGRAPH_LOG_LEVEL: "debug" });
  const shown = await place.run("config", "show");
  // As wide as the longest name of a setting is.
  const output = shown.output.map((line) => line.replace(/ {2,}/, "  "));
  assert.equal(output[0], `listen  127.0.0.1:1  (${place.file}, line 1)`);
  assert.ok(output.includes("log-level  debug  (environment HELIOGRAPH_LOG_LEVEL)"));
  assert.ok(output.includes("lock-seconds  60  (default)"));
  const json = await place.run("config", "show", "--json");
  assert.deepEqual(JSON.parse(json.output[0]), {
    v: 1,
    type: "setting",
    key: "listen",
    value: "127.0.0.1:1",
    source: `${place.file}, line 1`,
  });
});

Deno.test("config example prints a file that config check takes", async () => {
  await using place = await home(undefined);
  const { output } = await place.run("config", "example");
  // The address is tried, and a test may use this machine's own only.
  await place.write(['listen = "127.0.0.1:0"', ...output].join("\n"));
  assert.equal((await place.run("config", "check")).exit, 0);
});

Deno.test("reload changes what can change, and names what needs a restart", async () => {
  await using place = await home('login-attempts = 3\nlisten = "127.0.0.1:1"\n');
  const { read } = await place.settings();
  const policies: LivePolicy[] = [];
  const levels: LogLevel[] = [];
  const addresses: boolean[] = [];
  const server = {
    certificate: undefined,
    setPolicy: (policy: LivePolicy) => Promise.resolve(void policies.push(policy)),
  };
  const log = {
    level: "info",
    setLevel: (level: LogLevel) => void levels.push(level),
    setAddresses: (written: boolean) => void addresses.push(written),
  } as const;
  const reloader = new Reloader(server, { settings: read(), read, log });
  assert.match(reloadLines(await reloader.run()).join("\n"), /Settings: unchanged$/);
  await place.write(
    'login-attempts = 9\nlisten = "127.0.0.1:2"\nlog-level = "debug"\nlog-addresses = true\nregistration = "closed"\n',
  );
  const reloaded = await reloader.run();
  assert.deepEqual(reloadLines(reloaded).slice(1), [
    "Settings: changed registration, login-attempts, log-level, log-addresses",
    "Changed, but only after a restart: listen",
  ]);
  assert.deepEqual(reloaded.needsRestart, ["listen"]);
  assert.deepEqual([policies[1].loginAttempts, policies[1].registration, levels], [9, "closed", [
    "debug",
  ]]);
  assert.deepEqual(addresses, [false, true]);
  await place.write("login-attempts = 0\n");
  await assert.rejects(reloader.run(), { name: "UsageError", code: "bad-config" });
  assert.equal(policies.length, 2, "a file that is wrong changes nothing");
});
