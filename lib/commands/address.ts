/** Whom a line of the chat is for when a name stands before its first colon, and when that may have been meant. Pure. */

import { isEmojiName } from "./emoticons.ts";

/** Finds an account, or a room after `#`, by exactly this text; undefined when there is none. */
export type RecipientLookup<Recipient> = (name: string) => Recipient | undefined;

/** Whom a name that nobody has exactly brings to mind: oneself, somebody who is written otherwise or nearly so, or nobody. */
export type Resemblance<Recipient> =
  | { readonly is: "own" }
  | { readonly is: "spelling"; readonly of: Recipient }
  /** A typing mistake away. */
  | { readonly is: "near"; readonly name: string }
  | { readonly is: "unknown" };

/** What stands before the first colon, and the rest as it was typed. */
export interface Address {
  /** Without the `@` and the quotes that it may stand in. */
  readonly name: string;
  readonly rest: string;
  /** It was typed with an `@`, which no name has. */
  readonly isMention?: true;
}

/** Never names, however they are registered: what begins so is a link. None of them can be registered (`base/account_name.ts`). */
const SCHEMES = new Set(
  "http https ftp ftps sftp ssh ws wss file data mailto tel javascript heliograph".split(" "),
);

/** A clock, a score, a port: a name of digits alone is not addressed with digits. */
const TIME = /^\d+:\d/;

/** `@bob:example.org` is an account of another network. */
const ELSEWHERE = /^@[^\s:]+:[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+(?![\p{L}\p{N}])/u;

/** The name before the first colon of a text, if it may be one at all. */
export function splitAddress(text: string): Address | undefined {
  const colon = text.indexOf(":");
  if (colon < 1 || TIME.test(text)) return undefined;
  const isMention = text.startsWith("@");
  if (isMention && (colon < 2 || ELSEWHERE.test(text))) return undefined;
  const typed = text.slice(isMention ? 1 : 0, colon);
  if (SCHEMES.has(typed.toLowerCase())) return undefined;
  // A name with a blank is shown in quotes, and may be typed as it is shown.
  const name = /^"(.+)"$/.exec(typed)?.[1] ?? typed;
  // No room is mentioned: its mark is another one.
  if (isMention && name.startsWith("#")) return undefined;
  return { name, rest: text.slice(colon + 1), ...(isMention && { isMention }) };
}

/** What looks like a name where none has to stand: one word, in quotes any. */
const NAME_WORD = /^#?[\p{L}\p{M}\p{N}_'.-]{1,90}$/u;
const QUOTED = /^#?"[^"]{1,90}":/u;

/** What may be a name with blanks: it stands on one line, and has nothing in it that no name may have. */
const NAME_LINE = /^#?[^\n\r#@/\\]{1,90}$/u;

/** Of a text: a shape shows at its beginning, and a pasted page must not cost time by the square of its length. */
const LOOKED_AT_UNITS = 256;

// Curved apostrophe and ellipsis are escaped: scripts stay ASCII, which takes a third of the memory (decision 0096).
/** A word and a face, and nothing behind it: whoever gets it learns nothing. */
const FACE = /^[^\s:]+:['\u2019]?-?[()[\]{}|/\\*><]{1,3}[.,;!?\u2026]*$/u;
/** A word and the name of an emoji, if it is one. */
const EMOJI = /^[^\s:]+:([a-z0-9_+-]+):[.,;!?\u2026]*$/u;

/** What has a colon in it and is no address: tried on the whole text, which begins with the would-be name. */
const OTHERWISE: readonly RegExp[] = [
  // Links with any scheme, and hosts with a port: behind that of jon.doe:5 comes no text.
  /^[^\s:]+:\/\/\S/u,
  /^localhost:\d{1,5}(?![\p{L}\p{N}])/u,
  /^[^\s:]+\.[^\s:]+:\d{2,5}(?:[/?#]|[.,;!)]*$)/u,
  // Paths: C:\dir, C:/dir, host:/var/log, host:~/x, host:../x.
  /^[A-Za-z]:[\\/]/,
  /^[^\s:]+:(?:\.{0,2}|~)\/[^\s/]+\//u,
  /^[^\s:]+:(?:\.{1,2}|~)\//u,
  // std::vector, and addresses of machines: fe80::1, 00:1a:2b:3c:4d:5e.
  /^[^\s:]+::[\p{L}\p{N}_]/u,
  /^(?:[0-9a-f]{1,4}:){2,}[0-9a-f:.]*(?:\s|$)/i,
  // Emoticons. Those of a letter or a digit could begin a text as well: they end one.
  /^[^\s:]+:['\u2019]?-?[()[\]{}|/\\*><]{1,3}[.,;!?\u2026]*\s/u,
  /^[^\s:]+:['\u2019]?-?[DPpOo3][.,;!?\u2026]*$/u,
];

function isOtherwise(text: string): boolean {
  const emoji = EMOJI.exec(text)?.[1];
  return OTHERWISE.some((shape) => shape.test(text)) ||
    (emoji !== undefined && isEmojiName(emoji));
}

/**
 * Whether the text may have been meant for whom the address names, who is not there by exactly this name. What is oneself, or
 * somebody in another spelling, may, whatever follows; an unknown name only in the spelling `name:text`, without a blank, or
 * before a command. Prose, times, links, paths and emoticons are none of that; where a room is named, or one that is a typing
 * mistake away, links and paths are what is to be sent there.
 */
export function mayBeMeant<Recipient>(
  text: string,
  { name, rest, isMention }: Address,
  facts: {
    readonly resemblance: Resemblance<Recipient>;
    /** Whether this, which begins with a slash, calls a command that there is. */
    readonly isCommand: (line: string) => boolean;
  },
): boolean {
  const said = rest.trim();
  if (said === "") return false;
  if (said.startsWith("/") && facts.isCommand(said)) return NAME_LINE.test(name);
  const { is } = facts.resemblance;
  if (is === "own" || is === "spelling") return true;
  // A mention of somebody who is not known is a text, as it is without the colon.
  if (/^\s/u.test(rest) || isMention === true && is === "unknown") return false;
  const start = text.slice(0, LOOKED_AT_UNITS);
  if (FACE.test(start)) return false;
  if (is === "near") return true;
  if (!NAME_WORD.test(name) && !QUOTED.test(text)) return false;
  return name.startsWith("#") || !isOtherwise(start);
}
