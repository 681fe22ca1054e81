/** The devices of accounts: listing, naming, removing (SR-10). */

import { joinSections, splitSections } from "../../protocol/sections.ts";
import { endDevice, requireFresh } from "../auth/entry.ts";
import { isKnownRemoval, readNextList } from "../auth/revocations.ts";
import { ready, type Routes } from "../serving/router.ts";
import { ANSWER_DEADLINE_MS, type Bus } from "../bus/bus.ts";
import { factsOf, type WaitingLink } from "../sessions/link_requests.ts";
import type { AccountId } from "../../base/ids.ts";
import { refuse } from "../../protocol/failure.ts";
import type { StateOf } from "../sessions/session.ts";
import { findAccount } from "./keys.ts";
import type { Clock } from "../../base/clock.ts";
import type { ServerIdentity } from "../config/server_options.ts";
import type { Presence } from "../presence/presence.ts";
import type { RevocationReceipts } from "../../crypto/statements/revocation.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { AccountStore } from "../store/account_store.ts";
import type { DeviceStore } from "../store/device_store.ts";

const NOTHING = new Uint8Array(0);

/** Whether a session of the device is connected. */
function isConnected({ sessions }: DeviceServices, { account, device }: StateOf<"ready">): boolean {
  return sessions.of(account).some(({ state }) =>
    state.name === "ready" && state.device === device
  );
}

/** The devices that ask to be linked to an account, at whichever node. */
export async function listLinkRequests(
  { bus }: { bus: Bus },
  account: AccountId,
): Promise<readonly WaitingLink[]> {
  const deadlineMs = ANSWER_DEADLINE_MS;
  return (await bus.ask("link.requests", { account }, { deadlineMs })).flat();
}

/** What these handlers touch. */
export interface DeviceServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly identity: ServerIdentity;
  readonly presence: Presence;
  readonly receipts: RevocationReceipts;
  readonly sessions: Sessions;
  readonly store: AccountStore & DeviceStore;
}

/** Rows of family `device`. */
export const deviceRoutes = {
  "device.list": ready("receive", async ({ services, state, fields }) => {
    const account = await findAccount(services.store, fields.account ?? state.account);
    const isOwn = account.account === state.account;
    const devices = await services.store.listDevices(account.account);
    const { sizes, payload } = joinSections([
      ...devices.flatMap(({ certificate, sealedName }) => [
        certificate,
        isOwn ? sealedName ?? NOTHING : NOTHING,
      ]),
      account.revocation ?? NOTHING,
    ]);
    const listed = devices.map(({ device, createdMs, lastSeenMs, signedIn }) => {
      if (!isOwn) return { device };
      const online = isConnected(services, { ...state, device });
      return { device, createdMs, lastSeenMs, online, signedIn };
    });
    return { fields: { account: account.account, devices: listed, sizes }, payload };
  }),
  "device.name": ready("never", async ({ services, state, payload }) => {
    await services.store.nameDevice({ device: state.device, name: payload });
    return { fields: {} };
  }),
  "device.remove": ready("never", async ({ services, state, fields, payload }) => {
    const { account, accountName } = state;
    const [list, earlier, receipt] = splitSections(payload, fields.sizes, 3);
    const before = await findAccount(services.store, account);
    const { receipts, identity: { serverId } } = services;
    // Whoever finds a device unlocked has the identity key too: without the password it removes nothing that is new.
    const isKnown = await isKnownRemoval(before, { list, earlier, receipt }, {
      serverId,
      receipts,
    });
    if (!isKnown) requireFresh(services, state);
    const next = await readNextList(before, list, { serverId, asking: state.device });
    const { sequence = before.revocationSequence, devices = [] } = next?.list ?? {};
    const result = next && await services.store.removeDevices({
      account,
      devices,
      revocation: list,
      sequence,
      present: next.present,
    });
    if (result !== "removed") {
      return { fields: { done: false, sequence: before.revocationSequence } };
    }
    for (const device of devices) await endDevice(services, { account, device });
    const { identity } = before;
    services.presence.announce(account, { name: accountName, identity }, "devices");
    const taken = await receipts.make(account, list);
    return { fields: { done: true, sequence }, payload: taken };
  }),
  "device.link-ask": {
    needs: "unlinked",
    scope: "never",
    async handle({ services, session, state: { account }, payload }) {
      const asked = factsOf(services.sessions.links.ask(session, account, payload));
      await services.bus.toAccounts([account], "device.link-news", asked);
      return { fields: { link: asked.link, expiresMs: asked.expiresMs } };
    },
  },
  "device.link-requests": ready("never", async ({ services, state: { account } }) => {
    const waiting = await listLinkRequests(services, account);
    const { sizes, payload } = joinSections(waiting.map(({ body }) => body));
    return { fields: { requests: waiting.map(factsOf), sizes }, payload };
  }),
  "device.link-answer": ready(
    "never",
    async ({ services: { bus }, state: { account }, fields: { link, approved }, payload }) => {
      const answer = approved ? payload : undefined;
      const asked = { account, link, answer };
      const deadlineMs = ANSWER_DEADLINE_MS;
      const answers = await bus.ask("link.answer", asked, { deadlineMs });
      if (!answers.includes(true)) {
        throw refuse(
          "no-request",
          bus.isUp
            ? "This device no longer asks to be linked"
            : "This device no longer asks to be linked, or does so at another node of this server, which this one cannot reach",
        );
      }
      return { fields: {} };
    },
  ),
} satisfies Partial<Routes<DeviceServices>>;
