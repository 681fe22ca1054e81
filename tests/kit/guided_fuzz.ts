/**
 * Fuzzing that follows the coverage: an input that reaches code which none before it has reached is kept, and the next ones are
 * made from what was kept. V8 itself counts (`Profiler.takePreciseCoverage`), so it works under Deno and without a build. From
 * a seed: the same inputs each time, on the same code.
 */

import { Session } from "node:inspector/promises";
import { type Bytes, encodeHex } from "../../lib/base/bytes.ts";
import { seeded } from "./seeded.ts";

/** Something that reads bytes of a stranger. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs that it takes: where the search begins. */
  readonly seeds: readonly Bytes[];
  /** Bytes that mean something to it. */
  readonly words: readonly Bytes[];
  /** The files whose coverage counts, by their URL. */
  readonly covers: RegExp;
  /** Throws for a fault only: what it refuses is no fault. */
  readonly run: (input: Bytes) => void | Promise<void>;
}

/** What a search came to. */
export interface FuzzOutcome {
  /** Inputs that reached something new, the seeds among them. */
  readonly kept: number;
  /** Characters of the covered files that some input has reached, in functions that were entered. */
  readonly reached: number;
}

/** Asking V8 takes about as long as a hundred inputs: it is asked once for so many, and again for each only if there was news. */
const BATCH = 64;
const MAX_INPUT_BYTES = 16_384;

/** Runs so many inputs. Throws what `run` threw, with the input in hex. */
export async function guidedFuzz(
  target: FuzzTarget,
  { seed, runs }: { seed: number; runs: number },
): Promise<FuzzOutcome> {
  const draw = seeded(seed);
  const coverage = await Coverage.start(target.covers);
  const corpus: Bytes[] = [];
  for (const input of target.seeds) {
    await runOne(target, input);
    await coverage.takeNews();
    corpus.push(input);
  }
  for (let done = 0; done < runs; done += BATCH) {
    const inputs = Array.from(
      { length: Math.min(BATCH, runs - done) },
      () => mutate(corpus, target.words, draw),
    );
    for (const input of inputs) await runOne(target, input);
    if (!await coverage.peekNews()) continue;
    for (const input of inputs) {
      await runOne(target, input);
      if (await coverage.takeNews()) corpus.push(input);
    }
  }
  return { kept: corpus.length, reached: coverage.reached };
}

async function runOne({ name, run }: FuzzTarget, input: Bytes): Promise<void> {
  try {
    await run(input);
  } catch (error) {
    throw new Error(`${name} has a fault at ${encodeHex(input)}`, { cause: error });
  }
}

type Draw = (below: number) => number;

/** One to four changes of something that was kept. */
function mutate(corpus: readonly Bytes[], words: readonly Bytes[], draw: Draw): Bytes {
  // Half of the time of the newest: it was reached last and has been changed least.
  const recent = Math.max(1, corpus.length >> 2);
  const at = draw(2) === 0 ? draw(corpus.length) : corpus.length - 1 - draw(recent);
  let bytes = corpus[at].slice();
  for (let left = 1 + draw(4); left > 0; left--) bytes = change(bytes, { corpus, words, draw });
  return bytes.subarray(0, MAX_INPUT_BYTES);
}

const EDGES = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff];

function change(
  bytes: Bytes,
  { corpus, words, draw }: { corpus: readonly Bytes[]; words: readonly Bytes[]; draw: Draw },
): Bytes {
  const place = draw(bytes.length + 1);
  const changed = bytes.slice();
  switch (draw(8)) {
    case 0:
      if (place < bytes.length) changed[place] ^= 1 << draw(8);
      return changed;
    case 1:
      if (place < bytes.length) changed[place] = EDGES[draw(EDGES.length)];
      return changed;
    case 2:
      if (place < bytes.length) changed[place] = draw(256);
      return changed;
    case 3:
      return bytes.slice(0, place);
    case 4:
      // Without a piece.
      return splice(bytes, { place, gone: draw(16), added: new Uint8Array(0) });
    case 5: {
      // A piece of another one.
      const other = corpus[draw(corpus.length)];
      const from = draw(other.length + 1);
      const added = other.slice(from, from + 1 + draw(64));
      return splice(bytes, { place, gone: draw(2) * added.length, added });
    }
    case 6: {
      if (words.length === 0) return changed;
      const added = words[draw(words.length)];
      return splice(bytes, { place, gone: draw(2) * added.length, added });
    }
    default: {
      // A piece twice.
      const added = bytes.slice(place, place + 1 + draw(32));
      return splice(bytes, { place, gone: 0, added });
    }
  }
}

