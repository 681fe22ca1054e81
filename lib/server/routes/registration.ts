/** Making an account. */

import { skeleton } from "../../base/account_name.ts";
import { decodeBase64 } from "../../base/bytes.ts";
import { type DeviceId, parseDeviceId } from "../../base/ids.ts";
import { sourceOf } from "../../net/addresses/address.ts";
import { REGISTRATION_PACKET_LIMITS } from "../../protocol/limits.ts";
import { splitSections } from "../../protocol/sections.ts";
import { sanctionRefusal } from "../auth/denials.ts";
import { refuse } from "../../protocol/failure.ts";
import type { Routes } from "../serving/router.ts";
import type { Accounts } from "../auth/accounts.ts";
import type { SignIns } from "../auth/sign_ins.ts";
import type { Clock } from "../../base/clock.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { Presence } from "../presence/presence.ts";
import type { AccountStore } from "../store/account_store.ts";

/** The device id that a client sent. Throws Refusal. */
export function readDeviceId(text: string): DeviceId {
  const device = parseDeviceId(text);
  if (device === undefined) throw refuse("bad-message", "Cannot read device id");
  return device;
}

const readToken = (token: string | undefined) =>
  token === undefined ? undefined : decodeBase64(token);

/** What these handlers touch. */
export interface RegistrationServices {
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly presence: Presence;
  readonly signIns: SignIns;
  readonly store: AccountStore;
}

/** Rows for strangers who make an account. */
export const registrationRoutes = {
  "login.register-start": {
    needs: "stranger",
    scope: "never",
    async handle({ services, session, fields }) {
      const { id } = await services.accounts.admit(fields.name, readToken(fields.token));
      const { kick } = await services.store.findEntry({
        account: id,
        nowMs: services.clock.nowMs(),
      });
      // Somebody who tries to come back this way is told the same as at the door.
      if (kick !== undefined) throw sanctionRefusal(kick);
      // Now, and not with the finish: by then a person has written down the recovery code of keys that lead nowhere.
      if (await services.store.hasName({ account: id, skeleton: skeleton(fields.name) })) {
        throw refuse("name-taken", `The name ${fields.name}, or one that looks like it, is taken`);
      }
      const opaque = services.accounts.registrationResponse(id, fields.opaque);
      // Token and name are good: what finishes the registration is larger than what a stranger may send.
      session.connection.setLimits(REGISTRATION_PACKET_LIMITS);
      return { fields: { opaque } };
    },
  },
  "login.register-finish": {
    needs: "stranger",
    scope: "never",
    async handle({ services, session, fields, payload }) {
      const admitted = await services.accounts.admit(fields.name, readToken(fields.token));
      // An invite has its own number of uses.
      if (admitted.tokenHash === undefined) {
        await requireRate(services.counters, "registrations", { key: sourceOf(session.address) });
      }
      const [rosterEntry, certificate, recoveryCopy] = splitSections(payload, fields.sizes, 3);
      const { identity } = await services.accounts.register(admitted, readDeviceId(fields.device), {
        rosterEntry,
        certificate,
        recoveryCopy,
        passwordRecord: fields.record,
      });
      // What failed under this name before was nobody's: its owner is told of none of it.
      services.signIns.guard.takeFailures(admitted.id);
      services.presence.announce(admitted.id, { name: admitted.name, identity }, "registered");
      return { fields: { account: admitted.id } };
    },
  },
} satisfies Partial<Routes<RegistrationServices>>;
