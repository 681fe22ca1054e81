/** What the probe found out about a file, kept in the cache. */

import { ByteReader, type Bytes, ByteWriter } from "../base/bytes.ts";
import { PROBE_PROBLEMS, type ProbeProblem, type ProbeResult } from "./probe.ts";

const MAGIC = 0x48475052; // "HGPR"
const VERSION = 1;

/** The result of a probe as a file of the cache. Numbers that are not known are 0, which no real one is. */
export function encodeProbe(result: ProbeResult): Bytes {
  const writer = new ByteWriter().u32(MAGIC).u8(VERSION);
  if (!result.ok) return writer.u8(0).text(result.problem).finish();
  const { widthPx, heightPx, durationMs, ratePerSecond } = result.facts;
  return writer.u8(1).u32(widthPx).u32(heightPx).u64(durationMs ?? 0)
    .u64(Math.round((ratePerSecond ?? 0) * 1000)).finish();
}

/** Reads what `encodeProbe` wrote; undefined for anything else. */
export function decodeProbe(bytes: Bytes): ProbeResult | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC || reader.u8() !== VERSION) return undefined;
  if (reader.u8() === 0) {
    const problem = reader.text();
    return reader.done && isProblem(problem) ? { ok: false, problem } : undefined;
  }
  const [widthPx, heightPx] = [reader.u32(), reader.u32()];
  const [durationMs, milliRate] = [reader.u64(), reader.u64()];
  if (!reader.done || widthPx === 0 || heightPx === 0) return undefined;
  return {
    ok: true,
    facts: {
      widthPx,
      heightPx,
      durationMs: durationMs || undefined,
      ratePerSecond: milliRate / 1000 || undefined,
    },
  };
}

function isProblem(text: string): text is ProbeProblem {
  return Object.hasOwn(PROBE_PROBLEMS, text);
}
