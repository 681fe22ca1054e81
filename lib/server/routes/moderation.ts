/** Order on the server: roles, kicks, mutes, locks, the record. Every right is judged behind these rows, never by a client. */

import { parseAccountId } from "../../base/account_name.ts";
import type { AccountId } from "../../base/ids.ts";
import { MAX_SANCTION_SECONDS, MODERATION_PAGE } from "../../protocol/hop/moderation.ts";
import type { Terms } from "../moderation.ts";
import { refuse } from "../refusal.ts";
import { tellOfKick } from "../room_news.ts";
import type { Routes } from "../router.ts";

function target(text: string): AccountId {
  const account = parseAccountId(text);
  if (account === undefined) throw refuse("unknown-account", "There is no such account");
  return account;
}

function terms({ forSeconds, reason }: { forSeconds?: number; reason: string }): Terms {
  // The validator has refused more than the most.
  if (forSeconds === 0) {
    throw refuse("bad-message", `Cannot do this for 0 seconds: 1 to ${MAX_SANCTION_SECONDS}`);
  }
  return { forSeconds, reason };
}

/** One more than a page: whether there is more. */
function pageOf<Item>(found: readonly Item[]): { entries: Item[]; more: boolean } {
  return { entries: found.slice(0, MODERATION_PAGE), more: found.length > MODERATION_PAGE };
}

const onward = (after: string | undefined) => after === undefined ? {} : { after: target(after) };
const until = (untilMs: number | undefined) => untilMs === undefined ? {} : { untilMs };

/** Rows of family `moderation`. */
export const moderationRoutes = {
  "moderation.roles": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const page = { ...onward(fields.after), limit: MODERATION_PAGE + 1 };
      const own = await parts.store.findRole(state.account);
      const { entries, more } = pageOf(await parts.store.listRoles(page));
      return { fields: { own, entries, more } };
    },
  },
  "moderation.grant": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const { role } = fields;
      const done = await parts.moderation.grant(state.account, target(fields.account), role);
      return { fields: { ...done, role } };
    },
  },
  "moderation.kick": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const account = target(fields.account);
      const done = await parts.moderation.kick(state.account, account, terms(fields));
      await tellOfKick(parts, account);
      const { name, untilMs, sessions } = done;
      return { fields: { name, ...until(untilMs), sessions } };
    },
  },
  "moderation.unkick": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      return {
        fields: await parts.moderation.lift(state.account, target(fields.account), "kick"),
      };
    },
  },
  "moderation.mute": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const account = target(fields.account);
      const { name, untilMs } = await parts.moderation.mute(state.account, account, terms(fields));
      return { fields: { name, ...until(untilMs) } };
    },
  },
  "moderation.unmute": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      return {
        fields: await parts.moderation.lift(state.account, target(fields.account), "mute"),
      };
    },
  },
  "moderation.sanctions": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      await parts.moderation.requirePermitted(state.account, "sanctions");
      const found = await parts.store.listSanctions({
        kind: fields.sanction,
        ...onward(fields.after),
        limit: MODERATION_PAGE + 1,
        nowMs: parts.clock.nowMs(),
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
    },
  },
  "moderation.locks": {
    needs: "ready",
    async handle({ parts, state }) {
      await parts.moderation.requirePermitted(state.account, "locks");
      const locks = (await parts.moderation.locks()).map(({ account, retryAfterSeconds }) => ({
        account: account.account,
        name: account.name,
        retryAfterSeconds,
      }));
      return { fields: pageOf(locks) };
    },
  },
  "moderation.unlock": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      return { fields: await parts.moderation.unlock(state.account, target(fields.account)) };
    },
  },
  "moderation.audit": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      await parts.moderation.requirePermitted(state.account, "audit");
      const page = { ...fields, limit: MODERATION_PAGE + 1 };
      const { entries, more } = pageOf(await parts.store.listAudit(page));
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
    },
  },
} satisfies Partial<Routes>;
