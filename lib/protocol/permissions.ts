/**
 * Who may do what on a server: one table for the server, which judges by it, and for clients, which show it. These are roles
 * on the server; rooms have roles of their own.
 */

/** From the least to the greatest. Everyone is at least a member. */
export const ROLES = ["member", "moderator", "owner"] as const;
/** What an account is on the server. */
export type Role = typeof ROLES[number];

/** What needs a role, with the command by which people know it. */
export const ACTIONS = {
  "broadcast": "/broadcast",
  "grant": "/grant",
  "addresses": "/who",
  "kick": "/kick",
  "unkick": "/unkick",
  "mute": "/mute-user",
  "unmute": "/unmute-user",
  "sanctions": "/kicklist",
  "locks": "/locks",
  "unlock": "/unlock",
  "audit": "/audit",
  "add-video": "/video add",
  "drain": "/drain",
  "restart": "/restart",
} as const;
/** A word of the table above. */
export type Action = keyof typeof ACTIONS;

const MEMBERSHIP = ["broadcast"] as const;
const MODERATION = [
  ...MEMBERSHIP,
  "kick",
  "unkick",
  "mute",
  "unmute",
  "sanctions",
  "locks",
  "unlock",
  "audit",
  "add-video",
] as const;

/** What each role may do. */
export const PERMITTED: Readonly<Record<Role, readonly Action[]>> = {
  member: MEMBERSHIP,
  moderator: MODERATION,
  owner: [...MODERATION, "grant", "addresses", "drain", "restart"],
};

/** Whether a role may do something at all. */
export function isPermitted(role: Role, action: Action): boolean {
  return PERMITTED[role].includes(action);
}

/** The least role that may do it. */
export function roleNeeded(action: Action): Role {
  return ROLES.find((role) => isPermitted(role, action)) ?? "owner";
}

/** Whom a role may act on: owners on everyone, moderators on members alone, so that they cannot fight each other. */
export function mayActOn(actor: Role, target: Role): boolean {
  return actor === "owner" || ROLES.indexOf(actor) > ROLES.indexOf(target);
}

/** Spellings of roles, with the seeds' grants 0 and 1 (rows S2.17, S2.24: their admins also change grants). */
const SPELLINGS: Readonly<Record<string, Role>> = {
  "0": "member",
  "1": "owner",
  "user": "member",
  "admin": "owner",
  "member": "member",
  "moderator": "moderator",
  "owner": "owner",
};

/** The role that a word means; undefined when it means none. */
export function parseRole(word: string): Role | undefined {
  const spelling = word.toLowerCase();
  return Object.hasOwn(SPELLINGS, spelling) ? SPELLINGS[spelling] : undefined;
}

// What a bot's token allows its device to ask of the server (SR-48). Which word a request needs stands in its row of the
// server's table (`server/routes/`). See docs/protocol.md, "Bot tokens".

/** What a token may be made for. `receive` is in each: who says something has to follow how the keys go on. */
export const SCOPES = [
  "receive",
  "send",
  "rooms",
  "files",
  "broadcast",
  "presence",
  "videos",
] as const;
/** A word of the list above. */
export type Scope = typeof SCOPES[number];

/** What a request needs of a token. `never`: whoever holds one takes nothing over with it: no password, no device, no role. */
export type NeededScope = Scope | "never";

/** Whether a device with a token for these scopes may ask what needs this. */
export function mayAsk(scopes: readonly Scope[], needed: NeededScope): boolean {
  return needed !== "never" && (needed === "receive" || scopes.includes(needed));
}

/** `send,rooms`, in any order, with blanks; `receive` is always among them. Undefined for a word that is none. */
export function parseScopes(text: string): readonly Scope[] | undefined {
  const words = new Set(text.split(",").map((word) => word.trim()).filter((word) => word !== ""));
  const scopes = SCOPES.filter((scope) => scope === "receive" || words.has(scope));
  const isKnown = [...words].every((word) => SCOPES.some((scope) => scope === word));
  return isKnown && words.size > 0 ? scopes : undefined;
}
