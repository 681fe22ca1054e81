/**
 * Brings about direct connections for one stream, for as long as it runs: the sender proposes them once somebody watches, the
 * watcher agrees. As with files, nobody's address is told before both persons said so.
 */

import type { AccountId, StreamId } from "../../base/ids.ts";
import { describeError, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import { DirectLine } from "../direct/direct_line.ts";
import type { P2pMode } from "../direct/direct_settings.ts";
import { DIRECT_REFUSED, type Signal, type Signaling } from "../direct/signaling.ts";
import type { StreamHost } from "./stream_host.ts";

const log = logger("client", "streams");

/** How often to look what was said. */
const LOOK_MS = 200;
/** From one try to the next; twice as long each time. */
const RETRY_MS = 5_000;
const RETRY_MAX_MS = 160_000;

/** Why there is no direct connection: the other person has not allowed it, or they cannot be reached. */
export type NoMeeting = "refused" | "no-way";

/** Of one end of a stream. */
export interface DirectMeetingsOptions {
  readonly host: StreamHost;
  readonly beside: NonNullable<StreamHost["beside"]>;
  readonly stream: { readonly id: StreamId; readonly peer: AccountId };
  readonly mode: P2pMode;
  /** Whether there is somebody to propose it to; false at the watcher, who only agrees. */
  readonly proposes: () => boolean;
  /** Uses a connection until it has ended. Whoever calls it closes that. */
  readonly use: (line: DirectLine) => Promise<void>;
  readonly failed: (why: NoMeeting) => Promise<void>;
}

/** Used once. */
export class DirectMeetings {
  readonly #options: DirectMeetingsOptions;
  #introductions: { readonly link: unknown; readonly made: Signaling } | undefined;
  #isBusy = false;
  #isRefused = false;
  #nextMs = 0;
  #tries = 0;

  constructor(options: DirectMeetingsOptions) {
    this.#options = options;
  }

  /** Works until `signal` aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<void> {
    await using scope = new Scope(signal);
    for (;;) {
      await this.#clock.sleep(LOOK_MS, { signal });
      try {
        await this.#look(scope);
      } catch (error) {
        signal.throwIfAborted();
        // The connection that it is agreed over is gone, e.g.: looked at anew.
        log.info("direct way not looked after", { reason: describeError(error) });
      }
    }
  }

  get #clock() {
    return this.#options.host.messenger.profile.clock;
  }

  get #isWanted(): boolean {
    const { beside: { direct }, stream: { peer }, mode } = this.#options;
    return mode !== "never" && direct.contacts.of(peer) === "allowed";
  }

  async #look(scope: Scope): Promise<void> {
    const { host, beside, stream, proposes } = this.#options;
    if (!host.isOnline) return;
    for (const controlMessage of await beside.controlMessages.take(stream.id)) {
      if (controlMessage.kind === "direct.answer") this.#over().answered(controlMessage);
      else if (!this.#isWanted) await this.#over().refuse(stream, controlMessage);
      else if (!this.#isBusy) this.#meet(scope, this.#over().answer(stream, controlMessage));
    }
    const isDue = !this.#isBusy && !this.#isRefused && this.#clock.monotonicMs() >= this.#nextMs;
    if (isDue && proposes() && this.#isWanted) this.#meet(scope, this.#over().offer(stream));
  }

  /** Of the present connection: an answer is heard by who has asked over it. */
  #over(): Signaling {
    const { host: { link }, beside } = this.#options;
    if (this.#introductions?.link !== link) {
      this.#introductions = { link, made: beside.introductions() };
    }
    return this.#introductions.made;
  }

  #meet(scope: Scope, introduction: Signal): void {
    this.#isBusy = true;
    this.#tries++;
    scope.run("meet", async (signal) => {
      try {
        const peer = await introduction.meet(signal);
        await using line = new DirectLine(peer, this.#clock);
        const onAbort = () => void line.close();
        signal.addEventListener("abort", onAbort, { once: true });
        if (signal.aborted) onAbort();
        this.#tries = 0;
        log.info("direct connection", { host: peer.remote.host });
        await this.#options.use(line);
        signal.removeEventListener("abort", onAbort);
      } catch (error) {
        if (!signal.aborted) await this.#failed(error);
      } finally {
        this.#nextMs = this.#clock.monotonicMs() +
          Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** this.#tries);
        this.#isBusy = false;
      }
    });
  }

  async #failed(error: unknown): Promise<void> {
    log.info("no direct connection", { reason: describeError(error) });
    this.#isRefused = error instanceof TransportError && error.code === DIRECT_REFUSED;
    if (this.#tries === 1) await this.#options.failed(this.#isRefused ? "refused" : "no-way");
  }
}

/** The direct connection of a stream, for it and for its sound: one after the other. */
export class SharedLines {
  readonly #users = new Set<(line: DirectLine) => Promise<void>>();
  #line: DirectLine | undefined;

  /** Each line from now on is given to `use`, the present one too, until it has ended. Returns what ends that. */
  add(use: (line: DirectLine) => Promise<void>): () => void {
    this.#users.add(use);
    // Whoever uses it sees its end.
    if (this.#line !== undefined) void use(this.#line);
    return () => void this.#users.delete(use);
  }

  /** Resolves when the line has ended for all. */
  async use(line: DirectLine): Promise<void> {
    this.#line = line;
    await Promise.all([...this.#users].map((use) => use(line)));
    await line.closed;
    this.#line = undefined;
  }
}
