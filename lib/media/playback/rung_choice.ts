/**
 * Which rung is sent, and how many of its pictures. A pure machine: it is told what arrived and what client and screen are like, and says
 * what to send from now on. Down at once when the line's queue grows, up a rung at a time while it stays empty.
 */

import type { RungLimit } from "../../protocol/hop/video.ts";

/** What a picture of a rung is like. */
export interface RungFacts {
  readonly heightPx: number;
  readonly widthPx: number;
  /** Of one picture; a guess until one was seen. */
  readonly frameBytes: number;
  /** Whether its next pictures are extracted. */
  readonly isReady: boolean;
}

/** A frame on its way. */
export interface SentFrame {
  readonly sentAtMs: number;
  readonly sizeBytes: number;
}

/** What the client has said last. Undefined: nothing yet. */
export interface ClientFacts {
  readonly box: { readonly widthPx: number; readonly heightPx: number } | undefined;
  readonly drawMs: number | undefined;
  readonly decodeMs: number | undefined;
  readonly maxRate: number | undefined;
}

/** What to send. */
export interface RungChoice {
  /** Place of the rung, from 0. */
  readonly rung: number;
  /** One picture of so many. */
  readonly every: number;
  /** Undefined: nothing so far, more is tried. */
  readonly limit: RungLimit | undefined;
  /** The rung that would be next, so that its pictures can be made ready; undefined when none is. */
  readonly wanted: number | undefined;
}

/** How many pictures are passed over; finer at the beginning, where each step is seen. */
const STEPS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] as const;
/** The line's queue is too long, and empty. */
const HIGH_MS = 250;
const LOW_MS = 120;
/** A lost segment holds up what is behind it, which then comes at once: no queue. What lasts is one. */
const HIGH_FOR_MS = 400;
/** And so many frames say so, over which is measured how much passes. */
const HIGH_FRAMES = 2;
/** A queue that has shrunk to so much of what it was is being worked off: what is sent now is not too much. */
const SHRUNK = 0.85;
/** So long a lost segment keeps it from being empty. */
const SPIKE_MS = 900;
/** Calm for so long, and it is tried whether the line takes more; after it was too much, later. */
const UP_MS = 350;
const AGAIN_MS = 2_000;
const AGAIN_MAX_MS = 3_000;
/**
 * A line that becomes better is seen at once: pictures no smaller than before take so much less time. So many say what they took
 * before, and so many that it is less.
 */
const BETTER_MS = 50;
const BETTER_AFTER_FRAMES = 6;
const BETTER_FRAMES = 2;
/** How fast what pictures take and their size follow. */
const PASSED_WEIGHT = 0.05;
/** So much more is tried at once, which is a rung at least: what is too much makes a queue of less than a second before it is noticed. */
const GROWTH = 3;
/** Near what was too much the next rung alone is tried: the line takes that much for sure only when it has passed. */
const NEAR_TOO_MUCH = 0.9;
/** By then a queue is to be seen, if it is a quarter too much. */
const UP_NEAR_MS = 900;
/** Where a line takes few of the smallest pictures, each is long on its way. */
const GROWTH_AT_LEAST = 2;
/** More is tried only when so much of what is sent now has arrived: the credit for more may be missing. */
const PROVEN = 0.7;
/** So much less at least when it is too much. */
const SHRINKING = 0.7;
/**
 * Larger pictures are not worth fewer than so many a second, unless the film or the screen has no more: at 2 Mbit/s 480p would be
 * a slide show of ten where 240p moves. Of pictures that are hardly to be made out, larger ones are worth some.
 */
const LEAST_PER_SECOND = 20;
const LEAST_PER_SECOND_OF_SMALL = 10;
const SMALL_PX = 240;
/** The best delay of so long ago counts no more: the line may go another way. */
const BASE_MS = 5_000;
/** Less of the line is used than it has: other things pass it, too. */
const SHARE = 0.8;
/** Of a screen that can draw so many pictures a second, a few more are asked for: it takes the newest. */
const DRAW_MARGIN = 1.25;

interface Passed {
  readonly frames: number;
  readonly averageBytes: number;
  readonly leastMs: number;
  readonly fasterFrames: number;
}

const NOTHING_PASSED: Passed = { frames: 0, averageBytes: 0, leastMs: Infinity, fasterFrames: 0 };

