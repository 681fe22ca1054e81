/** Order on the server: roles, kicks, mutes, locks, the record. Every right is judged behind these rows, never by a client. */

import { parseAccountId } from "../../base/account_name.ts";
import type { AccountId } from "../../base/ids.ts";
import { MODERATION_PAGE } from "../../protocol/hop/moderation.ts";
import { refuse } from "../../protocol/failure.ts";
import { ready, type Routes } from "../serving/router.ts";
import type { Clock } from "../../base/clock.ts";
import type { AccountLocks } from "../moderation/account_locks.ts";
import type { Moderation } from "../moderation/moderation.ts";
import type { ModerationStore } from "../store/moderation_store.ts";

function target(text: string): AccountId {
  const account = parseAccountId(text);
  if (account === undefined) throw refuse("unknown-account", "No such account");
  return account;
}

const terms = ({ forSeconds, reason }: { forSeconds?: number; reason: string }) => ({
  forSeconds,
  reason,
});

/** One more than a page: whether there is more. */
function pageOf<Item>(found: readonly Item[]): { entries: Item[]; more: boolean } {
  return { entries: found.slice(0, MODERATION_PAGE), more: found.length > MODERATION_PAGE };
}

const onward = (after: string | undefined) => after === undefined ? {} : { after: target(after) };
const until = (untilMs: number | undefined) => untilMs === undefined ? {} : { untilMs };

/** What these handlers touch. */
export interface ModerationServices {
  readonly clock: Clock;
  readonly locks: AccountLocks;
  readonly moderation: Moderation;
  readonly store: ModerationStore;
}

/** Rows of family `moderation`. */
export const moderationRoutes = {
  "moderation.roles": ready("never", async ({ services, state, fields }) => {
    const page = { ...onward(fields.after), limit: MODERATION_PAGE + 1 };
    const own = await services.store.findRole(state.account);
    const { entries, more } = pageOf(await services.store.listRoles(page));
    return { fields: { own, entries, more } };
  }),
  "moderation.grant": ready("never", async ({ services, state, fields }) => {
    const { role } = fields;
    const done = await services.moderation.grant(state.account, target(fields.account), role);
    return { fields: { ...done, role } };
  }),
  "moderation.kick": ready("never", async ({ services, state, fields }) => {
    const account = target(fields.account);
    const done = await services.moderation.kick(state.account, account, terms(fields));
    const { name, untilMs, sessions } = done;
    return { fields: { name, ...until(untilMs), sessions } };
  }),
  "moderation.unkick": ready("never", async ({ services, state, fields }) => {
    return {
      fields: await services.moderation.lift(state.account, target(fields.account), "kick"),
    };
  }),
  "moderation.mute": ready("never", async ({ services, state, fields }) => {
    const account = target(fields.account);
    const { name, untilMs } = await services.moderation.mute(
      state.account,
      account,
      terms(fields),
    );
    return { fields: { name, ...until(untilMs) } };
  }),
  "moderation.unmute": ready("never", async ({ services, state, fields }) => {
    return {
      fields: await services.moderation.lift(state.account, target(fields.account), "mute"),
    };
  }),
  "moderation.sanctions": ready("never", async ({ services, state, fields }) => {
    await services.moderation.requirePermitted(state.account, "sanctions");
    const found = await services.store.listSanctions({
      kind: fields.sanction,
      ...onward(fields.after),
      limit: MODERATION_PAGE + 1,
      nowMs: services.clock.nowMs(),
    });
    const { entries, more } = pageOf(found);
    return {
      fields: {
        entries: entries.map(({ account, name, by, atMs, untilMs, reason }) => ({
          account,
          name,
          ...(by === undefined ? {} : { by }),
          atMs,
          ...until(untilMs),
          reason,
        })),
        more,
      },
    };
  }),
  "moderation.locks": ready("never", async ({ services, state }) => {
    await services.moderation.requirePermitted(state.account, "locks");
    const locks = (await services.locks.list()).map(({ account, retryAfterSeconds }) => ({
      account: account.account,
      name: account.name,
      retryAfterSeconds,
    }));
    return { fields: pageOf(locks) };
  }),
  "moderation.unlock": ready("never", async ({ services, state, fields }) => {
    return { fields: await services.locks.unlock(state.account, target(fields.account)) };
  }),
  "moderation.audit": ready("never", async ({ services, state, fields }) => {
    await services.moderation.requirePermitted(state.account, "audit");
    const page = { ...fields, limit: MODERATION_PAGE + 1 };
    const { entries, more } = pageOf(await services.store.listAudit(page));
    return {
      fields: {
        entries: entries.map(({ by, target, untilMs, ...line }) => ({
          ...line,
          ...(by === undefined ? {} : { by }),
          ...(target === undefined ? {} : { target }),
          ...until(untilMs),
        })),
        more,
      },
    };
  }),
} satisfies Partial<Routes<ModerationServices>>;
