/** Keeps a player where all who watch together are: what the host's keys do becomes the party's, and what the party does the player's. */

import type { Clock } from "../../base/clock.ts";
import { TransportError } from "../../base/errors.ts";
import { showName } from "../../app/names.ts";
import type { PartyPoint } from "../../client/party/party.ts";
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

/** One for all players of a video. */
export class Together implements Steering {
  readonly #party: WatchParty;
  readonly #clock: Clock;
  readonly #onChanged: () => Promise<void>;
  #player: Player | undefined;
  #leadMs: number;
  #held: number | undefined;

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
    return partyWords(this.#party.view);
  }

  /** This one plays from now on; it is brought to where the others are. */
  async beginLeg(player: Player): Promise<void> {
    this.#player = player;
    this.#held = undefined;
    const { isHost, revision } = this.#party.view;
    if (isHost && revision === 0) return await this.#change({ isPaused: false });
    await this.#follow({ always: true });
  }

  /** Follows the party until it is over, for all who watch, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for await (const view of this.#party.views(signal)) {
      if (view.state === "over") return;
      await this.#onChanged();
      await this.#followIfOff();
      // A pause is one only now, and no picture comes that would show it.
      await this.#onChanged();
    }
  }

  /** Looks now and then whether pictures come in time, until the signal aborts. */
  async watchOver(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#clock.sleep(CHECK_MS, { signal });
      await this.#followIfOff();
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
    const { isHost, point } = this.#party.view;
    if (!isHost) return;
    const isPaused = change.isPaused ?? point.isPaused;
    const localMs = this.#clock.monotonicMs() + (isPaused ? 0 : this.#leadMs);
    const positionMs = change.positionMs ?? this.#positionNow(point, localMs);
    await this.#party.say({ rate: point.rate, ...change, isPaused, positionMs, localMs });
    await this.#follow({ always: true });
    await this.#onChanged();
  }

  /** Where a change that moves nothing goes on: for one that was paused and plays again, where it was. */
  #positionNow({ isPaused, positionMs }: PartyPoint, localMs: number): number {
    return isPaused ? positionMs : this.#party.positionAt(localMs);
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

/** Who is host, and how many watch. */
export function partyWords({ isHost, account, watchers }: PartyView): string {
  const others = watchers.length === 0
    ? "nobody else is here"
    : watchers.length === 1
    ? "1 watches"
    : `${watchers.length} watch`;
  return isHost ? `you host, ${others}` : `${showName(account)} hosts, ${others}`;
}