/** For one stream. */
export class RungChooser {
  #framesPerSecond: number;
  #rung = 0;
  #step = 0;
  #changedAtMs = -Infinity;
  /** The least delay of this period and of the one before. */
  #base = { sinceMs: -Infinity, leastMs: Infinity, beforeMs: Infinity };
  /** Since when it is too long, how long it was then and is now, and what has arrived since. */
  #high:
    | {
      readonly sinceMs: number;
      readonly atFirstMs: number;
      queueMs: number;
      bytes: number;
      frames: number;
    }
    | undefined;
  /** Since when it is empty, but for spikes, and when it was last. */
  #calmSinceMs: number | undefined;
  #lowAtMs = -Infinity;
  #isLow = false;
  /** What has arrived since it is calm. */
  #calmBytes = 0;
  #upAfterMs = UP_MS;
  /** Bytes a second that were too much last, until as many have passed. */
  #tooMuch: number | undefined;
  #wasTooMuch = false;
  /** What pictures take at least of late while the line is calm, and how large they are. */
  #passed: Passed = NOTHING_PASSED;

  /** `framesPerSecond`: of the film, at the pace it is played. */
  constructor(framesPerSecond: number) {
    this.#framesPerSecond = Math.max(1, framesPerSecond);
  }

  /** Whether the line could not take something so far: it may happen again. */
  get wasTooMuch(): boolean {
    return this.#wasTooMuch;
  }

