import { equal, rejects } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { MediaError } from "../../../lib/base/errors.ts";
import type { DialLocal } from "../../../lib/media/sound/sound_output.ts";
import { ProgramOutput } from "../../../lib/media/sound/program_output.ts";
import { SOUND_PROGRAMS } from "../../../lib/media/sound/sound_programs.ts";
import { FakeClock } from "../../kit/clock.ts";
import { script, tempFolder } from "./media_kit.ts";

/** More than a pipe holds, with what waits before it. */
const MUCH_BYTES = 1 << 20;

/** A program that plays, in the place of the one of that name. */
async function playing(
  name: "mpv" | "ffplay",
  body: string,
  dial: DialLocal = () => Promise.reject(new Error("nobody listens")),
) {
  const folder = await tempFolder();
  const clock = new FakeClock();
  const program = SOUND_PROGRAMS.find((one) => one.name === name);
  if (program === undefined) throw new Error(`No ${name}`);
  const path = await script(folder, `echo $$ > "${folder}/pid"\n${body}`);
  const output = new ProgramOutput({
    ...{ path, program, folder, clock, dial },
  });
  const piece = await output.begin(() => {});
  let pid = "";
  while (!pid.endsWith("\n")) {
    await systemClock.sleep(10);
    pid = await Deno.readTextFile(`${folder}/pid`).catch(() => "");
  }
  return {
    ...{ clock, folder, piece },
    /** Whether the program is there. */
    async isThere() {
      return (await new Deno.Command("kill", { args: ["-0", pid.trim()], stderr: "null" }).output())
        .success;
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("a program that hangs has ended for whoever writes, and neither it nor its socket is left", async () => {
  await using it = await playing("mpv", "exec sleep 1000");
  const { clock, folder, piece } = it;
  const socket = `${folder}/sound-${Deno.pid}-1.sock`;
  await Deno.writeTextFile(socket, "");
  const writing = piece.write(new Uint8Array(MUCH_BYTES));
  const refused = rejects(
    writing,
    (error) => error instanceof MediaError && error.message === "Cannot play sound: mpv hangs",
  );
  for (let second = 0; second < 5; second++) await clock.advance(1_000);
  await refused;
  await piece[Symbol.asyncDispose]();
  equal(await it.isThere(), false);
  await rejects(Deno.stat(socket), Deno.errors.NotFound);
});

Deno.test("the socket of mpv is gone as soon as somebody is connected to it", async () => {
  let isAsked = false;
  const connection = {
    write: () => Promise.resolve(void (isAsked = true)),
    read: () => Promise.resolve(undefined),
    close() {},
  };
  await using it = await playing("mpv", "exec sleep 1000", () => Promise.resolve(connection));
  const { clock, folder, piece } = it;
  const socket = `${folder}/sound-${Deno.pid}-1.sock`;
  await Deno.writeTextFile(socket, "");
  while (!isAsked) await clock.advance(100);
  await rejects(Deno.stat(socket), Deno.errors.NotFound);
  await piece[Symbol.asyncDispose]();
  equal(await it.isThere(), false);
});

Deno.test("a program that plays slowly is not given up, though the client was stopped meanwhile", async () => {
  await using it = await playing("ffplay", `sleep 0.2; exec cat > /dev/null`);
  const { clock, piece } = it;
  const writing = piece.write(new Uint8Array(MUCH_BYTES));
  // One wait is over at once when it goes on, however long it was.
  await clock.advance(1_000);
  await writing;
  await piece.write(new Uint8Array(MUCH_BYTES));
  await piece[Symbol.asyncDispose]();
  equal(clock.pendingTimers, 0);
  equal(await it.isThere(), false);
});
