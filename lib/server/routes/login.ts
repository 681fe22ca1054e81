/** Signing in by password or device key, and signing out. */

import { decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import type { AccountId, DeviceId } from "../../base/ids.ts";
import { isDevicePresent } from "../device_proof.ts";
import { becomeReady, becomeUnlinked, deviceRemoved, endOthers, freshPassword } from "../entry.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";
import type { Parts } from "../parts.ts";
import type { StateOf } from "../session.ts";
import type { ProvenLogin } from "../sign_ins.ts";
import { sourceNetwork } from "../sign_in_guard.ts";
import { isClaimed } from "../account_store.ts";
import { readDeviceId } from "./registration.ts";

/** The text of row S3.07; the same for an unknown name (SR-42). */
const WRONG = "Invalid Password. Please try again";

/** The device that a password sign-in names, if it is one of the account and here. */
async function findPresentDevice(
  parts: Parts,
  state: StateOf<"stranger">,
  claim: {
    account: ProvenLogin["account"];
    device: string | undefined;
    signature: string | undefined;
  },
) {
  if (claim.device === undefined || claim.signature === undefined) return undefined;
  const device = await parts.store.findDevice(claim.account.account, readDeviceId(claim.device));
  if (device === undefined) return undefined;
  const signature = decodeBase64(claim.signature);
  const isPresent = await isDevicePresent(parts.identity, claim.account, device, {
    greeting: state,
    signature,
  });
  return isPresent ? device : undefined;
}

/** What an account answers that has no identity yet: 32 bytes, hex. */
const NO_IDENTITY = "0".repeat(64);

/** Signs a device in again by password, unless the password changed since it was proven. */
async function signIn(
  parts: Parts,
  account: ProvenLogin["account"],
  device: { readonly account: AccountId; readonly device: DeviceId },
): Promise<void> {
  const { store } = parts;
  const signing = { account: device.account, device: device.device };
  // Together, so that a change of password comes before both, and is seen, or after both, and signs the device out.
  const [, now] = await Promise.all([
    store.setSignedIn({ ...signing, signedIn: true }),
    store.findAccount(account.account),
  ]);
  if (now?.passwordRecord === account.passwordRecord) return;
  await store.setSignedIn({ ...signing, signedIn: false });
  throw refuse("wrong-credentials", "The password was changed: sign in again");
}

/** Rows that make a session one of an account, and end it. */
export const loginRoutes = {
  "login.start": {
    needs: "stranger",
    async handle({ parts, session, state, fields }) {
      if (state.pending !== undefined) {
        // A new try ends the one before; it stays charged (SR-38).
        parts.signIns.abandon(state.pending);
        delete state.pending;
      }
      const started = await parts.signIns.start(
        fields.account,
        sourceNetwork(session.address),
        fields.opaque,
      );
      state.pending = started.pending;
      const { response: opaque, attemptsLeft, lockSeconds } = started;
      return {
        fields: { opaque, attemptsLeft, ...(lockSeconds === undefined ? {} : { lockSeconds }) },
      };
    },
  },
  "login.finish": {
    needs: "stranger",
    async handle({ parts, session, state, fields }) {
      const { pending } = state;
      if (pending === undefined) throw refuse("bad-message", "Cannot finish: no sign-in was begun");
      delete state.pending;
      const proven = await parts.signIns.finish(pending, {
        opaque: fields.opaque,
        mac: decodeBase64(fields.mac),
        greeting: state,
      });
      if (proven === undefined) throw refuse("wrong-credentials", WRONG);
      const { account } = proven;
      const { version, clientNonce, serverNonce } = state;
      const greeting = { version, clientNonce, serverNonce };
      const { device: claimed, signature } = fields;
      const device = await findPresentDevice(parts, state, { account, device: claimed, signature });
      if (device !== undefined) await signIn(parts, account, device);
      const number = device === undefined
        ? await becomeUnlinked(parts, session, { account, greeting })
        : await becomeReady(parts, session, {
          account,
          device: device.device,
          greeting,
          passwordFreshUntilMs: freshPassword(parts.clock),
        });
      return {
        fields: {
          mac: encodeBase64(proven.mac),
          account: account.account,
          name: account.name,
          linked: device !== undefined,
          identity: isClaimed(account) ? account.identity : NO_IDENTITY,
          ...(isClaimed(account) ? {} : { unclaimed: true }),
          ...(account.isImported ? { imported: true } : {}),
          session: number,
          highestNumber: device === undefined ? 0 : await parts.store.highestNumber(device.device),
          revocations: account.revocationSequence,
          failedTries: proven.failedTries,
        },
      };
    },
  },
  "login.device": {
    needs: "stranger",
    async handle({ parts, session, state, fields }) {
      // Only ever compared with stored ones.
      const accountId = fields.account as AccountId;
      const account = await parts.store.findAccount(accountId);
      const id = readDeviceId(fields.device);
      const device = await parts.store.findDevice(accountId, id);
      const removed = device === undefined
        ? await parts.store.findRemovedDevice(accountId, id)
        : undefined;
      const claimed = device ?? removed;
      const isPresent = account !== undefined && claimed !== undefined &&
        await isDevicePresent(parts.identity, account, claimed, {
          greeting: state,
          signature: decodeBase64(fields.signature),
        });
      // Only who proves to be that device is told.
      if (isPresent && removed !== undefined) throw deviceRemoved();
      if (!isPresent || device === undefined) {
        throw refuse("device-refused", "The server does not know this device: sign in again");
      }
      const { version, clientNonce, serverNonce } = state;
      const number = await becomeReady(parts, session, {
        account,
        device: device.device,
        greeting: { version, clientNonce, serverNonce },
        passwordFreshUntilMs: 0,
        byKey: { token: fields.token },
      });
      return {
        fields: {
          account: account.account,
          name: account.name,
          identity: account.identity,
          session: number,
          highestNumber: await parts.store.highestNumber(device.device),
          revocations: account.revocationSequence,
          failedTries: parts.signIns.takeFailures(account.account),
        },
      };
    },
  },
  "login.logout": {
    needs: "ready",
    async handle({ parts, session, state }) {
      const { account, device } = state;
      await parts.store.setSignedIn({ account, device, signedIn: false });
      endOthers(parts, session, { account, device });
      return { fields: {}, closes: "signed-out" };
    },
  },
} satisfies Partial<Routes>;