function splice(
  bytes: Bytes,
  { place, gone, added }: { place: number; gone: number; added: Bytes },
): Bytes {
  const tail = bytes.subarray(Math.min(bytes.length, place + gone));
  const joined = new Uint8Array(place + added.length + tail.length);
  joined.set(bytes.subarray(0, place));
  joined.set(added, place);
  joined.set(tail, place + added.length);
  return joined;
}

/** Begin and end in a file, by turns. */
type Gaps = readonly (readonly [number, number])[];

/** One for the process, and never stopped: what was compiled for one that has stopped is not counted by the next. */
let profiler: Promise<Session> | undefined;

async function openProfiler(): Promise<Session> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return session;
}

/** What no input has reached yet, in each function that was entered. */
class Coverage {
  readonly #session: Session;
  readonly #covers: RegExp;
  /** By URL and place of the function. */
  readonly #missed = new Map<string, { readonly size: number; readonly gaps: Gaps }>();

  private constructor(session: Session, covers: RegExp) {
    this.#session = session;
    this.#covers = covers;
  }

  /** MUST come before the first call of what is covered: V8 counts within a function only if it compiled it after that. */
  static async start(covers: RegExp): Promise<Coverage> {
    profiler ??= openProfiler();
    const session = await profiler;
    // What ran before this search.
    await session.post("Profiler.takePreciseCoverage");
    return new Coverage(session, covers);
  }

  get reached(): number {
    let sum = 0;
    for (const { size, gaps } of this.#missed.values()) sum += size - lengthOf(gaps);
    return sum;
  }

  /** Whether what ran since the last look has reached something new. Takes note of it. */
  takeNews(): Promise<boolean> {
    return this.#look(true);
  }

  /** The same, of many inputs at once: which one it was is to be found out, so nothing is noted. */
  peekNews(): Promise<boolean> {
    return this.#look(false);
  }

  async #look(takesNote: boolean): Promise<boolean> {
    const { result } = await this.#session.post("Profiler.takePreciseCoverage");
    let isNew = false;
    for (const { url, functions } of result) {
      if (!this.#covers.test(url)) continue;
      for (const { ranges } of functions) {
        const [whole] = ranges;
        if (whole.count === 0) continue;
        const key = `${url}:${whole.startOffset}`;
        const missedNow = ranges.filter(({ count }) => count === 0)
          .map(({ startOffset, endOffset }): [number, number] => [startOffset, endOffset]);
        const before = this.#missed.get(key);
        const size = whole.endOffset - whole.startOffset;
        const gaps = before === undefined ? merged(missedNow) : overlapOf(before.gaps, missedNow);
        if (before !== undefined && lengthOf(gaps) === lengthOf(before.gaps)) continue;
        isNew = true;
        if (takesNote) this.#missed.set(key, { size, gaps });
      }
    }
    return isNew;
  }
}

function lengthOf(gaps: Gaps): number {
  return gaps.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** What both have missed. Within each no two overlap but where one lies in another. */
function overlapOf(left: Gaps, right: Gaps): Gaps {
  const found: [number, number][] = [];
  for (const [fromLeft, toLeft] of left) {
    for (const [fromRight, toRight] of right) {
      const [from, to] = [Math.max(fromLeft, fromRight), Math.min(toLeft, toRight)];
      if (from < to) found.push([from, to]);
    }
  }
  return merged(found);
}

function merged(gaps: readonly [number, number][]): Gaps {
  const sorted = [...gaps].sort(([left], [right]) => left - right);
  const whole: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = whole.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else whole.push([from, to]);
  }
  return whole;
}
