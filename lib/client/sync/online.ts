/** One live connection of a client: signed in, brought up to date, told of changes. */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal, TransportError, TrustError } from "../../base/errors.ts";
import { beginBroadcasts } from "../announcements/broadcasts.ts";
import { type ClientEvent, tellServerEvents } from "./client_event.ts";
import { SyncEngine } from "./sync_engine.ts";
import type { Messenger } from "../store/messenger.ts";
import { learnOwnRevocations } from "../devices/own_revocations.ts";
import { AccountData } from "../account_data/account_data.ts";
import { noticeRestore } from "../recovery/restored_server.ts";
import { comeBack } from "../recovery/rollback.ts";
import { noticeRollback } from "../sending/flusher.ts";
import { repeatBusy } from "../announcements/public_words.ts";
import { isUnconfirmed, restoreAccount } from "../profile/account_secrets.ts";
import { settleNewDevice } from "../devices/linking.ts";
import { type SignedIn, signInByDevice } from "../account/sign_in.ts";
import type { HandshakeResult } from "../link/handshake.ts";
import type { OnlineLink } from "../sending/online_link.ts";
import { Lease } from "../profile/lease.ts";
import type { Profile } from "../profile/profile.ts";
import type { Link } from "../link/link.ts";

/** What a live connection is made of. */
export interface Online extends OnlineLink {
  readonly syncEngine: SyncEngine;
  readonly accountData: AccountData;
  readonly signedIn: SignedIn;
}

/** After these an account is looked at anew. */
const ANNOUNCED: ReadonlySet<string> = new Set(["identity", "devices", "deleted"]);

/**
 * Signs in by this device's key, unless a sign-in by password did just before (`already`), with the `token` of a bot. Throws Refusal, and TrustError
 * when the server has another identity for this account. Closes the link when it throws.
 */
export async function goOnline(
  messenger: Messenger,
  handshake: HandshakeResult,
  { already, token, tell }: {
    already: SignedIn | undefined;
    token: Bytes | undefined;
    tell: (event: ClientEvent) => void;
  },
): Promise<Online> {
  const { link } = handshake;
  const { profile, directory } = messenger;
  const { own } = profile;
  try {
    const signedIn = already ?? await signIn(messenger, handshake, token);
    requireOwnIdentity(own.identity.key.fingerprint, signedIn);
    const { incarnation } = handshake;
    const accountData = new AccountData(messenger, link);
    // All are asked at once: a trip there and back is long on a slow line. A bot decides nothing, and may not read the pages.
    if (token === undefined) accountData.ask();
    await Promise.all([
      learnOwnRevocations(messenger, link, { ...signedIn, incarnation }),
      learnServerPolicy(messenger, link),
    ]);
    await settleNewDevice(messenger);
    await directory.keep(own.certificate);
    // Either side may have been restored from a copy: both are noticed before anything is sent.
    noticeRollback(messenger, signedIn.highestNumber);
    await noticeRestore(messenger, link, incarnation);
    await comeBack(messenger, link);
    await beginBroadcasts(messenger, link);
    const syncEngine = new SyncEngine(messenger, link);
    tellServerEvents(link, (event) => {
      tell(event);
      if (event.type !== "roster") return;
      for (const { account, change } of event.changes) {
        if (ANNOUNCED.has(change)) syncEngine.announced(account);
      }
    });
    await repeatBusy(profile, link);
    accountData.begin(() => syncEngine.retryHeld());
    if (token === undefined) await accountData.sync();
    return { handshake, link, signedIn, syncEngine, accountData };
  } catch (error) {
    await link.close();
    throw error;
  }
}

async function signIn(
  { profile }: Messenger,
  handshake: HandshakeResult,
  token: Bytes | undefined,
): Promise<SignedIn> {
  try {
    return await signInByDevice(handshake, profile, token);
  } catch (error) {
    // A new device was stored, and the server never took it: the one before is this profile's device still.
    const isRefused = error instanceof Refusal && error.code === "device-refused";
    if (isRefused && isUnconfirmed(profile.database)) restoreAccount(profile.database);
    throw error;
  }
}

function requireOwnIdentity(own: string, { identity }: SignedIn): void {
  if (identity === own) return;
  throw new TrustError(
    "own-identity-changed",
    "The server says that your account has another identity: if you did not reset it, somebody else did",
    { details: { own, server: identity } },
  );
}

// Receiving over a live connection, beside everything else.

/** Another process of the profile receives: how often to look whether it still does. */
const LOOK_MS = 1000;

/**
 * Runs `action` while receiving. `caughtUp` resolves when everything that waited is stored; at once when another process of
 * this profile receives. `signal` aborts when the receiving ends by itself; then this rejects with the reason, unless
 * `action` has its own.
 */
export async function receiveWhile<Result>(
  profile: Profile,
  online: Online,
  action: (caughtUp: Promise<void>, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const { promise: caughtUp, resolve, reject } = Promise.withResolvers<void>();
  // Whoever waits for it sees the failure.
  caughtUp.catch(() => {});
  const options = { signal: stop.signal, onCaughtUp: resolve };
  const receiving = receiveInTurn(profile, online, options).catch((error) => {
    if (stop.signal.aborted) return;
    reject(error);
    stop.abort(error);
  });
  try {
    return await action(caughtUp, stop.signal);
  } finally {
    stop.abort();
    await receiving;
  }
}

/** How long to receive, and who is told. */
export interface ReceiveOptions {
  readonly signal: AbortSignal;
  /** Called each time that nothing waits any more. */
  onCaughtUp(): void;
}

/** Why receiving ended: the connection is gone, another process receives, or took over. */
export type ReceiveEnd = "link-ended" | "elsewhere" | "lease-lost";

/** See `Client.receive`. */
export async function receive(
  profile: Profile,
  { syncEngine }: Online,
  options: ReceiveOptions,
): Promise<ReceiveEnd> {
  using lease = Lease.take(profile.database, "receiver", profile);
  if (lease === undefined) return "elsewhere";
  await syncEngine.receive(lease, options);
  return lease.isHeld ? "link-ended" : "lease-lost";
}

/** Takes turns with the other processes of the profile. Rejects when the link ends, or with what receiving failed of. */
async function receiveInTurn(
  profile: Profile,
  online: Online,
  options: ReceiveOptions,
): Promise<never> {
  while (online.link.isOpen) {
    if (await receive(profile, online, options) !== "elsewhere") continue;
    options.onCaughtUp();
    await profile.clock.sleep(LOOK_MS, options);
  }
  online.link.requireNotDismissed();
  throw new TransportError("offline", "The connection to the server ended");
}

/** Keeps it in the profile. A server that does not know the question says nothing of them. */
async function learnServerPolicy(
  { contacts: { contactStatuses } }: Messenger,
  link: Link,
): Promise<void> {
  contactStatuses.takeServerWord(await askServer(link));
}

async function askServer(link: Link): Promise<"all" | "strangers"> {
  try {
    return (await link.ask("server.policy", {})).fields.requests;
  } catch (error) {
    if (error instanceof Refusal && error.code === "bad-message") return "strangers";
    throw error;
  }
}
