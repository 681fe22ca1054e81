/** The devices of accounts: listing, naming, removing (SR-10). */

import { joinSections, splitSections } from "../../protocol/sections.ts";
import { endDevice, requireFresh } from "../entry.ts";
import type { Parts } from "../parts.ts";
import { isKnownRemoval, readNextList } from "../revocations.ts";
import type { Routes } from "../router.ts";
import { factsOf } from "../link_requests.ts";
import type { StateOf } from "../session.ts";
import { findAccount } from "./keys.ts";
import { notebookRoutes } from "./notebook.ts";

const NOTHING = new Uint8Array(0);

/** Whether a session of the device is connected. */
function isConnected({ sessions }: Parts, { account, device }: StateOf<"ready">): boolean {
  return sessions.of(account).some(({ state }) =>
    state.name === "ready" && state.device === device
  );
}

/** Rows of family `device`. */
export const deviceRoutes = {
  ...notebookRoutes,
  "device.list": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const account = await findAccount(parts.store, fields.account ?? state.account);
      const isOwn = account.account === state.account;
      const devices = await parts.store.listDevices(account.account);
      const { sizes, payload } = joinSections([
        ...devices.flatMap(({ certificate, sealedName }) => [
          certificate,
          isOwn ? sealedName ?? NOTHING : NOTHING,
        ]),
        account.revocation ?? NOTHING,
      ]);
      const listed = devices.map(({ device, createdMs, lastSeenMs, signedIn }) => {
        if (!isOwn) return { device };
        const online = isConnected(parts, { ...state, device });
        return { device, createdMs, lastSeenMs, online, signedIn };
      });
      return { fields: { account: account.account, devices: listed, sizes }, payload };
    },
  },
  "device.name": {
    needs: "ready",
    async handle({ parts, state, payload }) {
      await parts.store.nameDevice({ device: state.device, name: payload });
      return { fields: {} };
    },
  },
  "device.remove": {
    needs: "ready",
    async handle({ parts, state, fields, payload }) {
      const { account, accountName } = state;
      const [list, earlier, receipt] = splitSections(payload, fields.sizes, 3);
      const before = await findAccount(parts.store, account);
      const { receipts, identity: { serverId } } = parts;
      // Whoever finds a device unlocked has the identity key too: without the password it removes nothing that is new.
      const isKnown = await isKnownRemoval(before, { list, earlier, receipt }, {
        serverId,
        receipts,
      });
      if (!isKnown) requireFresh(parts, state);
      const next = await readNextList(before, list, { serverId, asking: state.device });
      const { sequence = before.revocationSequence, devices = [] } = next?.list ?? {};
      const result = next && await parts.store.removeDevices({
        account,
        devices,
        revocation: list,
        sequence,
        present: next.present,
      });
      if (result !== "removed") {
        return { fields: { done: false, sequence: before.revocationSequence } };
      }
      for (const device of devices) endDevice(parts, { account, device });
      const { identity } = before;
      parts.presence.announce(account, { name: accountName, identity }, "devices");
      const taken = await receipts.make(account, list);
      return { fields: { done: true, sequence }, payload: taken };
    },
  },
  "device.link-ask": {
    needs: "unlinked",
    handle({ parts, session, state, payload }) {
      const asked = factsOf(parts.sessions.links.ask(session, state.account, payload));
      for (const other of parts.sessions.of(state.account)) {
        if (other.state.name === "ready") other.push("device.link-news", asked);
      }
      return { fields: { link: asked.link, expiresMs: asked.expiresMs } };
    },
  },
  "device.link-requests": {
    needs: "ready",
    handle({ parts, state }) {
      const waiting = parts.sessions.links.list(state.account);
      const { sizes, payload } = joinSections(waiting.map(({ body }) => body));
      return { fields: { requests: waiting.map(factsOf), sizes }, payload };
    },
  },
  "device.link-answer": {
    needs: "ready",
    handle({ parts, state, fields, payload }) {
      const answer = fields.approved ? payload : undefined;
      parts.sessions.links.answer(state.account, fields.link, answer);
      return { fields: {} };
    },
  },
} satisfies Partial<Routes>;
