/**
 * What a bot's token allows its device to ask of the server (SR-48). Which word a request needs stands in its row of the
 * server's table (`server/routes/`). See docs/protocol.md, "Bot tokens".
 */

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
