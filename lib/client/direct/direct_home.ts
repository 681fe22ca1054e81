/** All that a client has for direct connections: one UDP port while it runs, the person's settings, and the roads of each link. */

import type { Messenger } from "../messaging/messenger.ts";
import type { Online } from "../online.ts";
import { DirectContacts } from "./direct_contacts.ts";
import { DirectPort } from "./direct_port.ts";
import { DirectRoads } from "./direct_roads.ts";
import { DEFAULT_DIRECT, DirectModes, type DirectSettings } from "./direct_settings.ts";
import { Introductions } from "./introductions.ts";
import { Rendezvous } from "./rendezvous.ts";

/** One for each client; closing it closes the port. */
export class DirectHome implements AsyncDisposable {
  /** From the configuration: set before transfers run. */
  settings: DirectSettings = DEFAULT_DIRECT;
  readonly contacts: DirectContacts;
  readonly modes: DirectModes;
  readonly #messenger: Messenger;
  #port: Promise<DirectPort> | undefined;

  constructor(messenger: Messenger) {
    const { database } = messenger.profile;
    this.#messenger = messenger;
    this.contacts = new DirectContacts(database);
    this.modes = new DirectModes(database);
  }

  /** For the transfers of one connection. `send`: has what was written down sent. */
  roads(
    { greeted, link }: Pick<Online, "greeted" | "link">,
    send: () => Promise<void>,
  ): DirectRoads {
    const { profile: { clock } } = this.#messenger;
    const { mode, addresses } = this.settings;
    const introductions = new Introductions({
      messenger: this.#messenger,
      rendezvous: new Rendezvous(link, greeted.address.host, clock),
      typed: addresses,
      port: () => this.openPort(),
      send,
    });
    return new DirectRoads({ messenger: this.#messenger, introductions, mode, send });
  }

  /** Who was turned away, for those who ask; undefined while no port is open. */
  async turnedAway(): Promise<DirectPort["turnedAway"] | undefined> {
    return (await this.#port)?.turnedAway;
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
    this.#port ??= DirectPort.open({ clock, random });
    try {
      return await this.#port;
    } catch (error) {
      // Another program may give its port back.
      this.#port = undefined;
      throw error;
    }
  }
}
