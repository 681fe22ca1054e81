/** What was said in this dialogue, and what became of it. */

import type { EnvelopeId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { ProgressTeller } from "../../app/progress_teller.ts";
import { quote } from "../../app/talk/change_words.ts";
import { showPeer } from "../../app/names.ts";
import type { Partner } from "./partner.ts";

/** Finds the own text behind a receipt. */
export class DeliveryTracker {
  readonly #client: Client;
  readonly #teller = new ProgressTeller();
  readonly #texts = new Map<EnvelopeId, { readonly to: Partner; readonly text: string }>();

  constructor(client: Client) {
    this.#client = client;
  }

  add(id: EnvelopeId, said: { to: Partner; text: string }): void {
    this.#texts.set(id, said);
  }

  /** How much of it has not left yet. */
  get unsentCount(): number {
    const states = [...this.#texts.keys()].map((id) => this.#client.deliveryOf(id));
    return states.filter((state) => state === "queued" || state === "sealed").length;
  }

  /** Lines about what ended since the last call: failures always, deliveries when asked for. */
  takeNews(options: { receipts: boolean }): readonly string[] {
    const lines: string[] = [];
    for (const [id, { to, text }] of this.#texts) {
      const state = this.#client.deliveryOf(id);
      if (state !== "delivered" && state !== "failed") continue;
      this.#texts.delete(id);
      const about = `${showPeer(to.peer, to.name)}: ${quote(text)}`;
      if (state === "failed") lines.push(`* not sent to ${about}`);
      else if (options.receipts) lines.push(`* delivered to ${about}`);
    }
    return lines;
  }

  /** Lines about files that are on their way: one for each tenth. */
  async takeProgress(): Promise<readonly string[]> {
    const { transfers, clock } = this.#client;
    const lines = (await transfers.active()).map((transfer) =>
      this.#teller.lineOf(transfer, transfers.progressOf(transfer.id), clock.monotonicMs())
    );
    return lines.filter((line) => line !== undefined).map((line) => `* ${line}`);
  }
}
