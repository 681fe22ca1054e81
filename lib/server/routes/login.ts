/** Signing in by password or device key, linking a device, changing password or identity, signing out. */

import { decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import type { DeviceId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { bindingMac, verifyBindingMac } from "../../crypto/channel_binding.ts";
import { verifyDeviceCertificate } from "../../crypto/device_certificate.ts";
import { verifySignIn } from "../../crypto/sign_in.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../protocol/limits.ts";
import { splitSections } from "../../protocol/sections.ts";
import { refuse, type Routes } from "../router.ts";
import type { Parts } from "../parts.ts";
import type { Greeting, Session, StateOf } from "../session.ts";
import { sourceNetwork } from "../sign_in_guard.ts";
import type { Account } from "../store.ts";
import { readDeviceId } from "./registration.ts";

const log = logger("server", "login");

const WRONG = "Invalid Password. Please try again";

function greeting({ version, clientNonce, serverNonce }: Greeting): Greeting {
  return { version, clientNonce, serverNonce };
}

/** Makes the session ready: bigger packets, presence, last seen. */
async function becomeReady(
  parts: Parts,
  session: Session,
  ready: { account: Account; device: DeviceId; greeting: Greeting; passwordFresh: boolean },
): Promise<number> {
  const { account, device } = ready;
  const sessionNumber = parts.presence.nextSessionNumber();
  const conversations = await parts.store.listConversations({ account: account.account, device });
  await parts.store.setLastSeen({ account: account.account, device, nowMs: parts.clock.nowMs() });
  session.state = {
    name: "ready",
    ...ready.greeting,
    account: account.account,
    accountName: account.name,
    device,
    sessionNumber,
    passwordFresh: ready.passwordFresh,
  };
  session.connection.setLimits(SIGNED_IN_PACKET_LIMITS);
  parts.presence.join(session, account.account, {
    name: account.name,
    identity: account.identity,
    peers: new Set(conversations.map(({ peer }) => peer)),
  });
  log.info("auth.ok", { session: sessionNumber, account: account.account });
  return sessionNumber;
}

/** Ends the connections of an account, all but one. */
function endOthers(parts: Parts, session: Session, account: Account["account"]): void {
  for (const other of [...parts.presence.sessionsOf(account)]) {
    if (other !== session) other.connection.close("signed-out");
  }
}

export const loginRoutes = {
  "login.start": {
    needs: "stranger",
    async handle({ parts, session, state, fields }) {
      if (state.pending !== undefined) {
        // A new try ends the one before; it stays charged (SR-38).
        parts.accounts.settle(state.pending, false);
        delete state.pending;
      }
      const started = await parts.accounts.startLogin(
        fields.account,
        sourceNetwork(session.address),
        fields.opaque,
      );
      state.pending = started.pending;
      return { fields: { opaque: started.response, attemptsLeft: started.attemptsLeft } };
    },
  },
  "login.finish": {
    needs: "stranger",
    async handle({ parts, session, state, fields }) {
      const { pending } = state;
      if (pending === undefined) throw refuse("bad-message", "Cannot finish: no sign-in was begun");
      delete state.pending;
      const sessionKey = parts.accounts.finishLogin(pending, fields.opaque);
      const account = sessionKey === undefined
        ? undefined
        : await parts.store.findAccount(pending.account);
      const facts = {
        clientNonce: state.clientNonce,
        serverNonce: state.serverNonce,
        caFingerprint: parts.identity.caFingerprint,
        accountId: pending.account,
        protocolVersion: state.version,
      };
      const mac = decodeBase64(fields.mac);
      if (
        sessionKey === undefined || account === undefined || mac === undefined ||
        !await verifyBindingMac(sessionKey, "client", { facts, mac })
      ) {
        parts.accounts.settle(pending, false);
        log.info("auth.fail", { account: pending.account });
        throw refuse("wrong-credentials", WRONG);
      }
      const failedTries = parts.accounts.settle(pending, true);
      const device = fields.device === undefined
        ? undefined
        : await parts.store.findDevice(account.account, readDeviceId(fields.device));
      let number: number;
      if (device === undefined) {
        number = parts.presence.nextSessionNumber();
        session.state = {
          name: "unlinked",
          ...greeting(state),
          account: account.account,
          accountName: account.name,
          sessionNumber: number,
          passwordFresh: true,
        };
        session.connection.setLimits(SIGNED_IN_PACKET_LIMITS);
      } else {
        await parts.store.setSignedIn({ ...device, signedIn: true });
        number = await becomeReady(parts, session, {
          account,
          device: device.device,
          greeting: greeting(state),
          passwordFresh: true,
        });
      }
      return {
        fields: {
          mac: encodeBase64(await bindingMac(sessionKey, "server", facts)),
          account: account.account,
          name: account.name,
          linked: device !== undefined,
          identity: account.identity,
          session: number,
          highestNumber: device === undefined ? 0 : await parts.store.highestNumber(device.device),
          failedTries,
        },
      };
    },
  },
  "login.device": {
    needs: "stranger",
    async handle({ parts, session, state, fields }) {
      const deviceId = readDeviceId(fields.device);
      const signature = decodeBase64(fields.signature);
      // Only ever compared with stored ones.
      const accountId = fields.account as Account["account"];
      const account = await parts.store.findAccount(accountId);
      const device = await parts.store.findDevice(accountId, deviceId);
      const verified = device === undefined
        ? undefined
        : await verifyDeviceCertificate(device.certificate, parts.identity.serverId);
      const good = verified?.ok === true && signature !== undefined &&
        await verifySignIn(verified.certificate.statementKey, {
          serverId: parts.identity.serverId,
          caFingerprint: parts.identity.caFingerprint,
          serverNonce: state.serverNonce,
          clientNonce: state.clientNonce,
          accountId,
          deviceId,
        }, signature);
      if (account === undefined || device === undefined || !good) {
        throw refuse("device-refused", "The server does not know this device: sign in again");
      }
      if (!device.signedIn) {
        throw refuse("not-signed-in", "This device was signed out: sign in with the password");
      }
      const number = await becomeReady(parts, session, {
        account,
        device: deviceId,
        greeting: greeting(state),
        passwordFresh: false,
      });
      return {
        fields: {
          account: account.account,
          name: account.name,
          identity: account.identity,
          session: number,
          highestNumber: await parts.store.highestNumber(deviceId),
          failedTries: parts.accounts.takeFailures(account.account),
        },
      };
    },
  },
  "login.recovery-fetch": {
    needs: "unlinked",
    async handle({ parts, state }) {
      const copy = await parts.store.findRecoveryCopy(state.account);
      if (copy === undefined) throw refuse("unknown-account", "There is no recovery copy");
      return { fields: {}, payload: copy };
    },
  },
  "login.link-device": {
    needs: "unlinked",
    async handle({ parts, session, state, fields, payload }) {
      const account = await existing(parts, state);
      const device = await parts.accounts.checkDevice({
        account: account.account,
        device: readDeviceId(fields.device),
        identity: account.identity,
      }, payload);
      const nowMs = parts.clock.nowMs();
      await parts.store.addDevice({ account: account.account, device, nowMs });
      await becomeReady(parts, session, {
        account,
        device: device.device,
        greeting: greeting(state),
        passwordFresh: true,
      });
      return { fields: { highestNumber: await parts.store.highestNumber(device.device) } };
    },
  },
  "login.reset-identity": {
    needs: "unlinked",
    async handle({ parts, session, state, fields, payload }) {
      if (!state.passwordFresh) throw notFresh();
      const [rosterEntry, certificate, recoveryCopy, rotation] = splitSections(
        payload,
        fields.sizes,
        4,
      );
      const owner = {
        account: state.account,
        name: state.accountName,
        device: readDeviceId(fields.device),
      };
      const { identity, firstDevice } = await parts.accounts.checkCredentials(owner, {
        rosterEntry,
        certificate,
      });
      await parts.store.replaceIdentity({
        account: state.account,
        identity,
        rosterEntry,
        recoveryCopy,
        rotation: rotation.length === 0 ? undefined : rotation,
        device: firstDevice,
        nowMs: parts.clock.nowMs(),
      });
      endOthers(parts, session, state.account);
      await becomeReady(parts, session, {
        account: await existing(parts, state),
        device: owner.device,
        greeting: greeting(state),
        passwordFresh: true,
      });
      parts.presence.announce(state.account, { name: owner.name, identity }, "identity");
      return { fields: {} };
    },
  },
  "login.password-start": {
    needs: "ready",
    handle({ parts, state, fields }) {
      if (!state.passwordFresh) throw notFresh();
      return {
        fields: { opaque: parts.accounts.registrationResponse(state.account, fields.opaque) },
      };
    },
  },
  "login.password-finish": {
    needs: "ready",
    async handle({ parts, session, state, fields }) {
      if (!state.passwordFresh) throw notFresh();
      await parts.store.replacePassword({
        account: state.account,
        passwordRecord: fields.record,
        keepDevice: state.device,
      });
      endOthers(parts, session, state.account);
      return { fields: {} };
    },
  },
  "login.logout": {
    needs: "ready",
    async handle({ parts, state }) {
      const { account, device } = state;
      await parts.store.setSignedIn({ account, device, signedIn: false });
      return { fields: {} };
    },
  },
} satisfies Partial<Routes>;

function notFresh() {
  return refuse("password-not-fresh", "Sign in with the password first: this changes the account");
}

async function existing(
  parts: Parts,
  state: StateOf<"unlinked"> | StateOf<"ready">,
): Promise<Account> {
  const account = await parts.store.findAccount(state.account);
  if (account === undefined) throw refuse("unknown-account", "This account is gone");
  return account;
}
