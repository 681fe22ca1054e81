/** What is said of strangers who are turned away: one line when it begins, then one a minute with their numbers. */

import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { AdmissionControl } from "./admission.ts";

const log = logger("net", "listener");

/** A flood writes so often, whatever its size. */
const SAY_EVERY_MS = 60_000;

/** The counts of one listener. Whoever made it closes it. */
export class TurnedAway {
  readonly #clock: Clock;
  readonly #desk: Pick<AdmissionControl, "displaced" | "refused">;
  readonly #blocked: () => number;
  #overdue = 0;
  #failures = 0;
  #said = 0;
  #cancel: (() => void) | undefined;

  /** `blocked`: how many sources are, now. */
  constructor(
    clock: Clock,
    desk: Pick<AdmissionControl, "displaced" | "refused">,
    blocked: () => number = () => 0,
  ) {
    this.#clock = clock;
    this.#desk = desk;
    this.#blocked = blocked;
  }

  /** Those who were cut at the deadline of their handshake. */
  get overdue(): number {
    return this.#overdue;
  }

  /** One was cut at its deadline. */
  late(): void {
    this.#overdue++;
    this.look();
  }

  /** The system gave no connection. */
  acceptFailed(error: unknown): void {
    this.#failures++;
    this.look(describeError(error));
  }

  /** Says what there is to say, unless that was said less than a minute ago: then at the end of it. */
  look(reason?: string): void {
    if (this.#cancel !== undefined || this.#sum() === this.#said) return;
    this.#say(reason);
    this.#cancel = this.#clock.after(SAY_EVERY_MS, () => {
      this.#cancel = undefined;
      this.look();
    });
  }

  /** Says nothing any more. */
  close(): void {
    this.#cancel?.();
    this.#cancel = () => {};
  }

  #sum(): number {
    return this.#desk.displaced + this.#desk.refused + this.#overdue + this.#failures;
  }

  #say(reason: string | undefined): void {
    this.#said = this.#sum();
    const { displaced, refused } = this.#desk;
    // Numbers since the start, as the metrics have them, and the sources that are blocked now.
    log.warn("strangers turned away", {
      displaced,
      refused,
      overdue: this.#overdue,
      failed: this.#failures,
      blocked: this.#blocked(),
      ...(reason === undefined ? {} : { reason }),
    });
  }
}
