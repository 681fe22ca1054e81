/**
 * What a run with mutants has found so far, in tests/tmp: one that is ended goes on where it was. A check that was missed stays
 * so while the sources are the same; what survived, and which test comes by which check, also while the tests are the same.
 */

import { join } from "node:path";
import { encodeHex, utf8 } from "../../lib/base/bytes.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";

/** Of the checks of one set of sources. */
interface Found {
  readonly tests: string;
  killed: number[];
  /** By tier. */
  survived: Record<number, number[]>;
  hits: Record<number, [number, string[]][]>;
}

/** Kept after each change. */
export class Progress {
  readonly #path: string;
  readonly #found: Found;

  private constructor(path: string, found: Found) {
    this.#path = path;
    this.#found = found;
  }

  /** `sources` and `tests`: everything that each consists of. */
  static async open(sources: string, tests: string): Promise<Progress> {
    const folder = join(PROJECT_ROOT, "tests/tmp");
    await Deno.mkdir(folder, { recursive: true });
    const path = join(folder, `mutants-${(await hash(sources)).slice(0, 16)}.json`);
    const fresh: Found = { tests: await hash(tests), killed: [], survived: {}, hits: {} };
    let before: Found;
    try {
      before = JSON.parse(await Deno.readTextFile(path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return new Progress(path, fresh);
    }
    return new Progress(
      path,
      before.tests === fresh.tests ? before : { ...fresh, killed: before.killed },
    );
  }

  /** Undefined: not tried yet. */
  survivedOf(id: number, tier: number): boolean | undefined {
    if (this.#found.killed.includes(id)) return false;
    return this.#found.survived[tier]?.includes(id) ? true : undefined;
  }

  async tried(id: number, tier: number, survived: boolean): Promise<void> {
    if (survived) (this.#found.survived[tier] ??= []).push(id);
    else this.#found.killed.push(id);
    await this.#keep();
  }

  /** Which files come by which check, as `record` finds out unless it is known. */
  async hits(
    tier: number,
    record: () => Promise<ReadonlyMap<number, string[]>>,
  ): Promise<ReadonlyMap<number, readonly string[]>> {
    if (this.#found.hits[tier] === undefined) {
      this.#found.hits[tier] = [...await record()];
      await this.#keep();
    }
    return new Map(this.#found.hits[tier]);
  }

  #keep(): Promise<void> {
    return Deno.writeTextFile(this.#path, JSON.stringify(this.#found));
  }
}

async function hash(text: string): Promise<string> {
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}
