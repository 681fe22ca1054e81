/** What a client says to everyone, and what others say so: signed, sealed for nobody, readable by the server. */

import { type Bytes, utf8 } from "../../base/bytes.ts";
import { Refusal, TransportError, UsageError } from "../../base/errors.ts";
import { type Busy, makeBusy, openBusy } from "../../crypto/statements/busy.ts";
import { readBroadcasts, sayBroadcast } from "./broadcasts.ts";
import type { Link } from "../link/link.ts";
import type { HistoryEntry } from "../store/history.ts";
import type { Messenger } from "../store/messenger.ts";
import { logger } from "../../base/log.ts";
import { MAX_BUSY_TEXT_BYTES } from "../../protocol/hop/roster.ts";
import type { Profile } from "../profile/profile.ts";
import { checkSigned, signerOf } from "../contacts/signed_statement.ts";

/** Broadcasts and busy texts of one client. What needs the server throws TransportError `offline` without a connection. */
export class PublicWords {
  readonly #messenger: Messenger;
  readonly #link: () => Link | undefined;

  /** `link` gives that of the present connection. */
  constructor(
    messenger: Messenger,
    link: () => Link | undefined,
  ) {
    this.#messenger = messenger;
    this.#link = link;
  }

  /** Says a text to everyone on the server (SR-60). Throws UsageError, Refusal. */
  async broadcast(text: string): Promise<HistoryEntry> {
    return await sayBroadcast(this.#messenger, this.#requireLink(), text);
  }

  /** What was broadcast since then, as far as the server still has it, checked. */
  async *broadcastsSince(sinceMs: number): AsyncGenerator<HistoryEntry> {
    yield* readBroadcasts(this.#messenger, this.#requireLink(), sinceMs);
  }

  /** What this person says of being busy; undefined while they are free. */
  ownBusy(): Promise<Busy | undefined> {
    return findOwnBusy(this.#messenger.profile);
  }

  /** This person is busy, or free when `as` is undefined; the server is told now, or at the next sign-in. Throws Refusal. */
  async setBusy(as: BusyChoice | undefined): Promise<void> {
    const { profile } = this.#messenger;
    if (as === undefined) becomeFree(profile);
    else await becomeBusy(profile, as);
    const link = this.#link();
    if (link?.isOpen === true) await announceBusy(profile, link);
  }

  /** What somebody says of being busy, if it is really theirs and not over (SR-61). */
  async readBusy(said: { account: string; statement: Bytes }): Promise<Busy | undefined> {
    return await readBusy(this.#messenger, this.#requireLink(), said);
  }

  #requireLink(): Link {
    const link = this.#link();
    if (link === undefined) throw new TransportError("offline", "Not connected to the server");
    return link;
  }
}

// Being busy (SR-61): kept in the profile, so that it holds over restarts of this program and of the server, and for every
// process of the profile. The server is told what everyone may read.

const log = logger("client", "presence");

const TABLE = "own_busy";
const ROW = "1";

/** How somebody chooses to be busy. */
export interface BusyChoice {
  readonly text: string;
  /** Undefined until further notice. */
  readonly durationMs: number | undefined;
}

/** What this person says of being busy; undefined while they are free. */
async function findOwnBusy(profile: Profile): Promise<Busy | undefined> {
  const { database, vault, clock } = profile;
  const sealed = database.bytes("SELECT sealed FROM own_busy");
  if (sealed === undefined) return undefined;
  const busy = await vault.openValue<Busy>(TABLE, ROW, sealed);
  return isOver(busy, clock.nowMs()) ? undefined : busy;
}

/** From now on this person is busy. Throws UsageError `text-too-long`. The server is told by `announceBusy`. */
async function becomeBusy(
  { database, vault, clock }: Profile,
  { text, durationMs }: BusyChoice,
): Promise<Busy> {
  const size = utf8(text).length;
  if (size > MAX_BUSY_TEXT_BYTES) {
    throw new UsageError(
      "text-too-long",
      `The text is too long: ${size} bytes, limit is ${MAX_BUSY_TEXT_BYTES}`,
    );
  }
  const sinceMs = clock.nowMs();
  const untilMs = durationMs === undefined ? undefined : sinceMs + durationMs;
  const busy: Busy = { sinceMs, untilMs, text };
  const sealed = await vault.sealValue(TABLE, ROW, busy);
  database.command("INSERT OR REPLACE INTO own_busy VALUES (1, ?)").run(sealed);
  return busy;
}

/** From now on this person is free. The server is told by `announceBusy`. */
function becomeFree({ database }: Profile): void {
  database.command("DELETE FROM own_busy").run();
}

/** Tells the server how it stands. Throws Refusal. */
async function announceBusy(profile: Profile, link: Link): Promise<void> {
  const busy = await findOwnBusy(profile);
  const statement = busy && await makeBusy(signerOf(profile.own), busy);
  await link.ask("presence.set", { busy: busy !== undefined }, statement);
}

/** After signing in: a server that was away, or another one, does not know it. Being free need not be said. */
export async function repeatBusy(profile: Profile, link: Link): Promise<void> {
  if (await findOwnBusy(profile) === undefined) return;
  try {
    await announceBusy(profile, link);
  } catch (error) {
    // No reason to stay away.
    if (!(error instanceof Refusal)) throw error;
    log.warn("cannot say that this account is busy", { code: error.code });
  }
}

/**
 * What somebody says of being busy, when that is really theirs and its time is not over. That they are busy at all is the
 * server's word (SR-61).
 */
async function readBusy(
  messenger: Messenger,
  link: Link,
  said: { account: string; statement: Bytes },
): Promise<Busy | undefined> {
  const { own, clock } = messenger.profile;
  const opened = openBusy(said.statement, own.serverId);
  if (!opened.ok || opened.account !== said.account) return undefined;
  const signed = await checkSigned(messenger, link, opened, { meets: false });
  return signed.ok && !isOver(opened.busy, clock.nowMs()) ? opened.busy : undefined;
}

function isOver({ untilMs }: Busy, nowMs: number): boolean {
  return untilMs !== undefined && untilMs <= nowMs;
}
