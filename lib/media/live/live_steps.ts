/**
 * How a live stream follows its watchers: a table of sizes and rates, and one step down or up by what they report. Pure.
 */

/** One row: what the source makes. */
export interface LiveStep {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerSecond: number;
  /** ffmpeg's scale, 2 (best) to 31. */
  readonly quality: number;
}

/** Best first. About 900, 450, 300, 170, 80, 45 and 18 kilobytes a second of film. */
export const LIVE_STEPS: readonly LiveStep[] = [
  { widthPx: 1280, heightPx: 720, framesPerSecond: 15, quality: 6 },
  { widthPx: 640, heightPx: 360, framesPerSecond: 15, quality: 4 },
  { widthPx: 640, heightPx: 360, framesPerSecond: 15, quality: 8 },
  { widthPx: 480, heightPx: 270, framesPerSecond: 12, quality: 8 },
  { widthPx: 320, heightPx: 180, framesPerSecond: 10, quality: 8 },
  { widthPx: 320, heightPx: 180, framesPerSecond: 6, quality: 12 },
  { widthPx: 160, heightPx: 90, framesPerSecond: 5, quality: 12 },
];

/** Where a stream begins. */
export const FIRST_STEP = 1;

/** What was seen in one interval, by watchers or by the sender itself. */
export interface LiveReport {
  readonly received: number;
  readonly lost: number;
  /** How much later than the fastest the newest frame came. */
  readonly lateMs: number;
}

/** Where a stream stands. */
export interface LivePace {
  readonly step: number;
  /** No step before this: what was changed last is to show first. */
  readonly restUntilMs: number;
  /** Since when all is well. */
  readonly goodSinceMs: number | undefined;
  /** How long all must be well before a step up: longer after each that failed. */
  readonly patienceMs: number;
}

const REST_MS = 2000;
const FIRST_PATIENCE_MS = 5000;
const MAX_PATIENCE_MS = 60_000;
/** Above: too much. Below: room for more. */
const BAD_LOSS = 0.1;
const GOOD_LOSS = 0.02;
const BAD_LATE_MS = 500;
const GOOD_LATE_MS = 200;

/** At the beginning. */
export function firstPace(step: number = FIRST_STEP): LivePace {
  return { step, restUntilMs: 0, goodSinceMs: undefined, patienceMs: FIRST_PATIENCE_MS };
}

/** What to do after an interval. The same object when nothing changes. */
export function pace(now: LivePace, report: LiveReport, nowMs: number): LivePace {
  const all = report.received + report.lost;
  if (all === 0 || nowMs < now.restUntilMs) return now;
  const loss = report.lost / all;
  if (loss > BAD_LOSS || report.lateMs > BAD_LATE_MS) return down(now, nowMs);
  if (loss > GOOD_LOSS || report.lateMs > GOOD_LATE_MS) {
    return now.goodSinceMs === undefined ? now : { ...now, goodSinceMs: undefined };
  }
  if (now.goodSinceMs === undefined) return { ...now, goodSinceMs: nowMs };
  if (nowMs - now.goodSinceMs < now.patienceMs || now.step === 0) return now;
  return { ...now, step: now.step - 1, restUntilMs: nowMs + REST_MS, goodSinceMs: undefined };
}

function down(now: LivePace, nowMs: number): LivePace {
  const patienceMs = Math.min(MAX_PATIENCE_MS, now.patienceMs * 2);
  if (now.step === LIVE_STEPS.length - 1) return { ...now, goodSinceMs: undefined, patienceMs };
  return {
    step: now.step + 1,
    restUntilMs: nowMs + REST_MS,
    goodSinceMs: undefined,
    patienceMs,
  };
}

/** Of several watchers the one in the middle: one bad line does not spoil it for a room. */
export function middleReport(reports: readonly LiveReport[]): LiveReport | undefined {
  const badness = ({ received, lost, lateMs }: LiveReport) =>
    lost / Math.max(1, received + lost) + lateMs / 5000;
  const sorted = reports.toSorted((one, other) => badness(one) - badness(other));
  return sorted[Math.floor(sorted.length / 2)];
}
