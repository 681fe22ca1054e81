/** Changes of an account: linking a device, recovering, a new identity, a new password. */

import { decodeBase64 } from "../../base/bytes.ts";
import type { Refusal } from "../../base/errors.ts";
import { splitSections } from "../../protocol/sections.ts";
import { deviceRoutes } from "./device.ts";
import { isDevicePresent } from "../device_proof.ts";
import { becomeReady, endOthers, requireFresh } from "../entry.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";
import type { Parts } from "../parts.ts";
import type { StateOf } from "../session.ts";
import { type Account, isClaimed } from "../account_store.ts";
import { readDeviceId, registrationRoutes } from "./registration.ts";

type SignedIn = StateOf<"unlinked"> | StateOf<"ready">;

/** Rows for making an account, for unlinked sessions, and for ready ones that signed in by password lately; and those about devices. */
export const accountRoutes = {
  ...registrationRoutes,
  ...deviceRoutes,
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
      const owner = { account: account.account, identity: account.identity };
      const device = await parts.accounts.checkDevice(
        { ...owner, device: readDeviceId(fields.device) },
        payload,
      );
      const signature = decodeBase64(fields.signature);
      if (!await isDevicePresent(parts.identity, owner, device, { greeting: state, signature })) {
        throw refuse("device-refused", "This device did not prove that it is here");
      }
      const nowMs = parts.clock.nowMs();
      await parts.store.addDevice({ ...owner, device, nowMs });
      await parts.store.setSignedIn({ ...owner, device: device.device, signedIn: true });
      await becomeReady(parts, session, {
        account,
        device: device.device,
        greeting: greetingOf(state),
        passwordFreshUntilMs: state.passwordFreshUntilMs,
      });
      parts.sessions.links.end(session, owner.account);
      return { fields: { highestNumber: await parts.store.highestNumber(device.device) } };
    },
  },
  "login.reset-identity": {
    needs: "unlinked",
    orReady: true,
    async handle({ parts, session, state, fields, payload }) {
      requireFresh(parts, state);
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
      const isFirst = !isClaimed(await existing(parts, state));
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
      endOthers(parts, session, { account: state.account });
      if (session.subscription !== undefined) {
        // It was for a device that is gone.
        parts.mailboxes.unsubscribe(session.subscription);
        session.subscription = undefined;
      }
      await becomeReady(parts, session, {
        account: await existing(parts, state),
        device: owner.device,
        greeting: greetingOf(state),
        passwordFreshUntilMs: state.passwordFreshUntilMs,
      });
      const news = isFirst ? "registered" : "identity";
      parts.presence.announce(state.account, { name: owner.name, identity }, news);
      return { fields: {} };
    },
  },
  "login.delete-account": {
    needs: "ready",
    async handle({ parts, session, state, fields: { force, trial } }) {
      requireFresh(parts, state);
      const { account, accountName: name } = state;
      const { identity } = await existing(parts, state);
      const held = force === true ? undefined : await parts.rooms.heldBy(account);
      if (held !== undefined && held.alone.length > 0) throw lastOwnerOf(held.alone);
      const result = await parts.store.deleteAccount({
        account,
        nowMs: parts.clock.nowMs(),
        ...(held === undefined ? {} : { rooms: held.rooms }),
        ...(trial === undefined ? {} : { trial }),
      });
      switch (result) {
        case "last-owner":
          throw refuse("last-owner", "Name another owner of this server first: nobody else is one");
        case "stale":
          throw refuse("stale-epoch", "A room of yours has changed meanwhile: try again");
        case "allowed":
          return { fields: {} };
      }
      endOthers(parts, session, { account });
      // What it had on its way: whoever reads that is told at once.
      await parts.spool.expire(parts.clock.nowMs());
      parts.presence.announce(account, { name, identity }, "deleted");
      return { fields: {}, closes: "account-deleted" };
    },
  },
  "login.password-start": {
    needs: "ready",
    handle({ parts, state, fields }) {
      requireFresh(parts, state);
      return {
        fields: { opaque: parts.accounts.registrationResponse(state.account, fields.opaque) },
      };
    },
  },
  "login.password-finish": {
    needs: "ready",
    async handle({ parts, session, state, fields }) {
      requireFresh(parts, state);
      await parts.store.replacePassword({
        account: state.account,
        passwordRecord: fields.record,
        keepDevice: state.device,
      });
      endOthers(parts, session, { account: state.account });
      return { fields: {} };
    },
  },
} satisfies Partial<Routes>;

function lastOwnerOf(rooms: readonly number[]): Refusal {
  const names = rooms.map((room) => `#${room}`).join(", ");
  return refuse(
    "last-owner",
    `You are the only owner of ${names}: make somebody else owner by room grant, or say --force`,
  );
}

function greetingOf({ version, clientNonce, serverNonce }: SignedIn) {
  return { version, clientNonce, serverNonce };
}

async function existing(parts: Parts, state: SignedIn): Promise<Account> {
  const account = await parts.store.findAccount(state.account);
  if (account === undefined) throw refuse("unknown-account", "This account is gone");
  return account;
}
