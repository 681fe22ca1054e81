/** Where the person stopped watching which video, so that they go on from there. One sealed record of the profile. */

import type { Profile } from "../profile/profile.ts";

/** Where a person stopped. */
export interface WatchMark {
  readonly name: string;
  readonly positionMs: number;
  /** Of the video then: another length is another video. */
  readonly durationMs: number;
}

/** Videos that are remembered; the one that was watched longest ago goes. */
const MARKS_MAX = 200;
/** So near to an end of the video nobody means to go on from there. */
const NEAR_END_MS = 5_000;

const ROW = "watched";

/** The marks of a profile. */
export class WatchMarks {
  readonly #profile: Pick<Profile, "database" | "vault">;

  constructor(profile: Pick<Profile, "database" | "vault">) {
    this.#profile = profile;
  }

  /** Undefined when it was never stopped, or watched to its end. */
  async recall(name: string, durationMs: number): Promise<number | undefined> {
    const mark = (await this.#read()).find((known) => known.name === name);
    return mark?.durationMs === durationMs ? mark.positionMs : undefined;
  }

  /** A position near an end forgets it. */
  async keep(mark: WatchMark): Promise<void> {
    const { positionMs, durationMs, name } = mark;
    const isWorthIt = positionMs >= NEAR_END_MS && positionMs < durationMs - NEAR_END_MS;
    const known = await this.#read();
    const others = known.filter((other) => other.name !== name);
    if (!isWorthIt && others.length === known.length) return;
    const marks = isWorthIt ? [...others, mark].slice(-MARKS_MAX) : others;
    const { database, vault } = this.#profile;
    const sealed = await vault.sealValue("secret", ROW, marks);
    database.command("INSERT OR REPLACE INTO secret VALUES (?, ?)").run(ROW, sealed);
  }

  async #read(): Promise<readonly WatchMark[]> {
    const { database, vault } = this.#profile;
    const sealed = database.bytes("SELECT sealed FROM secret WHERE name = ?", ROW);
    return sealed === undefined ? [] : await vault.openValue("secret", ROW, sealed);
  }
}
