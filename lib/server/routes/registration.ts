/** Making an account. */

import { decodeBase64 } from "../../base/bytes.ts";
import { type DeviceId, parseDeviceId } from "../../base/ids.ts";
import { sourceOf } from "../../net/address.ts";
import { REGISTRATION_PACKET_LIMITS } from "../../protocol/limits.ts";
import { splitSections } from "../../protocol/sections.ts";
import { sanctionRefusal } from "../moderation_words.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";
import { requireRate } from "./submitting.ts";

/** The device id that a client sent. Throws Refusal. */
export function readDeviceId(text: string): DeviceId {
  const device = parseDeviceId(text);
  if (device === undefined) throw refuse("bad-message", "Cannot read device id");
  return device;
}

const readToken = (token: string | undefined) =>
  token === undefined ? undefined : decodeBase64(token);

/** Rows for strangers who make an account. */
export const registrationRoutes = {
  "login.register-start": {
    needs: "stranger",
    async handle({ parts, session, fields }) {
      const { id } = await parts.accounts.admit(fields.name, readToken(fields.token));
      const { account: taken, kick } = await parts.store.findEntry({
        account: id,
        nowMs: parts.clock.nowMs(),
      });
      // Somebody who tries to come back this way is told the same as at the door.
      if (kick !== undefined) throw sanctionRefusal(kick);
      if (taken !== undefined) {
        throw refuse("name-taken", `The name ${fields.name}, or one that looks like it, is taken`);
      }
      const opaque = parts.accounts.registrationResponse(id, fields.opaque);
      // Token and name are good: what finishes the registration is larger than what a stranger may send.
      session.connection.setLimits(REGISTRATION_PACKET_LIMITS);
      return { fields: { opaque } };
    },
  },
  "login.register-finish": {
    needs: "stranger",
    async handle({ parts, session, fields, payload }) {
      const admitted = await parts.accounts.admit(fields.name, readToken(fields.token));
      // An invite has its own number of uses.
      if (admitted.tokenHash === undefined) {
        const waitSeconds = parts.registrations.take(sourceOf(session.address));
        requireRate(waitSeconds, "Too many accounts were made from your network");
      }
      const [rosterEntry, certificate, recoveryCopy] = splitSections(payload, fields.sizes, 3);
      const { identity } = await parts.accounts.register(admitted, readDeviceId(fields.device), {
        rosterEntry,
        certificate,
        recoveryCopy,
        passwordRecord: fields.record,
      });
      parts.presence.announce(admitted.id, { name: admitted.name, identity }, "registered");
      return { fields: { account: admitted.id } };
    },
  },
} satisfies Partial<Routes>;
