/** The units of packaging: what systemd says of them, and that they do not try again what stays wrong. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runAdmin } from "../../../lib/admin/main.ts";
import { EXIT_CODES } from "../../../lib/commands/exit_code.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { isOnPath } from "../../kit/on_path.ts";
import { PROJECT_ROOT } from "../../tools/layers.ts";
import { run, scratch } from "./server_process.ts";

const PACKAGING = join(PROJECT_ROOT, "packaging");
const UNITS = [
  "heliograph-server.service",
  "heliograph-server-backup.service",
  "heliograph-server-backup.timer",
  "user/heliograph-receive.service",
];

const read = (unit: string) => Deno.readTextFile(join(PACKAGING, unit));

/** The codes after which systemd leaves it. */
async function given(unit: string): Promise<number[]> {
  const [, codes] = /^RestartPreventExitStatus=(.*)$/m.exec(await read(unit)) ?? [];
  return (codes ?? "").split(" ").map(Number);
}

Deno.test("units leave only what trying again does not mend, by exit codes that there are", async () => {
  for (const unit of ["heliograph-server.service", "user/heliograph-receive.service"]) {
    const codes = await given(unit);
    assert.ok(codes.includes(2), unit);
    for (const code of codes) assert.ok(Object.hasOwn(EXIT_CODES, code), `${unit}: ${code}`);
    // A fault of its own, a port or a server that is not there, an end that was asked for.
    for (const code of [0, 1, 5, 75, 143]) assert.ok(!codes.includes(code), `${unit}: ${code}`);
  }
});

Deno.test("systemd does not try again when settings are wrong, keys damaged, the database newer, ffmpeg missing", async () => {
  await using place = await scratch();
  const data = join(place.folder, "data");
  const codes = await given("heliograph-server.service");
  const common = ["serve", "--supervised", "--no-console", "--rendezvous", "off", "--data", data];
  const here = ["--listen", "127.0.0.1:0"];
  // What is wrong before anything is opened needs no process of its own.
  const wrong = join(place.folder, "wrong.toml");
  await Deno.writeTextFile(wrong, "nonsense = 1\n");
  for (
    const args of [
      [...here, "--config", wrong],
      [...here, "--config", join(place.folder, "absent.toml")],
      [...here, "--metrics", "0.0.0.0:0"],
      [...here, "--proxies", "0.0.0.0/0"],
      [...here, "--ready-file", join(place.folder, "absent/ready.json")],
      ["--listen", "192.0.2.1:0", "--tls", "off"],
    ]
  ) {
    assert.equal(await runAdmin([...common, ...args], fakeIo(place.folder)), 2, args.join(" "));
  }
  const serve = async (...args: string[]) => {
    const { code, stderr } = await run([...common, ...here, ...args]);
    assert.ok(codes.includes(code), `${code}: ${stderr}`);
    return code;
  };
  assert.ok(codes.includes(2));
  assert.equal(await serve("--ffmpeg", join(place.folder, "no-ffmpeg")), 11);
  // The keys are there now.
  await Deno.writeTextFile(join(data, "ca.key"), "damaged");
  assert.equal(await serve(), 7);
  const database = new DatabaseSync(join(data, "server.db"));
  database.exec("PRAGMA user_version = 9999");
  database.close();
  assert.equal(await serve(), 10);
});

Deno.test({
  name: "systemd takes the units without a word (needs systemd-analyze)",
  ignore: !isOnPath("systemd-analyze"),
  async fn() {
    await using place = await scratch();
    for (const unit of UNITS) {
      // The programs are not installed here.
      const text = (await read(unit)).replaceAll(
        /\/usr\/bin\/heliograph(?:-server)?\b/g,
        "/bin/true",
      );
      const path = join(place.folder, unit.replace(/^user\//, ""));
      await Deno.writeTextFile(path, text);
    }
    for (const unit of UNITS) {
      const scope = unit.startsWith("user/") ? ["--user"] : [];
      const { code, stderr } = await new Deno.Command("systemd-analyze", {
        args: ["verify", "--man=no", ...scope, join(place.folder, unit.replace(/^user\//, ""))],
        env: { XDG_RUNTIME_DIR: place.folder },
      }).output();
      const said = new TextDecoder().decode(stderr).split("\n")
        .filter((line) => line.includes("heliograph"));
      assert.deepEqual([code, said], [0, []], unit);
    }
  },
});
