/**
 * What a bot's token allows its device to ask of the server (SR-48): one row for each request, so that a new one does not
 * compile before somebody decided. See docs/protocol.md, "Bot tokens".
 */

import type { HopRequestKind } from "./hop/mod.ts";

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

/** `never`: whoever holds a token takes nothing over with it: no password, no device, no role. */
const NEEDS: { readonly [Kind in HopRequestKind]: Scope | "never" } = {
  // Before anybody is signed in.
  "hello": "never",
  "login.register-start": "never",
  "login.register-finish": "never",
  "login.start": "never",
  "login.finish": "never",
  "login.device": "never",
  "login.recovery-fetch": "never",
  "login.link-device": "never",
  "login.reset-identity": "never",
  "login.password-start": "never",
  "login.password-finish": "never",
  "login.delete-account": "never",
  "login.logout": "never",
  "server.end": "never",
  "device.list": "receive",
  "device.name": "never",
  "device.remove": "never",
  "device.link-ask": "never",
  "device.link-requests": "never",
  "device.link-answer": "never",
  // Whom the person blocked is nobody's business who holds a token.
  "device.read-page": "never",
  "device.write-page": "never",
  "keys.publish": "receive",
  "keys.count": "receive",
  "keys.fetch": "receive",
  "keys.certificates": "receive",
  "keys.account": "receive",
  "roster.page": "presence",
  "presence.set": "presence",
  "relay.open": "send",
  "relay.send": "send",
  // A device that was added has to commit at once, and each gives new keys from time to time.
  "relay.commit": "receive",
  "relay.group": "receive",
  "relay.winner": "receive",
  "relay.list": "receive",
  "relay.restored": "receive",
  "relay.subscribe": "receive",
  "broadcast.send": "broadcast",
  "broadcast.read": "receive",
  "moderation.roles": "never",
  "moderation.grant": "never",
  "moderation.kick": "never",
  "moderation.unkick": "never",
  "moderation.mute": "never",
  "moderation.unmute": "never",
  "moderation.sanctions": "never",
  "moderation.locks": "never",
  "moderation.unlock": "never",
  "moderation.audit": "never",
  "room.create": "rooms",
  "room.invite": "rooms",
  "room.remove": "rooms",
  "room.commit": "rooms",
  "room.entries": "receive",
  "room.wanted": "receive",
  "room.invitation": "receive",
  "room.decline": "rooms",
  "room.guests": "receive",
  "room.kicked": "receive",
  "room.list": "receive",
  "room.find": "receive",
  "room.close": "rooms",
  "spool.open": "files",
  "spool.fetch": "files",
  "spool.release": "files",
  "stream.open": "send",
  "stream.join": "receive",
  "stream.leave": "receive",
  "direct.rendezvous": "files",
  "video.list": "videos",
  "video.open": "videos",
  "video.control": "videos",
};

/** Whether a device with a token for these scopes may ask this. */
export function mayAsk(scopes: readonly Scope[], kind: HopRequestKind): boolean {
  const needed = NEEDS[kind];
  return needed !== "never" && (needed === "receive" || scopes.includes(needed));
}

/** `send,rooms`, in any order, with blanks; `receive` is always among them. Undefined for a word that is none. */
export function parseScopes(text: string): readonly Scope[] | undefined {
  const words = new Set(text.split(",").map((word) => word.trim()).filter((word) => word !== ""));
  const scopes = SCOPES.filter((scope) => scope === "receive" || words.has(scope));
  const isKnown = [...words].every((word) => SCOPES.some((scope) => scope === word));
  return isKnown && words.size > 0 ? scopes : undefined;
}
