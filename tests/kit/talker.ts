/** A person who writes over TCP, whose program lives on while servers and connections come and go; what they see is for `checkHistory`. */

import { systemClock } from "../../lib/base/clock.ts";
import { Refusal, TransportError } from "../../lib/base/errors.ts";
import type { Peer } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { Client } from "../../lib/client/client.ts";
import { performHandshake } from "../../lib/client/link/handshake.ts";
import { KnownServers } from "../../lib/client/link/known_servers.ts";
import { refillKeyPackages } from "../../lib/client/groups/key_packages.ts";
import { ProfileKeeper } from "../../lib/client/profile/keeper.ts";
import { isPassingFailure } from "../../lib/protocol/failure.ts";
import type { HistoryEvent } from "./history_checker.ts";

/** Between two tries to reach a server that is gone: it takes half a second to come back. */
const RETRY_MS = 50;
/** Where somebody connects to each time, and what is written down. */
export interface TalkerParts {
  readonly port: () => number;
  readonly events: HistoryEvent[];
  /** Also go on after refusals of a server that has no room or no database. */
  readonly toleratesRefusals?: boolean;
}

/** Closing it closes the profile. */
export class Talker implements AsyncDisposable {
  readonly name: string;
  readonly #profile: string;
  readonly #parts: TalkerParts;
  readonly #unacknowledged = new Map<string, string>();
  #opened: { readonly keeper: ProfileKeeper; readonly client: Client };
  #count = 0;

  private constructor(
    { name, profile, parts }: { name: string; profile: string; parts: TalkerParts },
    opened: { keeper: ProfileKeeper; client: Client },
  ) {
    this.name = name;
    this.#profile = profile;
    this.#parts = parts;
    this.#opened = opened;
  }

  static async open(profile: string, name: string, parts: TalkerParts): Promise<Talker> {
    return new Talker({ name, profile, parts }, await openProfile(profile));
  }

  get client(): Client {
    return this.#opened.client;
  }

  /** As the next start of the program after an end at any moment. */
  async restart(): Promise<void> {
    await this.#close();
    this.#opened = await openProfile(this.#profile);
  }

  /** Writes a text that nobody wrote before. Returns its id. */
  async say(to: Peer): Promise<{ readonly text: string; readonly id: string }> {
    const text = `${this.name} ${++this.#count}`;
    this.#parts.events.push({ type: "said", by: this.name, to, text });
    const id = await this.client.write(to, text);
    this.#unacknowledged.set(id, text);
    return { text, id };
  }

  async flush(): Promise<void> {
    await this.client.flush();
    this.noteAcknowledged();
  }

  noteAcknowledged(): void {
    for (const [id, text] of this.#unacknowledged) {
      const state = this.client.deliveryOf(id);
      if (state !== "sent" && state !== "delivered") continue;
      this.#unacknowledged.delete(id);
      this.#parts.events.push({ type: "acknowledged", by: this.name, text });
    }
  }

  /** Sends and takes up what waits. */
  async settle(): Promise<void> {
    for (let isDone = false; !isDone;) {
      isDone = await this.tolerate(async () => {
        await this.flush();
        await this.client.sync();
      });
    }
  }

  /** Writes down what this person was shown. `to`: what a conversation is called in the events. */
  async readAll(to: (peer: Peer) => string): Promise<void> {
    for (const entry of await this.client.messenger.history.after(0)) {
      const { kind, own, from: by, text, peer, isToldAgain } = entry;
      if (kind !== "text" || own) continue;
      const shown = { type: "shown", at: this.name, by, to: to(peer), text } as const;
      this.#parts.events.push(isToldAgain === true ? { ...shown, isToldAgain } : shown);
    }
  }

  /** Does what needs a connection; false when there was none, after a pause. */
  async tolerate(action: () => Promise<void>): Promise<boolean> {
    try {
      if (!this.client.isOnline) await this.connect();
      await action();
      return true;
    } catch (error) {
      if (!this.#mayHappen(error)) throw error;
      await systemClock.sleep(RETRY_MS);
      return false;
    }
  }

  async connect(): Promise<void> {
    const { client } = this;
    const { profile } = client;
    await client.close();
    const handshake = await performHandshake({ host: "127.0.0.1", port: this.#parts.port() }, {
      known: new KnownServers(profile.database, systemClock),
      trust: { kind: "none" },
      tls: "off",
      clock: systemClock,
      random: systemRandom,
    });
    await client.connect(handshake);
    await refillKeyPackages(profile, client.link, { atMost: 6 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #mayHappen(error: unknown): boolean {
    if (error instanceof TransportError) return true;
    return this.#parts.toleratesRefusals === true && error instanceof Refusal &&
      isPassingFailure(error.code);
  }

  async #close(): Promise<void> {
    await this.client.close();
    this.#opened.keeper.close();
  }
}

async function openProfile(profile: string) {
  const keeper = await ProfileKeeper.open(profile, { clock: systemClock, random: systemRandom });
  return { keeper, client: new Client(await keeper.unlock()) };
}
