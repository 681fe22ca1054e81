/** Signing in by password or device key, and signing out. */

import { decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import type { AccountId, DeviceId } from "../../base/ids.ts";
import { isDevicePresent, type ProvenLogin, type SignIns } from "../auth/sign_ins.ts";
import { deviceRemoved, endOthers, enter, freshPassword } from "../auth/entry.ts";
import { refuse } from "../../protocol/failure.ts";
import { ready, type Routes } from "../serving/router.ts";
import type { StateOf } from "../sessions/session.ts";
import { sourceNetwork } from "../counters/sign_in_guard.ts";
import { type AccountStore, isClaimed } from "../store/account_store.ts";
import { readDeviceId } from "./registration.ts";
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../../base/clock.ts";
import type { ServerIdentity } from "../config/server_options.ts";
import type { Presence } from "../presence/presence.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { DeviceStore } from "../store/device_store.ts";

/** The text of row S3.07; the same for an unknown name (SR-42). */
const WRONG = "Invalid Password. Please try again";

/** The device that a password sign-in names, if it is one of the account and here. */
async function findPresentDevice(
  services: LoginServices,
  state: StateOf<"stranger">,
  claim: {
    account: ProvenLogin["account"];
    device: string | undefined;
    signature: string | undefined;
  },
): Promise<DeviceId | undefined> {
  if (claim.device === undefined || claim.signature === undefined) return undefined;
  const device = await services.store.findDevice(claim.account.account, readDeviceId(claim.device));
  if (device === undefined) return undefined;
  const signature = decodeBase64(claim.signature);
  const isPresent = await isDevicePresent(services.identity, claim.account, device, {
    handshake: state,
    signature,
  });
  return isPresent ? device.device : undefined;
}

/** What an account answers that has no identity yet: 32 bytes, hex. */
const NO_IDENTITY = "0".repeat(64);

/** What these handlers touch. */
export interface LoginServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly identity: ServerIdentity;
  readonly presence: Presence;
  readonly sessions: Sessions;
  readonly signIns: SignIns;
  readonly store: AccountStore & DeviceStore;
}

/** Rows that make a session one of an account, and end it. */
export const loginRoutes = {
  "login.start": {
    needs: "stranger",
    scope: "never",
    async handle({ services, session, state, fields }) {
      if (state.pending !== undefined) {
        // A new try ends the one before; it stays charged (SR-38).
        services.signIns.abandon(state.pending);
        delete state.pending;
      }
      const started = await services.signIns.start(
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
    scope: "never",
    async handle({ services, session, state, fields }) {
      const { pending } = state;
      if (pending === undefined) {
        throw refuse("bad-message", "Cannot finish: no sign-in was started");
      }
      delete state.pending;
      const proven = await services.signIns.finish(pending, {
        opaque: fields.opaque,
        mac: decodeBase64(fields.mac),
        handshake: state,
      });
      if (proven === undefined) throw refuse("wrong-credentials", WRONG);
      const { account: claimant } = proven;
      const { version, clientNonce, serverNonce } = state;
      const handshake = { version, clientNonce, serverNonce };
      const { device: claimed, signature } = fields;
      const device = await findPresentDevice(services, state, {
        account: claimant,
        device: claimed,
        signature,
      });
      const { account, session: number, highestNumber } = await enter(services, session, {
        account: claimant.account,
        ...(device === undefined ? {} : { device }),
        passwordRecord: claimant.passwordRecord,
        handshake,
        passwordFreshUntilMs: freshPassword(services.clock),
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
          highestNumber,
          revocations: account.revocationSequence,
          failedTries: proven.failedTries,
        },
      };
    },
  },
  "login.device": {
    needs: "stranger",
    scope: "never",
    async handle({ services, session, state, fields }) {
      // Only ever compared with stored ones.
      const accountId = fields.account as AccountId;
      const id = readDeviceId(fields.device);
      const found = await services.store.findEntry({
        account: accountId,
        device: id,
        nowMs: services.clock.nowMs(),
      });
      const { account, device, removed } = found;
      const claimed = device ?? removed;
      const isPresent = account !== undefined && claimed !== undefined &&
        await isDevicePresent(services.identity, account, claimed, {
          handshake: state,
          signature: decodeBase64(fields.signature),
        });
      // Only who proves to be that device is told.
      if (isPresent && removed !== undefined) throw deviceRemoved();
      if (!isPresent || device === undefined) {
        throw refuse("device-refused", "The server does not know this device: sign in again");
      }
      const { version, clientNonce, serverNonce } = state;
      const { session: number, highestNumber } = await enter(services, session, {
        account: account.account,
        device: id,
        handshake: { version, clientNonce, serverNonce },
        passwordFreshUntilMs: 0,
        byKey: { token: fields.token },
      });
      services.signIns.guard.noteOwner(account.account, sourceNetwork(session.address));
      return {
        fields: {
          account: account.account,
          name: account.name,
          identity: account.identity,
          session: number,
          highestNumber,
          revocations: account.revocationSequence,
          failedTries: services.signIns.guard.takeFailures(account.account),
        },
      };
    },
  },
  "login.logout": ready("never", async ({ services, session, state }) => {
    const { account, device } = state;
    await services.store.setSignedIn({ account, device, signedIn: false });
    await endOthers(services, session, { account, device });
    return { fields: {}, closes: "signed-out" };
  }),
} satisfies Partial<Routes<LoginServices>>;
