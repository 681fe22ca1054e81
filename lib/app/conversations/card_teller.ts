/** Tells how the cards go on: files on their way and live streams, whichever process of the profile moves them. */

import type { StreamId, TransferId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { streamsOf } from "../../client/client_streams.ts";
import type { AppEvent } from "../events.ts";
import { movingOf } from "./card_reader.ts";
import {
  type Card,
  type CardId,
  type MovingTransfer,
  type StreamCard,
  streamCard,
} from "./cards.ts";

/** How often to tell how far files are that move. */
const MOVING_MS = 500;
/** Older streams do not change any more. */
const LOOKED_AT = 20;

type CardEvent = Extract<AppEvent, { type: "transfers" | "streams" }>;

/** Knows what was told. */
export class CardTeller {
  readonly #client: Client;
  /** Transfers that were told and were not over. */
  #active: ReadonlySet<TransferId> = new Set();
  #areFilesMoving = false;
  readonly #streams = new Map<StreamId, string>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** These were told with an entry: what ends them is told too. */
  told(cards: ReadonlyMap<CardId, Card>): void {
    const told = [...cards.values()].flatMap((card) => card.kind === "files" ? card.transfers : []);
    this.#active = new Set([...this.#active, ...told.map(({ transfer }) => transfer.id)]);
  }

  /** How soon to look again, though nothing is written. */
  get nextMs(): number {
    return this.#areFilesMoving ? MOVING_MS : Infinity;
  }

  /** What is to be told now. */
  async look(): Promise<readonly CardEvent[]> {
    return [...await this.#lookAtFiles(), ...await this.#lookAtStreams()];
  }

  async #lookAtFiles(): Promise<readonly CardEvent[]> {
    const { transfers, isOnline } = this.#client;
    const active = (await transfers.active()).map((one) => movingOf(this.#client, one));
    const now = new Set(active.map(({ transfer }) => transfer.id));
    const ended: MovingTransfer[] = [];
    for (const id of this.#active.difference(now)) {
      const transfer = await transfers.find(id);
      if (transfer !== undefined) ended.push(movingOf(this.#client, transfer));
    }
    this.#active = now;
    // Where another process moves them, it writes down how far it is, which wakes; without a connection nothing moves.
    this.#areFilesMoving = isOnline &&
      active.some(({ transfer: { state }, progress }) =>
        progress !== undefined && (state.state === "uploading" || state.state === "receiving")
      );
    if (active.length === 0 && ended.length === 0) return [];
    return [{ type: "transfers", active, ended }];
  }

  async #lookAtStreams(): Promise<readonly CardEvent[]> {
    const { clock, live } = this.#client;
    const nowMs = clock.nowMs();
    const streams: StreamCard[] = [];
    for (const stream of await streamsOf(this.#client).newest(LOOKED_AT)) {
      const card = streamCard(stream, live.of(stream.id), nowMs);
      const now = JSON.stringify([stream.state, stream.ended, card.live, card.isLate]);
      if (this.#streams.get(stream.id) === now) continue;
      this.#streams.set(stream.id, now);
      streams.push(card);
    }
    return streams.length === 0 ? [] : [{ type: "streams", streams }];
  }
}
