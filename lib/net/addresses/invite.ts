/**
 * Invites: `heliograph://HOST:PORT/TOKEN#SHA256:…`. With a token it is a secret (SR-51) and registers an account; without
 * one it only makes the first contact certain.
 */

import { type Bytes, decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import type { Fingerprint } from "../../base/ids.ts";
import { formatHostPort, type HostPort, parseHostPort } from "./address.ts";
import { formatServerFingerprint, parseServerFingerprint } from "./server_fingerprint.ts";

const SCHEME = "heliograph://";
/** 128 bits (SR-44). */
const TOKEN_BYTES = 16;

/** Where a server is, what proves that it is the one, and what lets a newcomer in. */
export interface Invite {
  readonly address: HostPort;
  readonly fingerprint: Fingerprint;
  /** Registration token, 16 bytes. */
  readonly token?: Bytes;
}

/** The one text form of an invite; the token in URL-safe base64 without padding (RFC 4648 §5). */
export function formatInvite({ address, fingerprint, token }: Invite): string {
  const path = token === undefined ? "" : `/${toUrlBase64(token)}`;
  return `${SCHEME}${formatHostPort(address)}${path}#${formatServerFingerprint(fingerprint)}`;
}

/** Reads an invite, blanks around it allowed. Returns undefined when any part is wrong: half an invite trusts nobody. */
export function parseInvite(text: string): Invite | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith(SCHEME)) return undefined;
  const match = /^([^/#]+)(?:\/([A-Za-z0-9_-]+))?\/?#(.+)$/.exec(trimmed.slice(SCHEME.length));
  if (match === null) return undefined;
  const address = parseHostPort(match[1]);
  const fingerprint = parseServerFingerprint(match[3]);
  if (address === undefined || address.port === 0 || fingerprint === undefined) return undefined;
  if (match[2] === undefined) return { address, fingerprint };
  const token = fromUrlBase64(match[2]);
  return token?.length === TOKEN_BYTES ? { address, fingerprint, token } : undefined;
}

/** Whether somebody means an invite, be it whole or not. */
export function looksLikeInvite(text: string): boolean {
  return text.trim().startsWith(SCHEME);
}

function toUrlBase64(bytes: Bytes): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromUrlBase64(text: string): Bytes | undefined {
  const standard = text.replaceAll("-", "+").replaceAll("_", "/");
  return decodeBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, "="));
}
