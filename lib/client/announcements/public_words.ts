/** What a client says to everyone, and what others say so: signed, sealed for nobody, readable by the server. */

import type { Bytes } from "../../base/bytes.ts";
import { TransportError } from "../../base/errors.ts";
import type { Busy } from "../../crypto/busy.ts";
import { readBroadcasts, sayBroadcast } from "./broadcasts.ts";
import type { Link } from "../link/link.ts";
import type { HistoryEntry } from "../store/history.ts";
import type { Messenger } from "../store/messenger.ts";
import {
  announceBusy,
  becomeBusy,
  becomeFree,
  type BusyChoice,
  findOwnBusy,
  readBusy,
} from "./own_busy.ts";

/** Broadcasts and busy texts of one client. What needs the server throws TransportError `offline` without a connection. */
export class PublicWords {
  /** `link` gives that of the present connection. */
  constructor(
    private readonly messenger: Messenger,
    private readonly link: () => Link | undefined,
  ) {}

  /** Says a text to everyone on the server (SR-60). Throws UsageError, Refusal. */
  async broadcast(text: string): Promise<HistoryEntry> {
    return await sayBroadcast(this.messenger, this.#requireLink(), text);
  }

  /** What was broadcast since then, as far as the server still has it, checked. */
  async *broadcastsSince(sinceMs: number): AsyncGenerator<HistoryEntry> {
    yield* readBroadcasts(this.messenger, this.#requireLink(), sinceMs);
  }

  /** What this person says of being busy; undefined while they are free. */
  ownBusy(): Promise<Busy | undefined> {
    return findOwnBusy(this.messenger.profile);
  }

  /** This person is busy, or free when `as` is undefined; the server is told now, or at the next sign-in. Throws Refusal. */
  async setBusy(as: BusyChoice | undefined): Promise<void> {
    const { profile } = this.messenger;
    if (as === undefined) becomeFree(profile);
    else await becomeBusy(profile, as);
    const link = this.link();
    if (link?.isOpen === true) await announceBusy(profile, link);
  }

  /** What somebody says of being busy, if it is really theirs and not over (SR-61). */
  async readBusy(said: { account: string; statement: Bytes }): Promise<Busy | undefined> {
    return await readBusy(this.messenger, this.#requireLink(), said);
  }

  #requireLink(): Link {
    const link = this.link();
    if (link === undefined) throw new TransportError("offline", "Not connected to the server");
    return link;
  }
}
