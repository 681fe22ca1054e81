/** What systemd is told of a server, and the settings of its unit. */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { AdminIo } from "../../../lib/admin/admin_io.ts";
import { Supervisor } from "../../../lib/admin/supervisor.ts";
import { FakeClock } from "../../kit/clock.ts";
import { scratch, ServerProcess } from "./server_process.ts";

const isLinux = Deno.build.os === "linux";

/** Stands in for systemd, in a process of its own. */
class Listener implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #heard = "";
  #onText = () => {};

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#reading = this.#read();
  }

  static async open(path: string): Promise<Listener> {
    const program = join(import.meta.dirname ?? "", "notify_listener.ts");
    const args = ["run", "--no-check", "--quiet", "-A", "--unstable-net", program, path];
    const process = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
    const listener = new Listener(process);
    await listener.hears(/^listening$/m);
    return listener;
  }

  async hears(words: RegExp): Promise<void> {
    while (!words.test(this.#heard)) await new Promise<void>((resolve) => this.#onText = resolve);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      this.#heard += text;
      this.#onText();
    }
  }
}

Deno.test({
  name: "systemd is told when the server is ready, reloads, is alive, and stops",
  ignore: !isLinux,
  async fn() {
    await using place = await scratch();
    const path = join(place.folder, "notify");
    await using listener = await Listener.open(path);
    const hears = (words: RegExp) => listener.hears(words);
    const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "60000000" };
    const server = await ServerProcess.start(place.folder, [], { env });
    await hears(/^READY=1$/m);
    await hears(/^WATCHDOG=1$/m);
    server.signal("SIGHUP");
    await hears(/^RELOADING=1\n(?:WATCHDOG=1\n)*READY=1$/m);
    assert.equal((await server.stop("SIGTERM")).code, 0);
    await hears(/^STOPPING=1$/m);
    assert.throws(
      () => Deno.statSync(join(place.folder, "data/notify.sock")),
      Deno.errors.NotFound,
    );
  },
});

Deno.test({
  name: "what systemd is told in one turn arrives, in that order",
  ignore: !isLinux,
  async fn() {
    await using place = await scratch();
    const path = join(place.folder, "notify");
    await using listener = await Listener.open(path);
    const env: Record<string, string> = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "60000000" };
    const clock = new FakeClock();
    const io = { clock, env: (name: string) => env[name] } as unknown as AdminIo;
    {
      await using supervisor = Supervisor.open(io, place.folder);
      supervisor.tell("READY=1");
      supervisor.tell("RELOADING=1");
      supervisor.tell("READY=1");
      await listener.hears(/^WATCHDOG=1\nREADY=1\nRELOADING=1\nREADY=1$/m);
      supervisor.tell("STOPPING=1");
    }
    // Also what was on its way when it was closed.
    await listener.hears(/^STOPPING=1$/m);
    assert.equal(clock.pendingTimers, 0);
  },
});

Deno.test("the unit asks for the restart that the server asks for, and starts what is there", async () => {
  const unit = await Deno.readTextFile(
    new URL("../../../packaging/heliograph-server.service", import.meta.url),
  );
  assert.match(unit, /^RestartForceExitStatus=75$/m);
  assert.match(unit, /^ExecStart=\/usr\/bin\/heliograph-server serve --supervised --no-console /m);
  assert.match(unit, /^Type=notify$/m);
  assert.match(unit, /^Environment=XDG_CONFIG_HOME=\/etc$/m);
  assert.match(unit, /^ConfigurationDirectory=heliograph-server$/m);
  assert.doesNotMatch(unit, /^MemoryDenyWriteExecute=yes/m);
});
