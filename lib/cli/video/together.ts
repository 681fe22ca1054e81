/** Keeps a player where all who watch together are: what the host's keys do becomes the party's, and what the party does the player's. */

import type { Clock } from "../../base/clock.ts";
import { TransportError } from "../../base/errors.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { showName } from "../../app/names.ts";
import { clockWords } from "../../app/video_list.ts";
import { type PartyPoint, positionAt } from "../../client/party/party.ts";
import type { PartyView, WatchParty } from "../../client/party/parties.ts";
import type { Player } from "../../client/video/player.ts";
import type { Steering } from "./watch_keys.ts";

/** Two pictures at 24 a second: less is not seen. */
const TOLERANCE_MS = 80;
/** So long before its time a picture is asked for: what it takes on a fast line, with room for an uneven one. */
const LEAD_MS = 250;
/** A line that brings pictures too late gets more, up to this. */
const MOST_LEAD_MS = 2_000;
/** Between two looks at how they come: longer than the longest lead, or a remedy is judged before it works. */
const CHECK_MS = 2_500;
/** A host who sees nothing for so long, though it asks earlier, has all wait for its pictures. */
const STUCK_MS = 4_500;
/** How long all wait once a picture is there, so that more follow: the first time, and at most. */
const PATIENCE_MS = 2_000;
const MOST_PATIENCE_MS = 8_000;

/** A host who is further than this from where it was to be has gone elsewhere: a word is late by less. */
const JUMP_MS = 1_000;
/** How long that is said. */
const JUMP_SAID_MS = 4_000;

/** What the host has chosen, and from when on it holds. */
interface Wanted extends Omit<PartyPoint, "atMs"> {
  readonly localMs: number;
}

/** One for all players of a video. */
export class Together implements Steering {
  readonly #party: WatchParty;
  readonly #clock: Clock;
  readonly #onChanged: () => Promise<void>;
  #player: Player | undefined;
  #leadMs: number;
  #held: number | undefined;
  /** What this host has chosen and not all have been told; and what is being told. */
  #wanted: Wanted | undefined;
  #telling: Promise<unknown> = Promise.resolve();
  /** Where the host's pictures come from since its last change, and which was shown last, and when. */
  #from: { readonly positionMs: number; readonly sinceMs: number } | undefined;
  #shown: { readonly positionMs: number; readonly atMs: number } | undefined;
  /** All wait for the host's pictures: for so long after the first one. */
  #waiting: { readonly patienceMs: number } | undefined;
  #patienceMs = PATIENCE_MS;
  readonly #wakeup = new Wakeup();
  /** Where the host went, and until when that is said here. */
  #jump: { readonly toMs: number; readonly untilMs: number } | undefined;

  constructor(
    party: WatchParty,
    { clock, onChanged }: { readonly clock: Clock; readonly onChanged: () => Promise<void> },
  ) {
    this.#party = party;
    this.#clock = clock;
    this.#onChanged = onChanged;
    this.#leadMs = LEAD_MS + 2 * party.shared.roundTripMs;
  }

