/** All that a client has for direct connections: one UDP port while it runs, the person's settings, and the transports of each link. */

import { Scope } from "../../base/scope.ts";
import { type Messenger, note } from "../store/messenger.ts";
import type { OnlineLink } from "../sending/online_link.ts";
import type { TransportChoice } from "./block_transport.ts";
import type { Transfer } from "./transfer.ts";
import { DirectContacts } from "../contacts/direct_contacts.ts";
import { DirectControlMessages } from "../direct/control_messages.ts";
import { DirectPort } from "../direct/direct_port.ts";
import { DirectTransports } from "./direct_transports.ts";
import { DEFAULT_DIRECT, DirectModes, type DirectSettings } from "../direct/direct_settings.ts";
import { Signaling } from "../direct/signaling.ts";
import { Rendezvous } from "../direct/rendezvous.ts";

/** What runs beside transfers. */
interface DirectContext {
  readonly signal: AbortSignal;
  /** The transfers that are not over. */
  active(): Promise<readonly Transfer[]>;
  /** Has what was written down sent. */
  send(): Promise<void>;
}

type Action = (choice: TransportChoice) => Promise<void>;

/** One for each client; closing it closes the port. */
export class DirectHome implements AsyncDisposable {
  readonly #messenger: Messenger;
  readonly #isLiveRunning: () => boolean;
  /** From the configuration: set before transfers run. */
  settings: DirectSettings = DEFAULT_DIRECT;
  readonly contacts: DirectContacts;
  readonly modes: DirectModes;
  /** A push has one handler, so there is one for each link. */
  readonly #rendezvous = new WeakMap<OnlineLink["link"], Rendezvous>();
  #port: Promise<DirectPort> | undefined;

  /** `onDecided`: the person has said something of a contact. */
  constructor(messenger: Messenger, isLiveRunning: () => boolean, onDecided?: () => void) {
    this.#messenger = messenger;
    this.#isLiveRunning = isLiveRunning;
    const { database } = messenger.profile;
    this.contacts = new DirectContacts(messenger.profile, onDecided);
    this.modes = new DirectModes(database);
  }

  /** Runs `action` with the direct transports of the transfers of one connection. Rejects as `action` does. */
  async beside(online: OnlineLink, surroundings: DirectContext, action: Action): Promise<void> {
    const transports = this.#transports(online, surroundings.send);
    await using scope = new Scope(surroundings.signal);
    scope.run("direct", (stop) => transports.run(surroundings.active, stop));
    await action(transports);
  }

  /** What is said to meet somebody, over one connection. */
  introductions(
    { handshake, link }: Pick<OnlineLink, "handshake" | "link">,
    send: () => Promise<void>,
  ): Signaling {
    const rendezvous = this.#rendezvous.get(link) ??
      new Rendezvous(link, handshake.address.host, this.#messenger.profile.clock);
    this.#rendezvous.set(link, rendezvous);
    return new Signaling({
      messenger: this.#messenger,
      rendezvous,
      typed: this.settings.addresses,
      port: () => this.openPort(),
      send,
    });
  }

  #transports(online: OnlineLink, send: () => Promise<void>): DirectTransports {
    const { profile: { clock, writes } } = this.#messenger;
    const { mode } = this.settings;
    const introductions = this.introductions(online, send);
    return new DirectTransports({
      clock,
      writes,
      controlMessages: new DirectControlMessages(this.#messenger.profile),
      introductions,
      isLiveRunning: this.#isLiveRunning,
      wish: ({ id, peer }) => ({
        mode: this.modes.of(id) ?? mode,
        isAllowed: this.contacts.of(peer) === "allowed",
      }),
      told: async ({ peer }, text) => {
        const conversation = this.#messenger.conversations.openWith(peer)?.conversation;
        await note(this.#messenger, { peer, conversation, code: "direct", text });
      },
    });
  }

  /** Whether a transfer may only go straight, and this person has not let it: it waits for their word. */
  awaitsConsent({ id, peer }: Pick<Transfer, "id" | "peer">): boolean {
    const mode = this.modes.of(id) ?? this.settings.mode;
    return mode === "only" && this.contacts.of(peer) !== "allowed";
  }

  async close(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    await (await port)?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The program's UDP port, opened when it is first asked for. Throws TransportError `no-udp`. */
  async openPort(): Promise<DirectPort> {
    const { profile: { clock, random } } = this.#messenger;
    this.#port ??= DirectPort.open({ clock, random, port: this.settings.port });
    try {
      return await this.#port;
    } catch (error) {
      // Another program may give its port back.
      this.#port = undefined;
      throw error;
    }
  }
}
