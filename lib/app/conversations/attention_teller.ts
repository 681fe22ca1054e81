/** Tells others what the person has seen, and the front end what others have seen and who types: as far as the person takes part. */

import type { Peer } from "../../base/ids.ts";
import { tellSeen, tellTyping } from "../../client/attention/tell_attention.ts";
import type { Client } from "../../client/client.ts";
import type { AppEvent } from "../events.ts";

type AttentionEvent = Extract<AppEvent, { type: "seen" | "typing" }>;

/** Knows what was told. */
export class AttentionTeller {
  readonly #client: Client;
  readonly #send: () => void;
  #seen = "[]";
  #typing = "[]";
  #nextMs = Infinity;

  /** `send` has sent what was written down. */
  constructor(client: Client, send: () => void) {
    this.#client = client;
    this.#send = send;
  }

  /** How soon to look again, though nothing is written. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** What is to be told now. */
  async look(): Promise<readonly AttentionEvent[]> {
    const { messenger, messenger: { attention }, clock, isOnline } = this.#client;
    const { isSent, againMs } = isOnline
      ? await tellSeen(messenger)
      : { isSent: false, againMs: Infinity };
    if (isSent) this.#send();
    const nowMs = clock.nowMs();
    const typing = attention.typing(nowMs);
    this.#nextMs = Math.min(againMs, ...typing.map(({ untilMs }) => untilMs - nowMs));
    const events: AttentionEvent[] = [];
    const [seen, types] = [
      attention.seen(),
      typing.map(({ peer, account }) => ({ peer, account })),
    ];
    if (JSON.stringify(seen) !== this.#seen) events.push({ type: "seen", marks: seen });
    if (JSON.stringify(types) !== this.#typing) events.push({ type: "typing", now: types });
    this.#seen = JSON.stringify(seen);
    this.#typing = JSON.stringify(types);
    return events;
  }

  /** The person types a text in a conversation; `isAnybodyThere`: somebody else of it is online. */
  async types(peer: Peer, isAnybodyThere: boolean): Promise<void> {
    const { messenger, isOnline } = this.#client;
    // What nobody would see in time would wait for them at the server.
    if (!isOnline || !isAnybodyThere) return;
    if (await tellTyping(messenger, peer)) this.#send();
  }
}
