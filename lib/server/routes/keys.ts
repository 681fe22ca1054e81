/** The key directory. It is untrusted: clients check everything that it gives out. */

import { type AccountId, parseFingerprint } from "../../base/ids.ts";
import { parseAccountName } from "../../base/account_name.ts";
import { logger } from "../../base/log.ts";
import { ROSTER_PAGE_ENTRIES } from "../../protocol/hop/roster.ts";
import { isPermitted } from "../../protocol/permissions.ts";
import { joinSections, splitSections } from "../../protocol/sections.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";
import { type Account, isClaimed } from "../account_store.ts";
import type { Store } from "../store.ts";
import { deviceId } from "./submitting.ts";

/** With X-Wing a package is about 3 KiB; whoever fetches it takes 32 KiB, the certificate included. */
const MAX_KEY_PACKAGE_BYTES = 16 * 1024;

/** The account that a client named in any spelling. Throws Refusal `unknown-account`. */
export async function findAccount(store: Store, name: string): Promise<Account> {
  const parsed = parseAccountName(name);
  const account = parsed.ok ? await store.findAccount(parsed.id) : undefined;
  // One whose owner has not signed in yet has no identity that others could write to.
  if (account === undefined || !isClaimed(account)) {
    throw refuse("unknown-account", "There is no such account here");
  }
  return account;
}

const log = logger("server", "roster");

const NOTHING = new Uint8Array(0);

/** Rows of families `keys` and `roster`. */
export const keyRoutes = {
  "keys.publish": {
    needs: "ready",
    async handle({ parts, state, fields, payload }) {
      const packages = splitSections(payload, fields.sizes);
      if (packages.some(({ length }) => length === 0 || length > MAX_KEY_PACKAGE_BYTES)) {
        throw refuse("bad-message", "Cannot take key packages: one is empty or too long");
      }
      const oneTime = await parts.store.publishKeyPackages({
        device: state.device,
        packages,
        lastResort: fields.lastResort,
        nowMs: parts.clock.nowMs(),
      });
      return { fields: { oneTime } };
    },
  },
  "keys.count": {
    needs: "ready",
    async handle({ parts, state }) {
      return { fields: await parts.store.countKeyPackages(state.device) };
    },
  },
  "keys.fetch": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const { account } = await findAccount(parts.store, fields.account);
      const retryAfterSeconds = // A line feed is in no account id.
        parts.keyFetches.take(`${state.account}\n${account}`);
      if (retryAfterSeconds > 0) {
        throw refuse("rate-limited", "Too many conversations were opened with this account", {
          retryAfterSeconds,
        });
      }
      const taken = await parts.store.takeKeyPackage(account, fields.except?.map(deviceId));
      if (taken === undefined) {
        throw refuse("no-device", "This account has no device that can be written to yet");
      }
      const { sizes, payload } = joinSections([taken.keyPackage, taken.certificate]);
      return { fields: { device: taken.device, sizes }, payload };
    },
  },
  "keys.certificates": {
    needs: "ready",
    async handle({ parts, fields }) {
      const found = await Promise.all(fields.hashes.map(async (text) => {
        const hash = parseFingerprint(text);
        return hash === undefined ? undefined : await parts.store.findCertificate(hash);
      }));
      const { sizes, payload } = joinSections(
        found.map((certificate) => certificate ?? NOTHING),
      );
      return { fields: { sizes }, payload };
    },
  },
  "keys.account": {
    needs: "ready",
    async handle({ parts, fields }) {
      const account = await findAccount(parts.store, fields.account);
      const { account: id, revocation } = account;
      const { sizes, payload } = joinSections([
        account.rosterEntry,
        account.rotation ?? NOTHING,
        revocation ?? NOTHING,
        revocation === undefined ? NOTHING : await parts.receipts.make(id, revocation),
      ]);
      return {
        fields: {
          account: account.account,
          name: account.name,
          identity: account.identity,
          online: parts.presence.isOnline(account.account),
          sizes,
        },
        payload,
      };
    },
  },
  "roster.page": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const { presence, store } = parts;
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
        address: seesAddresses ? attendance?.address : undefined,
        busySinceMs: attendance?.busy?.sinceMs,
      }));
      const { sizes, payload } = joinSections(
        listed.map(({ attendance }) => attendance?.busy?.statement ?? NOTHING),
      );
      const more = accounts.length === ROSTER_PAGE_ENTRIES;
      return { fields: { entries, more, total, sizes }, payload };
    },
  },
} satisfies Partial<Routes>;
