/**
 * Sound of one stream on its way to one watcher: read from the frame store, and sent as far ahead as the watcher wants it, on
 * the live lane, where it overtakes pictures and no message waits for it.
 */

import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import { concatBytes } from "../../base/bytes.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { decodeUnit, UNIT_MS, unitStart } from "../../media/sound/sound_unit.ts";
import type { SoundTrack } from "../../media/sound/sound_track.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import { SOUND_AHEAD_MAX_MS } from "../../protocol/limits.ts";
import type { ClientLine } from "../sessions/client_line.ts";
import { soundProblem } from "./film.ts";

const log = logger("server", "sound");

/** Live bytes that may wait on the connection before the next unit. */
const QUEUED_BYTES = 16 * 1024;
/** A decoder needs so much before it is where it should be (RFC 7845, section 4.6). */
const PREROLL_MS = 80;

type Wanted = NoticeFields<"video.listen">;

/** What it works with. */
export interface SoundFeedParts {
  readonly stream: number;
  /** The stream's own epoch: sound of an earlier one is not sent. */
  readonly epoch: () => number;
  readonly open: (track: number) => Promise<SoundTrack>;
  readonly line: Pick<ClientLine, "push" | "connection">;
}

/** What is being sent. */
interface Turn {
  readonly epoch: number;
  readonly track: number;
  readonly stop: AbortController;
  fromMs: number;
  untilMs: number;
  unit: number;
  isOver: boolean;
}

/** Closed by whoever made it. */
export class SoundFeed {
  readonly #parts: SoundFeedParts;
  readonly #scope = new Scope();
  readonly #wakeup = new Wakeup();
  #turn: Turn | undefined;

  constructor(parts: SoundFeedParts) {
    this.#parts = parts;
    this.#scope.run("sound", (signal) => this.#run(signal));
  }

  /** Takes what the watcher wants. */
  listen({ epoch, track, from, until }: Wanted): void {
    if (epoch !== this.#parts.epoch()) return;
    const turn = this.#turn;
    const goesOn = turn?.epoch === epoch && turn.track === track && from >= turn.fromMs;
    const untilMs = Math.min(until, from + SOUND_AHEAD_MAX_MS);
    const unit = Math.floor(Math.max(0, from - PREROLL_MS) / UNIT_MS);
    if (goesOn) {
      turn.unit = Math.max(turn.unit, unit);
      turn.fromMs = from;
      turn.untilMs = untilMs;
    } else {
      turn?.stop.abort();
      const stop = new AbortController();
      this.#turn = { epoch, track, stop, fromMs: from, untilMs, unit, isOver: false };
    }
    this.#wakeup.wake();
  }

  /** Nothing more is sent. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#scope.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const turn = this.#turn;
      if (turn === undefined || !this.#isWanted(turn) || turn.unit * UNIT_MS >= turn.untilMs) {
        await this.#wakeup.wait(signal);
        continue;
      }
      try {
        await this.#send(turn, anySignal(signal, turn.stop.signal));
      } catch (error) {
        if (signal.aborted) throw error;
        if (turn.stop.signal.aborted) continue;
        log.info("no sound", { reason: describeError(error) });
        this.#tellEnd(turn, soundProblem(error));
      }
    }
  }

  #isWanted(turn: Turn): boolean {
    return !turn.isOver && turn.epoch === this.#parts.epoch() && turn === this.#turn;
  }

  async #send(turn: Turn, signal: AbortSignal): Promise<void> {
    const { stream, line, open } = this.#parts;
    const { epoch, track, unit } = turn;
    await line.connection.whenBelow("live", QUEUED_BYTES);
    signal.throwIfAborted();
    const bytes = await (await open(track)).read(unit, { signal });
    if (!this.#isWanted(turn) || turn.unit !== unit) return;
    const packets = bytes && decodeUnit(bytes);
    if (packets === undefined) return this.#tellEnd(turn);
    turn.unit++;
    const fields = { stream, epoch, track, ...unitStart(unit) };
    const sizes = packets.map(({ length }) => length);
    const payload = concatBytes(...packets);
    line.push("video.sound", { ...fields, sizes }, { payload, lane: "live" });
  }

  #tellEnd(turn: Turn, problem?: string): void {
    turn.isOver = true;
    const { stream, line } = this.#parts;
    const { epoch, track, unit } = turn;
    const why = problem === undefined ? {} : { problem };
    const fields = { stream, epoch, track, ...unitStart(unit), sizes: [], ...why };
    line.push("video.sound", fields, { lane: "live" });
  }
}
