/** The key directory. It is untrusted: clients check everything that it gives out. */

import { type AccountId, parseFingerprint } from "../../base/ids.ts";
import { parseAccountName } from "../../base/account_name.ts";
import { logger } from "../../base/log.ts";
import { splitKeyPackages } from "../../protocol/hop/keys.ts";
import { ROSTER_PAGE_ENTRIES } from "../../protocol/hop/roster.ts";
import { isPermitted } from "../../protocol/permissions.ts";
import { joinSections } from "../../protocol/sections.ts";
import { refuse } from "../../protocol/failure.ts";
import { ready, type Routes } from "../serving/router.ts";
import { type Account, type AccountStore, isClaimed } from "../store/account_store.ts";
import type { DeviceStore } from "../store/device_store.ts";
import type { ModerationStore } from "../store/moderation_store.ts";
import { deviceId } from "../../relay/submitted.ts";
import type { Clock } from "../../base/clock.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { Presence } from "../presence/presence.ts";
import type { RevocationReceipts } from "../../crypto/statements/revocation.ts";

/** The account that a client named in any spelling. Throws Refusal `unknown-account`. */
export async function findAccount(store: AccountStore, name: string): Promise<Account> {
  const parsed = parseAccountName(name);
  const account = parsed.ok ? await store.findAccount(parsed.id) : undefined;
  // One whose owner has not signed in yet has no identity that others could write to.
  if (account === undefined || !isClaimed(account)) {
    throw refuse("unknown-account", "No such account on this server");
  }
  return account;
}

const log = logger("server", "roster");

const NOTHING = new Uint8Array(0);

/** What these handlers touch. */
export interface KeyServices {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly presence: Presence;
  readonly receipts: RevocationReceipts;
  readonly store: AccountStore & DeviceStore & ModerationStore;
}

/** Rows of families `keys` and `roster`. */
export const keyRoutes = {
  "keys.publish": ready("receive", async ({ services, state, fields, payload }) => {
    const packages = splitKeyPackages(payload, fields.sizes);
    const oneTime = await services.store.publishKeyPackages({
      device: state.device,
      packages,
      lastResort: fields.lastResort,
      nowMs: services.clock.nowMs(),
    });
    return { fields: { oneTime } };
  }),
  "keys.count": ready("receive", async ({ services, state }) => {
    return { fields: await services.store.countKeyPackages(state.device) };
  }),
  "keys.fetch": ready("receive", async ({ services, state, fields }) => {
    const { account } = await findAccount(services.store, fields.account);
    // A line feed is in no account id.
    const key = `${state.account}
${account}`;
    await requireRate(services.counters, "keyFetches", { key });
    const taken = await services.store.takeKeyPackage(account, fields.except?.map(deviceId));
    if (taken === undefined) {
      throw refuse("no-device", "This account has no device that can be written to yet");
    }
    const { sizes, payload } = joinSections([taken.keyPackage, taken.certificate]);
    return { fields: { device: taken.device, sizes }, payload };
  }),
  "keys.certificates": ready("receive", async ({ services, fields }) => {
    const found = await Promise.all(fields.hashes.map(async (text) => {
      const hash = parseFingerprint(text);
      return hash === undefined ? undefined : await services.store.findCertificate(hash);
    }));
    const { sizes, payload } = joinSections(
      found.map((certificate) => certificate ?? NOTHING),
    );
    return { fields: { sizes }, payload };
  }),
  "keys.account": ready("receive", async ({ services, fields }) => {
    const account = await findAccount(services.store, fields.account);
    const { account: id, revocation } = account;
    const { sizes, payload } = joinSections([
      account.rosterEntry,
      account.rotation ?? NOTHING,
      revocation ?? NOTHING,
      revocation === undefined ? NOTHING : await services.receipts.make(id, revocation),
    ]);
    return {
      fields: {
        account: account.account,
        name: account.name,
        identity: account.identity,
        online: services.presence.isOnline(account.account),
        sizes,
      },
      payload,
    };
  }),
  "roster.page": ready("presence", async ({ services, state, fields }) => {
    const { presence, store } = services;
    if (fields.onlineOnly && fields.after === undefined) {
      log.info("who", { name: state.accountName });
    }
    // It is only compared with ids, so it need not be one.
    const page = { after: fields.after as AccountId | undefined, limit: ROSTER_PAGE_ENTRIES };
    const { accounts, total } = fields.onlineOnly
      ? { accounts: presence.page(page), total: presence.onlineCount }
      : await store.listAccounts({ ...page, claimedOnly: true });
    const seesAddresses = isPermitted(await store.findRole(state.account), "addresses");
    const listed = accounts.map(({ account, name, identity }) => ({
      person: { account, name, identity, online: presence.isOnline(account) },
      attendance: presence.attendance(account),
    }));
    const entries = listed.map(({ person, attendance }) => ({
      ...person,
      sinceMs: attendance?.sinceMs,
      session: attendance?.session,
      ...(seesAddresses ? { address: attendance?.address, port: attendance?.port } : {}),
      busySinceMs: attendance?.busy?.sinceMs,
    }));
    const { sizes, payload } = joinSections(
      listed.map(({ attendance }) => attendance?.busy?.statement ?? NOTHING),
    );
    const more = accounts.length === ROSTER_PAGE_ENTRIES;
    return { fields: { entries, more, total, sizes }, payload };
  }),
} satisfies Partial<Routes<KeyServices>>;
