/**
 * What must and what must not have been read in a room whose members come and go while nobody can tell in which order servers did
 * what: each call has a moment in which it began and one in which it was answered. Pure.
 */

/** From the moment in which somebody was invited. Moments are places in the order of what happened here. */
export interface Stint {
  readonly invitedAt: number;
  /**
   * When the invitation was with the server: its host signs it again, with a later time, as often as an answer is lost, and only
   * what was said after the last time is told to a newcomer.
   */
  offeredAt: number | undefined;
  /** When their own program showed them in the room. */
  enteredAt: number | undefined;
  /** When it was begun to put them out, or they began to leave: from here on they may be out. */
  endingAt: number | undefined;
  /** When that was answered: from here on they are out. */
  endedAt: number | undefined;
}

/** A text of the room. */
export interface RoomText {
  readonly author: string;
  readonly text: string;
  readonly saidAt: number;
  /** Whom the author knew to be in. */
  readonly addressed: ReadonlySet<string>;
  /** When the author was seen to know that the server has it. */
  acknowledgedAt: number | undefined;
}

/** One room, its stints by account. */
export class RoomModel {
  readonly texts: RoomText[] = [];
  readonly #stints = new Map<string, Stint[]>();

  stintsOf(account: string): readonly Stint[] {
    return this.#stints.get(account) ?? [];
  }

  /** The stint that has not been begun to end. */
  presentOf(account: string): Stint | undefined {
    const last = this.stintsOf(account).at(-1);
    return last?.endingAt === undefined ? last : undefined;
  }

  /** Whether nothing is under way that would put them out, and they are out. */
  isOut(account: string): boolean {
    const last = this.stintsOf(account).at(-1);
    return last === undefined || last.endedAt !== undefined;
  }

  /** Begins a stint. */
  invite(account: string, invitedAt: number): void {
    const stints = this.#stints.get(account) ?? [];
    this.#stints.set(account, stints);
    const open = { offeredAt: undefined, enteredAt: undefined, endingAt: undefined };
    stints.push({ invitedAt, ...open, endedAt: undefined });
  }

  get inside(): readonly string[] {
    return [...this.#stints.keys()].filter((account) => this.presentOf(account) !== undefined)
      .toSorted();
  }

  /** What is wrong with what `account` has read here, in words. */
  judge(account: string, read: ReadonlySet<string>): readonly string[] {
    return this.texts.filter(({ author }) => author !== account).flatMap((text) => {
      const has = read.has(text.text);
      const what = `"${text.text}" with ${account}, ${this.#describe(account, text)}`;
      if (!has && this.#mustRead(account, text)) return [`lost: ${what}`];
      if (has && this.#mustNotRead(account, text)) return [`read while out: ${what}`];
      return [];
    });
  }

  #describe(account: string, { author, saidAt, addressed, acknowledgedAt }: RoomText): string {
    const stints = (of: string) =>
      this.stintsOf(of).map(({ invitedAt, offeredAt, enteredAt, endingAt, endedAt }) =>
        [invitedAt, offeredAt, enteredAt, endingAt, endedAt].map((at) => at ?? "").join(" ")
      ).join(", ");
    const knew = addressed.has(account) ? "known" : "unknown";
    return `said at ${saidAt}, acknowledged at ${acknowledgedAt}, ${knew} to its author, whose stints are ${
      stints(author)
    } (invited, offered, in, ending, ended); the reader's: ${stints(account)}`;
  }

  /** Whom the author knew to be in, and who stayed, has it; others are told it by the author, if that one stayed. */
  #mustRead(account: string, { author, saidAt, addressed, acknowledgedAt }: RoomText): boolean {
    const stint = this.presentOf(account);
    if (stint === undefined || acknowledgedAt === undefined) return false;
    const { offeredAt = Infinity, enteredAt = Infinity } = stint;
    const wasIn = enteredAt < saidAt && addressed.has(account);
    const authorIsIn = (this.presentOf(author)?.invitedAt ?? Infinity) < saidAt;
    const hasStayed = offeredAt < saidAt && authorIsIn;
    return wasIn || hasStayed;
  }

  /** Said after they were out, and with the server before they were invited again. */
  #mustNotRead(account: string, { saidAt, acknowledgedAt }: RoomText): boolean {
    return this.stintsOf(account).every(({ invitedAt, endedAt }) =>
      (endedAt !== undefined && endedAt < saidAt) ||
      (acknowledgedAt !== undefined && acknowledgedAt < invitedAt)
    );
  }
}
