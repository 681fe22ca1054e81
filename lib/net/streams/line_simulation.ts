/** How a worse line is to be simulated (`--simulate`), as a person writes it. */

import { UsageError } from "../../base/errors.ts";

/** A line that is worse than the real one. What is left out is as good as that one. */
export interface LineSimulation {
  /** Each way. Undefined: as fast as the real line. */
  readonly bytesPerSecond: number | undefined;
  /** There and back; half of it each way. */
  readonly roundTripMs: number;
  /** Share of the segments that are lost, from 0 to `LOSS_MAX`. */
  readonly loss: number;
}

/** In bits a second. Below, no handshake is over before its deadline; above, this process is the limit. */
const RATE_MIN_BITS = 8_000;
const RATE_MAX_BITS = 10_000_000_000;
/** A request is given up after 30 s. */
const ROUND_TRIP_MAX_MS = 10_000;
/** Beyond it TCP itself ends. */
const LOSS_MAX_PERCENT = 50;
/** Longer than any that can be meant. */
const TEXT_MAX_LENGTH = 80;

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * Reads `rate=256k,rtt=300ms,loss=2%`: at least one of the three, each once, in any order. Throws UsageError `bad-simulation`.
 */
export function parseLineSimulation(text: string): LineSimulation {
  const found = new Map<string, string>();
  if (text.length > TEXT_MAX_LENGTH) throw wrong("it is too long");
  for (const part of text.split(",")) {
    const [, key, value] = part.trim().match(/^([a-z]+)=(\S+)$/i) ?? [];
    if (key === undefined || !Object.hasOwn(READERS, key)) {
      throw wrong(`“${part.trim()}” is none of rate=, rtt=, loss=`);
    }
    if (found.has(key)) throw wrong(`${key}= is there twice`);
    found.set(key, value);
  }
  const { rate, rtt, loss } = READERS;
  return {
    bytesPerSecond: rate(found.get("rate")),
    roundTripMs: rtt(found.get("rtt")),
    loss: loss(found.get("loss")),
  };
}

/** As short as it can be said: `256 kbit/s, 300 ms, 2 % loss`. */
export function describeLineSimulation(line: LineSimulation): string {
  const { bytesPerSecond, roundTripMs, loss } = line;
  return [
    bytesPerSecond === undefined ? [] : rateWords(8 * bytesPerSecond),
    roundTripMs === 0 ? [] : `${round(roundTripMs)} ms`,
    loss === 0 ? [] : `${round(100 * loss)} % loss`,
  ].flat().join(", ") || "nothing changed";
}

const READERS = {
  rate(text: string | undefined): number | undefined {
    if (text === undefined) return undefined;
    const [, number, unit = ""] = text.match(/^(\d{1,12}(?:\.\d{1,3})?)([kmg])?$/i) ?? [];
    const bits = Number(number) * UNITS[unit.toLowerCase()];
    if (bits >= RATE_MIN_BITS && bits <= RATE_MAX_BITS) return bits / 8;
    throw wrong("rate= takes 8k to 10g bits per second, e.g. rate=256k");
  },
  rtt(text: string | undefined): number {
    if (text === undefined) return 0;
    const [, number, unit] = text.match(/^(\d{1,6}(?:\.\d{1,3})?)(ms|s)$/i) ?? [];
    const ms = Number(number) * (unit?.toLowerCase() === "s" ? 1000 : 1);
    if (ms >= 0 && ms <= ROUND_TRIP_MAX_MS) return ms;
    throw wrong("rtt= takes 0ms to 10s, e.g. rtt=300ms");
  },
  loss(text: string | undefined): number {
    if (text === undefined) return 0;
    const [, number] = text.match(/^(\d{1,3}(?:\.\d{1,3})?)%$/) ?? [];
    const percent = Number(number);
    if (percent >= 0 && percent <= LOSS_MAX_PERCENT) return percent / 100;
    throw wrong("loss= takes 0% to 50%, e.g. loss=2%");
  },
};

function rateWords(bits: number): string {
  if (bits >= 1e9) return `${round(bits / 1e9)} Gbit/s`;
  if (bits >= 1e6) return `${round(bits / 1e6)} Mbit/s`;
  return `${round(bits / 1e3)} kbit/s`;
}

function round(value: number): number {
  return Math.round(1000 * value) / 1000;
}

function wrong(why: string): UsageError {
  return new UsageError(
    "bad-simulation",
    `Cannot simulate this line: ${why}. Try --simulate rate=256k,rtt=300ms,loss=2%`,
  );
}
