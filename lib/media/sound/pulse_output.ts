/** Plays by the socket of PulseAudio or PipeWire. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { MediaError } from "../../base/errors.ts";
import { Scope } from "../../base/scope.ts";
import {
  heardMs,
  PULSE,
  PULSE_COOKIE_BYTES,
  PULSE_VERSION,
  PulseCutter,
  pulsePacket,
  PulseReader,
  pulseStream,
  PulseWriter,
} from "./pulse_protocol.ts";
import type {
  DialLocal,
  LocalSocket,
  SoundOutput,
  SoundPiece,
  SoundReading,
} from "./sound_output.ts";

/** Between two readings of the clock: one takes half a millisecond. */
const READING_MS = 100;
/** By how much the server may be late; it takes more ahead of that. */
const BUFFER_MS = 100;
/** A server that does not answer by then is not there, or hangs. */
const ANSWER_MS = 3_000;

/** A connection to a sound server. */
export class PulseOutput implements SoundOutput {
  readonly name = "PulseAudio";
  readonly #socket: LocalSocket;
  readonly #clock: Clock;
  readonly #scope = new Scope();
  readonly #waiting = new Map<number, (answer: PulseReader | undefined) => void>();
  #tag = 0;
  #writing: Promise<void> = Promise.resolve();
  #isEnded = false;
  /** Rejects at the end: what a server that hangs has not taken is waited for no longer. */
  readonly #over = Promise.withResolvers<never>();

  private constructor(socket: LocalSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#over.promise.catch(() => {});
    this.#scope.run("sound server", () => this.#read());
  }

  /** Rejects with MediaError `sound-server` when the server does not let us in, and as `dial`. */
  static async open(
    dial: DialLocal,
    at: { readonly path: string; readonly cookie: Bytes | undefined; readonly clock: Clock },
  ): Promise<PulseOutput> {
    const output = new PulseOutput(await dial(at.path), at.clock);
    try {
      const cookie = at.cookie ?? new Uint8Array(PULSE_COOKIE_BYTES);
      await output.#ask(PULSE.auth, (writer) => writer.u32(PULSE_VERSION).bytes(cookie));
      const name = { "application.name": "Heliograph" };
      await output.#ask(PULSE.setClientName, (writer) => writer.properties(name));
      return output;
    } catch (error) {
      await output[Symbol.asyncDispose]();
      throw error;
    }
  }

  async begin(onReading: (reading: SoundReading) => void): Promise<SoundPiece> {
    const answer = await this.#ask(
      PULSE.createPlaybackStream,
      (writer) => pulseStream(writer, BUFFER_MS),
    );
    const channel = answer.u32();
    const scope = new Scope();
    scope.run("sound clock", async (signal) => {
      for (;;) {
        await this.#clock.sleep(READING_MS, { signal });
        const askedMs = this.#clock.monotonicMs();
        const latency = await this.#ask(
          PULSE.getPlaybackLatency,
          (writer) => writer.u32(channel).time(),
        );
        const atMs = (askedMs + this.#clock.monotonicMs()) / 2;
        onReading({ heardMs: heardMs(latency), atMs });
      }
    });
    // The end of the server is seen by whoever writes.
    scope.wait().catch(() => {});
    return {
      write: (pcm) => this.#send(pulsePacket(pcm, channel)),
      [Symbol.asyncDispose]: async () => {
        await scope.close();
        if (this.#isEnded) return;
        await this.#ask(PULSE.deletePlaybackStream, (writer) => writer.u32(channel));
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await this.#scope.close();
  }

  async #ask(command: number, fields: (writer: PulseWriter) => PulseWriter): Promise<PulseReader> {
    const tag = this.#tag++;
    const answered = new Promise<PulseReader | undefined>((resolve) => {
      this.#waiting.set(tag, resolve);
    });
    const cancel = this.#clock.after(ANSWER_MS, () => this.#end());
    try {
      await this.#send(pulsePacket(fields(new PulseWriter().u32(command).u32(tag)).finish()));
      const answer = await answered;
      if (answer === undefined) throw refused();
      return answer;
    } finally {
      cancel();
      this.#waiting.delete(tag);
    }
  }

  #send(packet: Bytes): Promise<void> {
    if (this.#isEnded) return Promise.reject(refused());
    const sent = this.#writing.then(() => this.#socket.write(packet));
    this.#writing = sent.catch(() => this.#end());
    return Promise.race([sent, this.#over.promise]);
  }

  /** Never rejects: whoever waits for an answer sees the end. */
  async #read(): Promise<void> {
    const cutter = new PulseCutter();
    try {
      for (;;) {
        const piece = await this.#socket.read();
        if (piece === undefined) break;
        for (const body of cutter.push(piece)) this.#take(new PulseReader(body));
      }
    } catch {
      // Whatever it was, it is over.
    }
    this.#end();
  }

  #take(reader: PulseReader): void {
    const command = reader.u32();
    if (command !== PULSE.reply && command !== PULSE.error) return;
    this.#waiting.get(reader.u32())?.(command === PULSE.reply ? reader : undefined);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#socket.close();
    this.#over.reject(refused());
    for (const answer of this.#waiting.values()) answer(undefined);
  }
}

function refused(): MediaError {
  return new MediaError("sound-server", "Cannot play sound: the sound server ended or refused it");
}
