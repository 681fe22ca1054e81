/** One live connection of a client: signed in, brought up to date, told of changes. */

import { Refusal, TrustError } from "../base/errors.ts";
import { beginBroadcasts } from "./broadcasts/broadcasts.ts";
import { type ClientEvent, tellServerEvents } from "./client_event.ts";
import { Courier } from "./messaging/courier.ts";
import type { Messenger } from "./messaging/messenger.ts";
import { learnOwnRevocations } from "./devices/own_revocations.ts";
import { Notebook } from "./notebook/notebook.ts";
import { noticeSetbacks } from "./messaging/setbacks.ts";
import { repeatBusy } from "./own_busy.ts";
import { isUnconfirmed, restoreAccount } from "./profile/account_secrets.ts";
import { settleNewDevice } from "./devices/interrupted.ts";
import { type SignedIn, signInByDevice } from "./sign_in.ts";

type Greeted = Parameters<typeof signInByDevice>[0];

/** What a live connection is made of. */
export interface Online {
  readonly greeted: Greeted;
  readonly link: Greeted["link"];
  readonly courier: Courier;
  readonly notebook: Notebook;
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
  greeted: Greeted,
  { already, token, tell }: {
    already: SignedIn | undefined;
    token: Parameters<typeof signInByDevice>[2];
    tell: (event: ClientEvent) => void;
  },
): Promise<Online> {
  const { link } = greeted;
  const { profile, directory } = messenger;
  const { own } = profile;
  try {
    const signedIn = already ?? await signIn(messenger, greeted, token);
    requireOwnIdentity(own.identity.key.fingerprint, signedIn);
    const { incarnation } = greeted;
    await learnOwnRevocations(messenger, link, { ...signedIn, incarnation });
    await settleNewDevice(messenger);
    await directory.keep(own.certificate);
    await noticeSetbacks(messenger, link, { ...signedIn, incarnation });
    await beginBroadcasts(messenger, link);
    const courier = new Courier(messenger, link);
    tellServerEvents(link, (event) => {
      tell(event);
      if (event.type !== "roster") return;
      for (const { account, change } of event.changes) {
        if (ANNOUNCED.has(change)) courier.announced(account);
      }
    });
    await repeatBusy(profile, link);
    const notebook = new Notebook(messenger, link, () => courier.retryHeld());
    // A bot decides nothing, and may not read it.
    if (token === undefined) await notebook.sync();
    return { greeted, link, signedIn, courier, notebook };
  } catch (error) {
    await link.close();
    throw error;
  }
}

async function signIn(
  { profile }: Messenger,
  greeted: Greeted,
  token: Parameters<typeof signInByDevice>[2],
): Promise<SignedIn> {
  try {
    return await signInByDevice(greeted, profile, token);
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