  /** A frame that was sent then has been received by the client, as it said now. */
  arrived({ sentAtMs, sizeBytes }: SentFrame, nowMs: number): void {
    const delayMs = nowMs - sentAtMs;
    const queueMs = delayMs - this.#leastDelay(delayMs, nowMs);
    // What was sent before the last change says nothing about it.
    if (sentAtMs < this.#changedAtMs) return;
    this.#queueIs(queueMs, sizeBytes, nowMs);
    this.#isLow = queueMs <= LOW_MS;
    if (this.#isLow) {
      this.#noticeBetter(delayMs, sizeBytes);
      this.#calmSinceMs ??= nowMs;
      this.#lowAtMs = nowMs;
      if (nowMs > this.#calmSinceMs) this.#calmBytes += sizeBytes;
      else this.#calmBytes = 0;
    } else if (nowMs - this.#lowAtMs > SPIKE_MS) this.#calmSinceMs = undefined;
  }

  /** What was too much of a worse line says nothing of a better one. */
  #noticeBetter(delayMs: number, sizeBytes: number): void {
    const passed = this.#passed;
    const { frames, averageBytes } = passed;
    if (frames >= BETTER_AFTER_FRAMES && passed.leastMs - delayMs >= BETTER_MS) {
      if (sizeBytes < averageBytes) return;
      this.#passed = { ...passed, fasterFrames: passed.fasterFrames + 1 };
      if (this.#passed.fasterFrames < BETTER_FRAMES) return;
      this.#tooMuch = undefined;
      this.#upAfterMs = UP_MS;
      this.#passed = NOTHING_PASSED;
    } else {
      const follow = (before: number, now: number) => before + PASSED_WEIGHT * (now - before);
      this.#passed = {
        frames: frames + 1,
        averageBytes: frames === 0 ? sizeBytes : follow(averageBytes, sizeBytes),
        leastMs: frames === 0 ? delayMs : Math.min(follow(passed.leastMs, delayMs), delayMs),
        fasterFrames: 0,
      };
    }
  }

  /** What was sent before a step down is still in front of what is sent after it: only a queue that stays is too much. */
  #queueIs(queueMs: number, sizeBytes: number, nowMs: number): void {
    const high = this.#high;
    const isWorkedOff = high !== undefined && nowMs - high.sinceMs >= HIGH_FOR_MS &&
      queueMs < SHRUNK * high.atFirstMs;
    if (queueMs <= HIGH_MS) this.#high = undefined;
    else if (high === undefined || isWorkedOff) {
      this.#high = { sinceMs: nowMs, atFirstMs: queueMs, queueMs, bytes: 0, frames: 1 };
    } else {
      high.queueMs = queueMs;
      high.bytes += sizeBytes;
      high.frames++;
    }
  }

  /** A new epoch, at another pace if that has changed: what was on its way is void. What was learnt of the line stays. */
  restart(framesPerSecond = this.#framesPerSecond): void {
    this.#framesPerSecond = Math.max(1, framesPerSecond);
    this.#high = undefined;
    this.#calmSinceMs = undefined;
  }

  /** What to send from now on. `rungs`: at least one, smallest first, the same ones each time. */
  choose(rungs: readonly RungFacts[], client: ClientFacts, nowMs: number): RungChoice {
    const top = topRung(rungs, client.box);
    const most = client.maxRate ?? Infinity;
    const drawStep = stepFor(this.#framesPerSecond, screenRate(client));
    const goodput = this.#jammedRate(nowMs);
    const isTooMuch = goodput !== undefined;
    if (isTooMuch) this.#goDown(rungs, goodput, nowMs);
    // What the client has said holds at once, whatever the line is like.
    if (this.#rung > top || this.#rateOf(rungs, drawStep) > most) {
      const room = Math.min(most, this.#rateOf(rungs, drawStep));
      this.#change(this.#best(rungs, { top, drawStep, room }), nowMs);
    }
    const isLeast = this.#rung === 0 && this.#step > drawStep;
    const growth = isLeast ? GROWTH_AT_LEAST : GROWTH;
    const next = this.#best(rungs, {
      ...{ top, drawStep },
      room: Math.min(most, this.#roomForMore(rungs, { growth, drawStep })),
    });
    const isMore =
      this.#bytesPerSecond(rungs[next.rung], next.step) > this.#rateOf(rungs, drawStep);
    let wanted = isMore && next.rung !== this.#rung ? next.rung : undefined;
    const isReady = wanted === undefined || rungs[wanted].isReady;
    const limit = this.#limit(rungs, { top, drawStep, most });
    if (
      !isTooMuch && isMore && isReady && this.#isTimeForMore(this.#rateOf(rungs, drawStep), nowMs)
    ) {
      const passed = this.#rateOf(rungs, drawStep);
      if (this.#tooMuch !== undefined && passed >= this.#tooMuch) this.#tooMuch = undefined;
      this.#change(next, nowMs);
      const isNear = this.#rateOf(rungs, drawStep) >= NEAR_TOO_MUCH * (this.#tooMuch ?? Infinity);
      this.#upAfterMs = isNear ? UP_NEAR_MS : UP_MS;
      wanted = undefined;
    }
    return { rung: this.#rung, every: STEPS[Math.max(this.#step, drawStep)], limit, wanted };
  }

  /** Bytes a second that pass while the line is full; undefined while it is not. */
  #jammedRate(nowMs: number): number | undefined {
    const high = this.#high;
    if (high === undefined || high.frames < HIGH_FRAMES) return undefined;
    const forMs = nowMs - high.sinceMs;
    if (forMs < HIGH_FOR_MS || high.queueMs < SHRUNK * high.atFirstMs) return undefined;
    return high.bytes / forMs * 1000;
  }

  /** The line is too slow for it. */
  #goDown(rungs: readonly RungFacts[], goodput: number, nowMs: number): void {
    const rate = this.#bytesPerSecond(rungs[this.#rung], this.#step);
    this.#tooMuch = rate;
    const room = Math.min(SHARE * goodput, SHRINKING * rate);
    this.#change(this.#best(rungs, { top: this.#rung, drawStep: 0, room }), nowMs);
    this.#upAfterMs = this.#wasTooMuch ? AGAIN_MAX_MS : AGAIN_MS;
    this.#wasTooMuch = true;
  }

  /** The largest pictures that fit, if they are not too few; else as many of the smallest as fit. */
  #best(
    rungs: readonly RungFacts[],
    { top, drawStep, room }: {
      readonly top: number;
      readonly drawStep: number;
      readonly room: number;
    },
  ): { rung: number; step: number } {
    const lastStep = STEPS.length - 1;
    for (let rung = top; rung >= 0; rung--) {
      for (let step = drawStep; step <= lastStep; step++) {
        const isEnough = step === drawStep ||
          this.#framesPerSecond / STEPS[step] >= leastPerSecond(rungs[rung]) || rung === 0;
        if (!isEnough) break;
        if (this.#bytesPerSecond(rungs[rung], step) <= room) return { rung, step };
      }
    }
    return { rung: 0, step: lastStep };
  }

  /** What keeps it from being more. */
  #limit(
    rungs: readonly RungFacts[],
    { top, drawStep, most }: {
      readonly top: number;
      readonly drawStep: number;
      readonly most: number;
    },
  ): RungLimit | undefined {
    if (this.#rung >= top && this.#step <= drawStep) {
      return drawStep > 0 ? "drawing" : top < rungs.length - 1 ? "box" : "source";
    }
    const byRate = this.#best(rungs, { top, drawStep, room: most });
    if (byRate.rung === this.#rung && byRate.step >= this.#step) return "rate";
    return this.#wasTooMuch ? "line" : undefined;
  }

  /** `rate`: of what is sent now, which must have passed. */
  #isTimeForMore(rate: number, nowMs: number): boolean {
    if (this.#calmSinceMs === undefined || !this.#isLow) return false;
    const forMs = nowMs - this.#calmSinceMs;
    return forMs >= this.#upAfterMs && this.#calmBytes / forMs * 1000 >= PROVEN * rate;
  }

  #leastDelay(delayMs: number, nowMs: number): number {
    const { sinceMs, leastMs } = this.#base;
    if (nowMs - sinceMs > BASE_MS) {
      this.#base = { sinceMs: nowMs, leastMs: delayMs, beforeMs: leastMs };
    }
    this.#base.leastMs = Math.min(this.#base.leastMs, delayMs);
    return Math.min(this.#base.leastMs, this.#base.beforeMs);
  }

  #change({ rung, step }: { rung: number; step: number }, nowMs: number): void {
    if (rung === this.#rung && step === this.#step) return;
    this.#rung = rung;
    this.#step = step;
    this.#changedAtMs = nowMs;
    this.#high = undefined;
    this.#calmSinceMs = undefined;
  }

  /** Bytes a second that are tried next. */
  #roomForMore(
    rungs: readonly RungFacts[],
    { growth, drawStep }: { readonly growth: number; readonly drawStep: number },
  ): number {
    const rate = this.#rateOf(rungs, drawStep);
    // The pictures of the next rung may have more than `GROWTH` times the bytes.
    const next = this.#step <= drawStep && this.#rung + 1 < rungs.length
      ? this.#bytesPerSecond(rungs[this.#rung + 1], drawStep)
      : GROWTH_AT_LEAST * rate;
    const wanted = Math.max(growth * rate, next);
    const near = NEAR_TOO_MUCH * (this.#tooMuch ?? Infinity);
    return wanted <= near ? wanted : Math.max(Math.min(wanted, near), next);
  }

  /** Of what is sent now. */
  #rateOf(rungs: readonly RungFacts[], drawStep: number): number {
    return this.#bytesPerSecond(rungs[this.#rung], Math.max(this.#step, drawStep));
  }

  #bytesPerSecond({ frameBytes }: RungFacts, step: number): number {
    return frameBytes * this.#framesPerSecond / STEPS[step];
  }
}

function leastPerSecond({ heightPx }: RungFacts): number {
  return heightPx <= SMALL_PX ? LEAST_PER_SECOND_OF_SMALL : LEAST_PER_SECOND;
}

/** The best rung of the smallest size that fills the box: what is larger would be scaled down again. */
function topRung(rungs: readonly RungFacts[], box: ClientFacts["box"]): number {
  const last = rungs.length - 1;
  if (box === undefined) return last;
  const fills = rungs.find(({ widthPx, heightPx }) =>
    widthPx >= box.widthPx || heightPx >= box.heightPx
  );
  return fills === undefined
    ? last
    : rungs.findLastIndex(({ heightPx }) => heightPx === fills.heightPx);
}

/** Pictures a second that the screen takes; infinite while it has not said. */
function screenRate({ drawMs = 0, decodeMs = 0 }: ClientFacts): number {
  // One is made while the one before is drawn.
  const eachMs = Math.max(drawMs, decodeMs);
  return eachMs > 0 ? DRAW_MARGIN * 1000 / eachMs : Infinity;
}

function stepFor(framesPerSecond: number, rate: number): number {
  const step = STEPS.findIndex((every) => framesPerSecond / every <= rate);
  return step < 0 ? STEPS.length - 1 : step;
}
