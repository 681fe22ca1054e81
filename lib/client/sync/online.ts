/** One live connection of a client: signed in, brought up to date, told of changes. */

import { Refusal, TrustError } from "../../base/errors.ts";
import { beginBroadcasts } from "../announcements/broadcasts.ts";
import { type ClientEvent, tellServerEvents } from "./client_event.ts";
import { SyncEngine } from "./sync_engine.ts";
import type { Messenger } from "../store/messenger.ts";
import { learnOwnRevocations } from "../devices/own_revocations.ts";
import { AccountData } from "../account_data/account_data.ts";
import { noticeRestore } from "../recovery/restored_server.ts";
import { comeBack } from "../recovery/rollback.ts";
import { noticeRollback } from "../sending/lost_keys.ts";
import { repeatBusy } from "../announcements/own_busy.ts";
import { isUnconfirmed, restoreAccount } from "../profile/account_secrets.ts";
import { settleNewDevice } from "../devices/linking.ts";
import { type SignedIn, signInByDevice } from "../account/sign_in.ts";
import type { HandshakeResult } from "../link/handshake.ts";
import type { OnlineLink } from "../sending/online_link.ts";

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
    token: Parameters<typeof signInByDevice>[2];
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
    await learnOwnRevocations(messenger, link, { ...signedIn, incarnation });
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
    const accountData = new AccountData(messenger, link, () => syncEngine.retryHeld());
    // A bot decides nothing, and may not read it.
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
  token: Parameters<typeof signInByDevice>[2],
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
