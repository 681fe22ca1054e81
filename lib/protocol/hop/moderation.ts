/** Order on a server: roles, kicks and mutes, locks of sign-ins, and the record of who did what. */

import {
  count,
  Definition,
  definitions,
  exchanges,
  flag,
  list,
  oneOf,
  optional,
  record,
  text,
  timestamp,
} from "../schema.ts";

/** Ten years; what has no end is longer. */
const MAX_SANCTION_SECONDS = 315_360_000;
/** UTF-16 units of a reason. It is for the person whom it is about, and the server reads it. */
export const MAX_REASON_LENGTH = 200;
/** Entries of a page: with the longest names and a reason that JSON escapes whole, one takes 2.4 KiB. */
export const MODERATION_PAGE = 24;

/** What is wrong with the terms of a kick or a mute, for whoever gives them; undefined: nothing. */
export function termsProblem(
  { forSeconds, reason }: { readonly forSeconds?: number | undefined; readonly reason: string },
): { readonly code: string; readonly message: string } | undefined {
  if (reason.length > MAX_REASON_LENGTH) {
    const message =
      `The reason has ${reason.length} characters: at most ${MAX_REASON_LENGTH} are allowed`;
    return { code: "reason-too-long", message };
  }
  if (forSeconds === undefined) return undefined;
  if (forSeconds > MAX_SANCTION_SECONDS) {
    const message = "The longest time is ten years. For ever: leave the time out";
    return { code: "too-long", message };
  }
  if (forSeconds >= 1) return undefined;
  const message = `Cannot do this for 0 seconds: 1 to ${MAX_SANCTION_SECONDS}`;
  return { code: "too-short", message };
}

const account = () => text(400);
const name = () => text(400);
const role = () => oneOf("member", "moderator", "owner");
const reason = () => text(MAX_REASON_LENGTH);
const seconds = () => count(MAX_SANCTION_SECONDS);

/** Who has a role that is more than member; for everyone, since people must know whom to ask. */
const roles = {
  request: new Definition("moderation.roles", {
    /** The last account of the page before; absent for the first page. */
    after: optional(account()),
  }),
  reply: new Definition("moderation.role-list", {
    /** Of the account that asks. */
    own: role(),
    entries: list(record({ account: account(), name: name(), role: role() }), MODERATION_PAGE),
    more: flag(),
  }),
} as const;

/** Gives an account a role. */
const grant = {
  request: new Definition("moderation.grant", { account: account(), role: role() }),
  reply: new Definition("moderation.granted", { name: name(), before: role(), role: role() }),
} as const;

/** Ends all sessions of an account and keeps it out. */
const kick = {
  request: new Definition("moderation.kick", {
    account: account(),
    /** Absent: until it is taken back (a ban). */
    forSeconds: optional(seconds()),
    reason: reason(),
  }),
  reply: new Definition("moderation.kicked", {
    name: name(),
    untilMs: optional(timestamp()),
    /** How many were ended. */
    sessions: count(),
  }),
} as const;

/** Takes a kick back. */
const unkick = {
  request: new Definition("moderation.unkick", { account: account() }),
  reply: new Definition("moderation.unkicked", { name: name() }),
} as const;

/** Refuses what an account sends; it still receives. */
const mute = {
  request: new Definition("moderation.mute", {
    account: account(),
    /** Absent: until it is taken back. */
    forSeconds: optional(seconds()),
    reason: reason(),
  }),
  reply: new Definition("moderation.muted", { name: name(), untilMs: optional(timestamp()) }),
} as const;

/** Takes a mute back. */
const unmute = {
  request: new Definition("moderation.unmute", { account: account() }),
  reply: new Definition("moderation.unmuted", { name: name() }),
} as const;

/** The kicks, or the mutes, that hold now. */
const sanctions = {
  request: new Definition("moderation.sanctions", {
    sanction: oneOf("kick", "mute"),
    after: optional(account()),
  }),
  reply: new Definition("moderation.sanction-list", {
    entries: list(
      record({
        account: account(),
        name: name(),
        /** The name of who did it; absent for the operator. */
        by: optional(name()),
        atMs: timestamp(),
        untilMs: optional(timestamp()),
        reason: reason(),
      }),
      MODERATION_PAGE,
    ),
    more: flag(),
  }),
} as const;

/** Locks of sign-ins by password that hold now, the longest first; not from where (SR-59). */
const locks = {
  request: new Definition("moderation.locks", {}),
  reply: new Definition("moderation.lock-list", {
    entries: list(
      record({ account: account(), name: name(), retryAfterSeconds: count(1_000_000) }),
      MODERATION_PAGE,
    ),
    more: flag(),
  }),
} as const;

/** Takes the locks of an account away, and forgets its failed tries. */
const unlock = {
  request: new Definition("moderation.unlock", { account: account() }),
  reply: new Definition("moderation.unlocked", { name: name(), wasLocked: flag() }),
} as const;

/** Who did what, the newest first. */
const audit = {
  request: new Definition("moderation.audit", {
    /** The last entry of the page before; absent for the newest. */
    before: optional(count()),
  }),
  reply: new Definition("moderation.audit-page", {
    entries: list(
      record({
        entry: count(),
        atMs: timestamp(),
        action: text(40),
        /** Names; `by` is absent for the operator. */
        by: optional(name()),
        target: optional(name()),
        untilMs: optional(timestamp()),
        detail: text(MAX_REASON_LENGTH),
      }),
      MODERATION_PAGE,
    ),
    more: flag(),
  }),
} as const;

/** The server ends this session for good, and says why: coming back will be refused with the same code and words. */
const dismissed = new Definition("moderation.dismissed", {
  code: text(40),
  message: text(500),
});

/** What a client asks, and the server answers. */
export const MODERATION_REQUESTS = exchanges({
  "moderation.roles": roles,
  "moderation.grant": grant,
  "moderation.kick": kick,
  "moderation.unkick": unkick,
  "moderation.mute": mute,
  "moderation.unmute": unmute,
  "moderation.sanctions": sanctions,
  "moderation.locks": locks,
  "moderation.unlock": unlock,
  "moderation.audit": audit,
});

/** What the server tells unasked. */
export const MODERATION_PUSHES = definitions({
  "moderation.dismissed": dismissed,
  /** The role of the account of this session is another one now. */
  "moderation.role": new Definition("moderation.role", {
    role: role(),
    /** The name of who gave it; absent for the operator. */
    by: optional(name()),
  }),
});
