/** What systemd is told of a server, and the settings of its unit. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { scratch, ServerProcess } from "./server_process.ts";

const isLinux = Deno.build.os === "linux";

Deno.test({
  name: "systemd is told when the server is ready, reloads, is alive, and stops",
  ignore: !isLinux,
  async fn() {
    await using place = await scratch();
    const path = join(place.folder, "notify");
    const listener = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--quiet",
        "-A",
        "--unstable-net",
        join(import.meta.dirname ?? "", "notify_listener.ts"),
        path,
      ],
      stdout: "piped",
    }).spawn();
    let heard = "";
    let onText = () => {};
    const reading = (async () => {
      for await (const text of listener.stdout.pipeThrough(new TextDecoderStream())) {
        heard += text;
        onText();
      }
    })();
    const hears = async (words: RegExp) => {
      while (!words.test(heard)) await new Promise<void>((resolve) => onText = resolve);
    };
    await hears(/^listening$/m);
    const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "60000000" };
    const server = await ServerProcess.start(place.folder, [], env);
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
    listener.kill("SIGKILL");
    await listener.status;
    await reading;
  },
});

Deno.test("the unit asks for the restart that the server asks for, and starts what is there", async () => {
  const unit = await Deno.readTextFile(
    new URL("../../../packaging/heliograph-server.service", import.meta.url),
  );
  assert.match(unit, /^RestartForceExitStatus=75$/m);
  assert.match(unit, /^ExecStart=\/usr\/bin\/heliograph-server serve --supervised --no-console /m);
  assert.match(unit, /^Type=notify$/m);
});
