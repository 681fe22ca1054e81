/** Plays through a program of the machine, which gets samples on its input. */

import { type Bytes, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, MediaError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import { LineSplitter } from "../ffmpeg/ffmpeg_child.ts";
import type { DialLocal, SoundOutput, SoundPiece, SoundReading } from "./sound_output.ts";
import type { SoundProgram } from "./sound_programs.ts";

const log = logger("media", "player");

/** Between two questions for the place where mpv is. */
const READING_MS = 100;
/**
 * A program that takes nothing in so many of these hangs: it takes a twentieth of a second at a time, and starts in a fifth. Several
 * short waits, since a client that was stopped and goes on finds one of them over at once.
 */
const HANG_STEP_MS = 1_000;
const HANG_STEPS = 5;

/** What it is started with. */
export interface ProgramOutputOptions {
  /** Absolute. */
  readonly path: string;
  readonly program: SoundProgram;
  /** A private folder for its socket. */
  readonly folder: string;
  readonly clock: Clock;
  readonly dial: DialLocal;
}

/** One program for each piece. */
export class ProgramOutput implements SoundOutput {
  readonly #options: ProgramOutputOptions;
  #pieces = 0;

  constructor(options: ProgramOutputOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.program.name;
  }

  begin(onReading: (reading: SoundReading) => void): Promise<SoundPiece> {
    const socket = `${this.#options.folder}/sound-${Deno.pid}-${++this.#pieces}.sock`;
    try {
      return Promise.resolve(new ProgramPiece(this.#options, socket, onReading));
    } catch (error) {
      return Promise.reject(
        new MediaError("sound-program", `Cannot play sound: ${this.name} does not start`, {
          cause: error,
        }),
      );
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

class ProgramPiece implements SoundPiece {
  readonly #options: ProgramOutputOptions;
  readonly #socket: string;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #onReading: (reading: SoundReading) => void;
  readonly #scope = new Scope();
  #startedMs: number | undefined;
  #isEnded = false;

  constructor(
    options: ProgramOutputOptions,
    socket: string,
    onReading: (reading: SoundReading) => void,
  ) {
    this.#options = options;
    this.#socket = socket;
    this.#onReading = onReading;
    const { program: { args, clock }, path } = options;
    this.#child = new Deno.Command(path, {
      args: [...args(socket)],
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#child.status.then(() => this.#isEnded = true);
    this.#scope.run("words", () => this.#readWords());
    if (clock === "mpv") {
      this.#scope.run("place", (signal) =>
        this.#askMpv(signal).catch((error) => {
          // Without it there is sound all the same, and the pictures keep their own time.
          if (!signal.aborted) log.debug("no place", { reason: describeError(error) });
        }));
    }
  }

  async write(pcm: Bytes): Promise<void> {
    if (this.#isEnded) throw ended(this.#options.program);
    const nowMs = this.#options.clock.monotonicMs();
    this.#startedMs ??= nowMs;
    const { clock } = this.#options.program;
    // Nobody tells where it is: it is taken to be as late as it was where we measured it.
    if (typeof clock === "number") {
      this.#onReading({ heardMs: nowMs - this.#startedMs - clock, atMs: nowMs });
    }
    await this.#taken(this.#writer.write(pcm));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isEnded) this.#child.kill("SIGKILL");
    await this.#writer.abort().catch(() => {});
    await this.#child.status;
    await this.#scope.close();
    await this.#removeSocket();
  }

  /** mpv removes it only when it ends by itself. */
  async #removeSocket(): Promise<void> {
    await Deno.remove(this.#socket).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) {
        log.debug("socket stays", { reason: describeError(error) });
      }
    });
  }

  /** Waits until the program has taken it, but not for one that hangs. */
  async #taken(writing: Promise<void>): Promise<void> {
    const { clock, program } = this.#options;
    const isOver = new AbortController();
    const hung = (async () => {
      for (let step = 0; step < HANG_STEPS; step++) {
        await clock.sleep(HANG_STEP_MS, { signal: isOver.signal });
      }
      return "hung" as const;
    })();
    try {
      if (await Promise.race([writing, hung]) !== "hung") return;
    } catch {
      throw ended(program);
    } finally {
      isOver.abort();
      // Whoever closes the piece ends what is being written.
      writing.catch(() => {});
      hung.catch(() => {});
    }
    throw new MediaError("sound-program", `Cannot play sound: ${program.name} hangs`);
  }

  /** What it says is read, so that it never blocks; `pacat` says where it is. */
  async #readWords(): Promise<void> {
    const { program: { clock }, clock: time } = this.#options;
    const lines = new LineSplitter((line) => {
      const found = clock === "pacat" ? /Time: (\d{1,9}\.\d{1,6}) sec; Latency: /.exec(line) : null;
      if (found === null) return;
      this.#onReading({ heardMs: Number(found[1]) * 1000, atMs: time.monotonicMs() });
    });
    for await (const piece of this.#child.stderr) lines.push(piece);
  }

  /** mpv's JSON over its socket, a line each way. */
  async #askMpv(signal: AbortSignal): Promise<void> {
    const { clock, dial } = this.#options;
    let socket: Awaited<ReturnType<DialLocal>> | undefined;
    while (socket === undefined) {
      await clock.sleep(READING_MS, { signal });
      // It is there 90 to 210 ms after the start.
      socket = await dial(this.#socket).catch(() => undefined);
    }
    // Nobody else has to find it, and nothing is left of it if this program is killed.
    await this.#removeSocket();
    const close = () => socket.close();
    signal.addEventListener("abort", close, { once: true });
    let askedMs = 0;
    const lines = new LineSplitter((line) => {
      const found = /^\{"data":(\d{1,9}\.\d{1,9}),.*"error":"success"\}?$/.exec(line);
      if (found === null) return;
      const atMs = (askedMs + clock.monotonicMs()) / 2;
      this.#onReading({ heardMs: Number(found[1]) * 1000, atMs });
    });
    try {
      for (;;) {
        await clock.sleep(READING_MS, { signal });
        askedMs = clock.monotonicMs();
        await socket.write(utf8('{"command":["get_property","audio-pts"]}\n'));
        const piece = await socket.read();
        if (piece === undefined) return;
        lines.push(piece);
      }
    } finally {
      signal.removeEventListener("abort", close);
      socket.close();
    }
  }
}

function ended({ name }: SoundProgram): MediaError {
  return new MediaError("sound-program", `Cannot play sound: ${name} ended`);
}
