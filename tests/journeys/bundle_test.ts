/** `doctor --bundle`: a file for a bug report, out of a home full of secrets. */

import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { dirname, join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { findIn } from "../kit/canary.ts";
import { programCommand } from "./programs.ts";

const ignore = Deno.build.os === "windows";
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Fills log, settings and profile with words that no report may have. */
async function plantSecrets(paths: ReadonlyMap<string, string>): Promise<void> {
  const plant = async (path: string, text: string) => {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text);
  };
  const line = (rest: string) => `2026-11-21T13:00:00.000Z warning client.link 4711 ${rest}\n`;
  await plant(
    paths.get("log") ?? "",
    line('dial failed host="canaryhost.example" reason="Connection refused (os error 111)"') +
      line('cannot join name="canaryname" code="not-member"') +
      line('opened path="/home/canaryuser/canaryfile" address=203.0.113.88 seq=42') +
      "canarynoise that is no line\n",
  );
  await plant(`${paths.get("log")}.1`, line('said text="canarytext"'));
  await plant(
    join(paths.get("config") ?? "", "config.toml"),
    '[p2p]\naddresses = ["203.0.113.99:7000"]\nport = 7001\n',
  );
  await plant(join(paths.get("profile") ?? "", "token"), "canarytoken");
}

Deno.test({
  name: "row S2.07: doctor --bundle writes a private file with none of the secrets that lie around",
  ignore,
  async fn() {
    const parent = join(PROJECT_ROOT, "tests/tmp");
    await Deno.mkdir(parent, { recursive: true });
    const folder = await Deno.makeTempDir({ dir: parent, prefix: "canaryfolder-" });
    await using _removed = {
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
    const home = join(folder, "canaryhome");
    const env = {
      HELIOGRAPH_HOME: home,
      // Tasks say by it where they were begun, and paths are meant from there.
      INIT_CWD: folder,
      HELIOGRAPH_LOG: "info",
      HELIOGRAPH_SERVER: "canaryserver.example:9797",
      TERM: "xterm-canaryterm",
      TERM_PROGRAM: "canaryprogram",
      LANG: "canarylang",
      LC_ALL: "de_DE.UTF-8",
      SSH_CONNECTION: "203.0.113.77 canaryssh",
      COLORTERM: "truecolor",
    };
    const client = (...args: string[]) =>
      programCommand("client", args, { env, cwd: folder, stdin: "null" }).output();
    // Where its files are, as the program itself says.
    const paths = new Map(
      decode((await client("paths", "--json")).stdout).trim().split("\n")
        .map((line) => JSON.parse(line)).map(({ kind, path }) => [kind, path] as [string, string]),
    );
    await plantSecrets(paths);
    const made = await client("doctor", "--bundle", "report.json", "--plain");
    equal(made.code, 0, decode(made.stderr));
    match(
      decode(made.stdout),
      /^bundle {4}written to \/.*report\.json: read it before you send it$/m,
    );
    const path = join(folder, "report.json");
    equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const bytes = await Deno.readFile(path);
    for (const secret of ["canary", "203.0.113", Deno.env.get("HOME") ?? "/root"]) {
      deepEqual(findIn(path, bytes, secret), [], secret);
    }
    // A machine may be called "vm", which stands in other words and in numbers by chance.
    const host = new RegExp(`(?<![A-Za-z0-9])${RegExp.escape(Deno.hostname())}(?![A-Za-z0-9])`);
    doesNotMatch(decode(bytes), host);
    const report = JSON.parse(decode(bytes));
    deepEqual(report.log.slice(0, 4), [
      "2026-11-21T13:00:00.000Z warning client.link said text=…",
      '2026-11-21T13:00:00.000Z warning client.link dial failed host=… reason="Connection refused; os error 111"',
      "2026-11-21T13:00:00.000Z warning client.link cannot join name=… code=not-member",
      "2026-11-21T13:00:00.000Z warning client.link opened path=… address=… seq=42",
    ]);
    deepEqual(report.settings, {
      p2p: { mode: report.settings.p2p.mode, addresses: 1, port: true },
    });
    equal(report.environment.TERM, "other");
    equal(report.environment.LC_ALL, "de_DE.UTF-8");
    // Compiled, it has the Deno that it was compiled with.
    match(report.versions.deno, /^2\.\d+\.\d+$/);
    equal(report.found.profile, false);
    // What is there already stays.
    const again = await client("doctor", "--bundle", "report.json", "--plain");
    match(
      decode(again.stderr),
      /^\/.*report\.json exists already, and is not replaced: choose another name$/m,
    );
    // Nothing was tried in vain.
    deepEqual([again.code, decode(again.stdout)], [2, ""]);
    deepEqual(await Deno.readFile(path), bytes);
  },
});
