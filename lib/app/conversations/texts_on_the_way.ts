/** Own texts that were told of and have not arrived: tells how far they have come where nobody else does. */

import type { Client } from "../../client/client.ts";
import type { DeliveryState } from "../../client/sending/sender.ts";
import type { AppEvent } from "../events.ts";

type DeliveryEvent = Extract<AppEvent, { type: "delivery" }>;

/**
 * This process tells each step as it takes it. Another one of the profile tells nothing: when one has written, all that is on
 * the way is asked for, and at no other time, since whoever pipes in thousands has thousands on the way.
 */
export class TextsOnTheWay {
  readonly #client: Pick<Client, "deliveriesOf" | "messenger">;
  /** With how far they had come when that was told. */
  readonly #states = new Map<string, DeliveryState>();
  /** Those that were told last: what became of them meanwhile was told too early. */
  #fresh: string[] = [];
  #foreignVersion = 0;

  constructor(client: Pick<Client, "deliveriesOf" | "messenger">) {
    this.#client = client;
  }

  /** A text was told, as it stood when that began. */
  add(id: string, state: DeliveryState | undefined): void {
    if (state === undefined || isOver(state)) return;
    this.#states.set(id, state);
    this.#fresh.push(id);
  }

  /** This was told of one. */
  told({ id, state }: Pick<DeliveryEvent, "id" | "state">): void {
    if (this.#states.has(id)) this.#follow(id, state);
  }

  /** What is to be told now. */
  look(): readonly DeliveryEvent[] {
    const { messenger } = this.#client;
    const { foreignVersion } = messenger.profile.database;
    const asked = foreignVersion === this.#foreignVersion ? this.#fresh : [...this.#states.keys()];
    this.#foreignVersion = foreignVersion;
    this.#fresh = [];
    const events: DeliveryEvent[] = [];
    for (const [id, state] of this.#client.deliveriesOf(asked)) {
      const before = this.#states.get(id);
      // What was told has arrived since.
      if (before === undefined || before === state) continue;
      this.#follow(id, state);
      if (state === "queued" || state === "sealed") continue;
      const { number } = messenger.history.index.text(id) ?? {};
      events.push({ type: "delivery", id, state, number });
    }
    return events;
  }

  #follow(id: string, state: DeliveryState): void {
    if (isOver(state)) this.#states.delete(id);
    else this.#states.set(id, state);
  }
}

function isOver(state: DeliveryState): boolean {
  return state === "delivered" || state === "failed";
}