  /** Who watches, for the line below the picture. */
  get words(): string {
    const { view } = this.#party;
    const words = partyWords(view);
    if (this.#waiting !== undefined) return `${words}, waiting for pictures`;
    const jump = this.#jump;
    if (jump === undefined || this.#clock.monotonicMs() > jump.untilMs) return words;
    return `${showName(view.account)} went to ${clockWords(jump.toMs)}, ${words}`;
  }

  /** Whether the host went to the end of a video last, or behind it, and did not just come to it. */
  wentToEnd(durationMs: number): boolean {
    return this.#jump !== undefined && this.#jump.toMs >= durationMs - JUMP_MS;
  }

  /** What the host has chosen, before it is done anywhere: keys that arrive together go on from it. */
  get wanted(): Omit<PartyPoint, "atMs"> | undefined {
    const wanted = this.#wanted;
    return wanted && { ...wanted, positionMs: positionOf(wanted, this.#clock.monotonicMs()) };
  }

  /** A picture was shown. */
  shown(positionMs: number): void {
    this.#shown = { positionMs, atMs: this.#clock.monotonicMs() };
    if (this.#waiting !== undefined) this.#wakeup.wake();
  }

  /** This one plays from now on; it is brought to where the others are. */
  async beginLeg(player: Player): Promise<void> {
    this.#player = player;
    this.#held = undefined;
    const { isHost, revision } = this.#party.view;
    if (!isHost || revision > 0) return await this.#follow({ always: true });
    // It begins with the host's first picture.
    this.#shown = undefined;
    this.#waiting = { patienceMs: 0 };
    await this.#follow({ always: true });
    await this.#onChanged();
  }

  /** Follows the party until it is over, for all who watch, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let before: PartyPoint | undefined;
    for await (const view of this.#party.views(signal)) {
      if (view.state === "over") return;
      this.#noteJump(view, before);
      before = view.point;
      await this.#onChanged();
      await this.#followIfOff();
      // A pause is one only now, and no picture comes that would show it.
      await this.#onChanged();
    }
  }

  /** Who watches is told whose doing it is that the picture is another one. */
  #noteJump({ isHost, point }: PartyView, before: PartyPoint | undefined): void {
    if (isHost || before === undefined) return;
    if (Math.abs(point.positionMs - positionAt(before, point.atMs)) < JUMP_MS) return;
    const untilMs = this.#clock.monotonicMs() + JUMP_SAID_MS;
    this.#jump = { toMs: point.positionMs, untilMs };
  }

  /** Looks now and then whether pictures come in time, until the signal aborts. */
  async watchOver(signal: AbortSignal): Promise<void> {
    let nextMs = this.#clock.monotonicMs() + CHECK_MS;
    for (;;) {
      const dueMs = this.#waiting === undefined ? nextMs : this.#goesOnAtMs ?? nextMs;
      await this.#wakeup.waitUntil(this.#clock, dueMs, signal);
      signal.throwIfAborted();
      const nowMs = this.#clock.monotonicMs();
      if (this.#goesOnAtMs !== undefined && nowMs >= this.#goesOnAtMs) await this.resume();
      if (nowMs < nextMs) continue;
      nextMs = nowMs + CHECK_MS;
      if (this.#isStuck(nowMs)) await this.#wait();
      else await this.#followIfOff();
    }
  }

  async pause(): Promise<void> {
    await this.#change({ isPaused: true });
  }

  async resume(): Promise<void> {
    await this.#change({ isPaused: false });
  }

  async seek(positionMs: number): Promise<void> {
    await this.#change({ positionMs });
  }

  async setSpeed(rate: number): Promise<void> {
    await this.#change({ rate });
  }

  /** A host's: said to all, and done here as everywhere. Of another's keys nothing comes: the line says who hosts. */
  async #change(change: Partial<Omit<PartyPoint, "atMs">>): Promise<void> {
    const { view: { isHost } } = this.#party;
    if (!isHost) return;
    const wanted = this.#afterChange(change);
    this.#wanted = wanted;
    this.#waiting = undefined;
    this.#from = { positionMs: wanted.positionMs, sinceMs: this.#clock.monotonicMs() };
    this.#shown = undefined;
    // One after the other: each word has a number of its own.
    const telling = this.#telling.then(() => this.#party.say(wanted));
    this.#telling = telling.catch(() => {});
    try {
      await telling;
    } finally {
      // What was chosen after it is done when that is said.
      if (this.#wanted === wanted) this.#wanted = undefined;
    }
    if (this.#wanted !== undefined) return;
    await this.#follow({ always: true });
    await this.#onChanged();
  }

  /** One that was paused and plays again goes on where it was. */
  #afterChange(change: Partial<Omit<PartyPoint, "atMs">>): Wanted {
    const { point: { atMs: _, ...point } } = this.#party.view;
    const nowMs = this.#clock.monotonicMs();
    const isPaused = change.isPaused ?? (this.#wanted ?? point).isPaused;
    const localMs = nowMs + (isPaused ? 0 : this.#leadMs);
    const before = this.#wanted ?? { ...point, localMs };
    const positionMs = this.#wanted !== undefined
      ? positionOf(this.#wanted, localMs)
      : point.isPaused
      ? point.positionMs
      : this.#party.positionAt(localMs);
    return { ...before, positionMs, ...change, isPaused, localMs };
  }

  /** When all go on who wait for the host's pictures; undefined before the first of them. */
  get #goesOnAtMs(): number | undefined {
    const waiting = this.#waiting;
    return waiting && this.#shown && this.#shown.atMs + waiting.patienceMs;
  }

  /** Whether this is the host, and nothing comes that it could show: the server may not have the pictures so fast. */
  #isStuck(nowMs: number): boolean {
    const { isHost, point } = this.#party.view;
    const player = this.#player;
    if (!isHost || point.isPaused || player === undefined) return false;
    if ((player.marginMs ?? -1) >= 0) return false;
    if (this.#party.positionAt(nowMs) >= player.durationMs) return false;
    const lastMs = Math.max(this.#from?.sinceMs ?? -Infinity, this.#shown?.atMs ?? -Infinity);
    return nowMs - lastMs >= STUCK_MS;
  }

  /** All wait where the last picture was: nobody misses anything. */
  async #wait(): Promise<void> {
    const positionMs = this.#shown?.positionMs ?? this.#from?.positionMs;
    await this.#change({ isPaused: true, ...positionMs === undefined ? {} : { positionMs } });
    this.#waiting = { patienceMs: this.#patienceMs };
    this.#patienceMs = Math.min(MOST_PATIENCE_MS, 2 * this.#patienceMs);
    await this.#onChanged();
  }

  async #followIfOff(): Promise<void> {
    try {
      await this.#follow({ always: false });
    } catch (error) {
      // The connection is gone: the next leg begins where the others are by then.
      if (!(error instanceof TransportError)) throw error;
    }
  }

  async #follow({ always }: { readonly always: boolean }): Promise<void> {
    const player = this.#player;
    if (player === undefined) return;
    const { view, view: { point } } = this.#party;
    if (point.isPaused) {
      if (!always && this.#held === point.positionMs) return;
      this.#held = point.positionMs;
      return await player.holdAt(point.positionMs);
    }
    const nowMs = this.#clock.monotonicMs();
    if (!always && !this.#isOff(player, view, nowMs)) return;
    this.#held = undefined;
    const atMs = nowMs + this.#leadMs;
    const positionMs = Math.min(player.durationMs, this.#party.positionAt(atMs));
    await player.playFrom({ positionMs, rate: point.rate, atMs });
  }

  /** Whether what is shown is not where the others are, or what should be shown comes too late for it. */
  #isOff(player: Player, { point: { rate } }: PartyView, nowMs: number): boolean {
    const { playback } = player;
    if (this.#held !== undefined || playback.rate !== rate || !playback.isTimed) return true;
    const expected = { atMs: nowMs, positionMs: this.#party.positionAt(nowMs) };
    const isLate = (player.marginMs ?? 0) < 0;
    if (isLate) this.#leadMs = Math.min(MOST_LEAD_MS, 1.5 * this.#leadMs);
    return isLate || Math.abs(playback.offsetMs(expected)) > TOLERANCE_MS;
  }
}

function positionOf({ positionMs, rate, isPaused, localMs }: Wanted, atMs: number): number {
  return isPaused ? positionMs : Math.max(0, positionMs + (atMs - localMs) * rate);
}

/** Who is host, and how many watch. */
export function partyWords({ isHost, account, watchers }: PartyView): string {
  const others = watchers.length === 0
    ? "nobody else is here"
    : watchers.length === 1
    ? "1 watches"
    : `${watchers.length} watch`;
  return isHost ? `you host, ${others}` : `${showName(account)} hosts, ${others}`;
}
