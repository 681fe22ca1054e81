/** Changes of an account: linking a device, recovering, a new identity, a new password. */

import { decodeBase64 } from "../../base/bytes.ts";
import type { Refusal } from "../../base/errors.ts";
import { splitSections } from "../../protocol/sections.ts";
import { isDevicePresent } from "../auth/sign_ins.ts";
import { endOthers, enter, requireFresh } from "../auth/entry.ts";
import { refuse } from "../../protocol/failure.ts";
import { ready, type Routes } from "../serving/router.ts";
import type { StateOf } from "../sessions/session.ts";
import { type Account, type AccountStore, isClaimed } from "../store/account_store.ts";
import { readDeviceId } from "./registration.ts";
import type { Accounts } from "../auth/accounts.ts";
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../../base/clock.ts";
import type { ServerIdentity } from "../config/server_options.ts";
import type { Mailboxes } from "../delivery/mailbox.ts";
import type { Presence } from "../presence/presence.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Spool } from "../spool/spool.ts";
import type { DeviceStore } from "../store/device_store.ts";

type SignedIn = StateOf<"unlinked"> | StateOf<"ready">;

/** What these handlers touch. */
export interface AccountServices {
  readonly accounts: Accounts;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly identity: ServerIdentity;
  readonly mailboxes: Mailboxes;
  readonly presence: Presence;
  readonly rooms: Rooms;
  readonly sessions: Sessions;
  readonly spool: Spool;
  readonly store: AccountStore & DeviceStore;
}

/** Rows for making an account, for unlinked sessions, and for ready ones that signed in by password lately; and those about devices. */
export const accountRoutes = {
  "login.recovery-fetch": {
    needs: "unlinked",
    scope: "never",
    async handle({ services, state }) {
      const copy = await services.store.findRecoveryCopy(state.account);
      if (copy === undefined) throw refuse("unknown-account", "No recovery copy");
      return { fields: {}, payload: copy };
    },
  },
  "login.link-device": {
    needs: "unlinked",
    scope: "never",
    async handle({ services, session, state, fields, payload }) {
      const account = await existing(services, state);
      const owner = { account: account.account, identity: account.identity };
      const device = await services.accounts.checkDevice(
        { ...owner, device: readDeviceId(fields.device) },
        payload,
      );
      const signature = decodeBase64(fields.signature);
      if (
        !await isDevicePresent(services.identity, owner, device, { handshake: state, signature })
      ) {
        throw refuse("device-refused", "This device did not prove that it is here");
      }
      const nowMs = services.clock.nowMs();
      await services.store.addDevice({ ...owner, device, nowMs });
      const { highestNumber } = await enter(services, session, {
        account: owner.account,
        device: device.device,
        passwordRecord: account.passwordRecord,
        handshake: handshakeOf(state),
        passwordFreshUntilMs: state.passwordFreshUntilMs,
      });
      services.sessions.links.end(session, owner.account);
      return { fields: { highestNumber } };
    },
  },
  "login.reset-identity": {
    needs: "unlinked",
    scope: "never",
    orReady: true,
    async handle({ services, session, state, fields, payload }) {
      requireFresh(services, state);
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
      const isFirst = !isClaimed(await existing(services, state));
      const { identity, firstDevice } = await services.accounts.checkCredentials(owner, {
        rosterEntry,
        certificate,
      });
      await services.store.replaceIdentity({
        account: state.account,
        identity,
        rosterEntry,
        recoveryCopy,
        rotation: rotation.length === 0 ? undefined : rotation,
        device: firstDevice,
        nowMs: services.clock.nowMs(),
      });
      await endOthers(services, session, { account: state.account });
      // It was for a device that is gone.
      services.mailboxes.unsubscribe(session);
      await enter(services, session, {
        account: state.account,
        device: owner.device,
        handshake: handshakeOf(state),
        passwordFreshUntilMs: state.passwordFreshUntilMs,
      });
      const news = isFirst ? "registered" : "identity";
      services.presence.announce(state.account, { name: owner.name, identity }, news);
      return { fields: {} };
    },
  },
  "login.delete-account": ready(
    "never",
    async ({ services, session, state, fields: { force, trial } }) => {
      requireFresh(services, state);
      const { account, accountName: name } = state;
      const { identity } = await existing(services, state);
      const held = force === true ? undefined : await services.rooms.heldBy(account);
      if (held !== undefined && held.alone.length > 0) throw lastOwnerOf(held.alone);
      const result = await services.store.deleteAccount({
        account,
        nowMs: services.clock.nowMs(),
        ...(held === undefined ? {} : { rooms: held.rooms }),
        ...(trial === undefined ? {} : { trial }),
      });
      switch (result) {
        case "last-owner":
          throw refuse(
            "last-owner",
            "You are this server's last owner: make somebody else an owner first",
          );
        case "stale":
          throw refuse("stale-epoch", "A room of yours has changed meanwhile: try again");
        case "allowed":
          return { fields: {} };
      }
      await endOthers(services, session, { account });
      // What it had on its way: whoever reads that is told at once.
      await services.spool.expire(services.clock.nowMs());
      services.presence.announce(account, { name, identity }, "deleted");
      return { fields: {}, closes: "account-deleted" };
    },
  ),
  "login.password-start": ready("never", ({ services, state, fields }) => {
    requireFresh(services, state);
    return {
      fields: { opaque: services.accounts.registrationResponse(state.account, fields.opaque) },
    };
  }),
  "login.password-finish": ready("never", async ({ services, session, state, fields }) => {
    requireFresh(services, state);
    const generation = await services.store.replacePassword({
      account: state.account,
      passwordRecord: fields.record,
      keepDevice: state.device,
    });
    session.state = { ...state, generation };
    await endOthers(services, session, { account: state.account });
    return { fields: {} };
  }),
} satisfies Partial<Routes<AccountServices>>;

function lastOwnerOf(rooms: readonly number[]): Refusal {
  const names = rooms.map((room) => `#${room}`).join(", ");
  return refuse(
    "last-owner",
    `You are the only owner of ${names}: make somebody else an owner with room grant, or add --force`,
  );
}

function handshakeOf({ version, clientNonce, serverNonce }: SignedIn) {
  return { version, clientNonce, serverNonce };
}

async function existing(services: AccountServices, state: SignedIn): Promise<Account> {
  const account = await services.store.findAccount(state.account);
  if (account === undefined) throw refuse("unknown-account", "This account is gone");
  return account;
}
