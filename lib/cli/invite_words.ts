/** What is said of an invite or an address while it is typed: how far it goes, and what is wrong with it. Pure. */

import { formatHostPort, parseHostPort } from "../net/addresses/address.ts";
import { looksLikeInvite, parseInvite } from "../net/addresses/invite.ts";

const SCHEME = "heliograph://";
/** Of `SHA256:` and 43 digits. */
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;
const PREFIX = "SHA256:";
const DIGITS = 43;

/** Below an invite: empty while there is nothing to say. */
export function inviteWords(typed: string): string {
  const text = typed.trim();
  if (text === "" || SCHEME.startsWith(text)) return "";
  if (!looksLikeInvite(text)) return `An invite starts with ${SCHEME}`;
  const invite = parseInvite(text);
  if (invite !== undefined) {
    const gives = invite.token === undefined ? "" : ", good for a new account";
    return `An invite to ${formatHostPort(invite.address)}${gives}`;
  }
  const [, host, token, fingerprint] = /^([^/#]*)(?:\/([^#]*))?(?:#(.*))?$/s
    .exec(text.slice(SCHEME.length)) ?? [];
  const address = host === undefined ? undefined : parseHostPort(host);
  if (address === undefined || address.port === 0) {
    return host === "" ? "Next: the address, as in chat.example.org:9797" : `No address: ${host}`;
  }
  const where = `Address ${formatHostPort(address)}`;
  if (fingerprint === undefined) return `${where}. Next: the fingerprint, #SHA256:…`;
  if (PREFIX.startsWith(fingerprint)) return `${where}. The fingerprint begins with SHA256:`;
  const digits = fingerprint.slice(PREFIX.length);
  if (fingerprint.startsWith(PREFIX) && digits.length < DIGITS) {
    return `${where}. Fingerprint: ${digits.length} of ${DIGITS} characters`;
  }
  if (!FINGERPRINT.test(fingerprint)) return `${where}. The fingerprint is wrong: copy it again`;
  return token === undefined || token === ""
    ? `${where}. The fingerprint is wrong: copy it again`
    : `${where}. Its middle part is cut or too long: copy the invite again`;
}

/** Below the address of a server, where an invite does as well. */
export function serverWords(typed: string): string {
  const text = typed.trim();
  if (text === "" || SCHEME.startsWith(text)) return "";
  if (looksLikeInvite(text)) return inviteWords(text);
  const address = parseHostPort(text);
  return address === undefined || address.port === 0
    ? "An address is HOST or HOST:PORT, as in chat.example.org:9797"
    : "";
}

/** Why it cannot be used; undefined for one that is whole. */
export function inviteProblem(typed: string): string | undefined {
  if (parseInvite(typed) !== undefined) return undefined;
  const why = inviteWords(typed) || `An invite starts with ${SCHEME}`;
  return `Cannot use this invite. ${why}. Escape goes back`;
}
