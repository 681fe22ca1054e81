/** What was said in this dialogue, and what became of it. */

import type { EnvelopeId } from "../../base/ids.ts";
import type { MovingTransfer } from "../../app/conversations/cards.ts";
import type { AppEvent } from "../../app/events.ts";
import type { Client } from "../../client/client.ts";
import { ProgressTeller } from "../../app/transfer_progress.ts";
import { quote } from "../../app/talk/change_words.ts";
import { showPeer } from "../../app/names.ts";
import type { Partner } from "./partner.ts";

/** Finds the own text behind a receipt. */
export class DeliveryTracker {
  readonly #client: Client;
  readonly #teller = new ProgressTeller();
  readonly #texts = new Map<string, { readonly to: Partner; readonly text: string }>();

  constructor(client: Client) {
    this.#client = client;
  }

  add(id: EnvelopeId, said: { to: Partner; text: string }): void {
    this.#texts.set(id, said);
  }

  /** What is said of it when the person leaves; undefined when all of it has left. */
  get unsentWords(): string | undefined {
    const { unsentCount } = this;
    if (unsentCount === 0) return undefined;
    const what = unsentCount === 1 ? "1 message is" : `${unsentCount} messages are`;
    return `${what} stored here and will be sent when you are back`;
  }

  /** How much of it has not left yet. */
  get unsentCount(): number {
    const states = [...this.#texts.keys()].map((id) => this.#client.deliveryOf(id));
    return states.filter((state) => state === "queued" || state === "sealed").length;
  }

  /** What is said of a text that has arrived or never will: of failures always, of deliveries when asked for. */
  linesOf(
    { id, state }: Extract<AppEvent, { type: "delivery" }>,
    options: { receipts: boolean },
  ): readonly string[] {
    const said = this.#texts.get(id);
    if (said === undefined || state === "sent") return [];
    this.#texts.delete(id);
    const about = `${showPeer(said.to.peer, said.to.name)}: ${quote(said.text)}`;
    if (state === "failed") return [`* not sent to ${about}`];
    return options.receipts ? [`* delivered to ${about}`] : [];
  }

  /** Lines about files that are on their way: one for each tenth. */
  progressLines(active: readonly MovingTransfer[]): readonly string[] {
    const nowMs = this.#client.clock.monotonicMs();
    return active.map(({ transfer, progress }) => this.#teller.lineOf(transfer, progress, nowMs))
      .filter((line) => line !== undefined).map((line) => `* ${line}`);
  }
}
