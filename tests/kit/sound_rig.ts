/** A private sound server whose only card is a file: what is heard there is recorded, and when. */

import { systemClock } from "../../lib/base/clock.ts";
import { isOnPath } from "./on_path.ts";

/** What it takes. */
export const HAS_SOUND_RIG = ["pulseaudio", "pactl", "parec"].every(isOnPath);

const SAMPLES_PER_MS = 48;
/** What counts as a beep, of 32,768, and the silence before it. */
const LOUD = 1_000;
const QUIET_SAMPLES = 2_400;
/** The recorder's first blocks come in a burst. */
const BURST_MS = 600;

/** A running one. Whoever opened it closes it. */
export class SoundRig implements AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #server: Deno.ChildProcess;
  readonly #recorder: Deno.ChildProcess;
  readonly #heard: Int16Array[] = [];
  readonly #recording: Promise<void>;
  #samples = 0;
  /** When sample 0 was recorded: by the block that came with the least delay. */
  #originMs = Infinity;

  private constructor(folder: string, server: Deno.ChildProcess, env: Record<string, string>) {
    this.#folder = folder;
    this.#server = server;
    this.environment = env;
    this.#recorder = new Deno.Command("parec", {
      args: [
        ...["--raw", "--format=s16le", "--rate=48000", "--channels=1"],
        ...["-d", "rig.monitor", "--latency-msec=10"],
      ],
      env,
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#recording = this.#record();
  }

  static async open(): Promise<SoundRig> {
    // Its path is short: names of sockets end at 107 bytes.
    const folder = await Deno.makeTempDir({ prefix: "rig" });
    await Deno.mkdir(`${folder}/run`, { mode: 0o700 });
    await Deno.mkdir(`${folder}/home`, { mode: 0o700 });
    const env = {
      XDG_RUNTIME_DIR: `${folder}/run`,
      HOME: `${folder}/home`,
      PULSE_RUNTIME_PATH: `${folder}/run`,
      PULSE_STATE_PATH: `${folder}/home`,
      PULSE_SERVER: `unix:${folder}/run/native`,
    };
    const server = new Deno.Command("pulseaudio", {
      args: [
        ...["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"],
        ...["--disable-shm=yes", "-L"],
        `module-native-protocol-unix socket=${folder}/run/native auth-anonymous=1`,
        "-L",
        // Without norewinds it begins two seconds ahead.
        "module-null-sink sink_name=rig rate=48000 channels=2 format=s16le norewinds=1",
      ],
      env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const info = new Deno.Command("pactl", { args: ["info"], env, stdout: "null", stderr: "null" });
    while (!(await info.output()).success) await systemClock.sleep(30);
    const rig = new SoundRig(folder, server, env);
    await systemClock.sleep(2 * BURST_MS);
    return rig;
  }

  /** The beginnings of beeps, by the monotonic clock. */
  get onsetsMs(): readonly number[] {
    const onsets: number[] = [];
    let place = 0;
    let loudAt = -Infinity;
    for (const block of this.#heard) {
      for (const sample of block) {
        if (Math.abs(sample) > LOUD) {
          if (place - loudAt > QUIET_SAMPLES) onsets.push(this.#originMs + place / SAMPLES_PER_MS);
          loudAt = place;
        }
        place++;
      }
    }
    return onsets;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#recorder.kill("SIGTERM");
    await this.#recording;
    await this.#recorder.status;
    this.#server.kill("SIGTERM");
    await this.#server.status;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #record(): Promise<void> {
    const beganMs = systemClock.monotonicMs();
    let rest = new Uint8Array(0);
    for await (const piece of this.#recorder.stdout) {
      const nowMs = systemClock.monotonicMs();
      const bytes = new Uint8Array(rest.length + piece.length);
      bytes.set(rest);
      bytes.set(piece, rest.length);
      const view = new DataView(bytes.buffer);
      const block = Int16Array.from(
        { length: bytes.length >> 1 },
        (_, i) => view.getInt16(2 * i, true),
      );
      rest = bytes.slice(2 * block.length);
      this.#heard.push(block);
      this.#samples += block.length;
      if (nowMs - beganMs > BURST_MS) {
        this.#originMs = Math.min(this.#originMs, nowMs - this.#samples / SAMPLES_PER_MS);
      }
    }
  }
}
