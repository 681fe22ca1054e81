/**
 * A CA's files as text. `ca.pem` is its certificate, and behind it, once the CA was rotated, how it came to be: in one file,
 * so that neither can be lost without the other.
 */

import {
  ByteReader,
  type Bytes,
  ByteWriter,
  decodeBase64,
  encodeBase64,
} from "../../base/bytes.ts";
import { certificateDer } from "./server_certificate.ts";
import type { Succession } from "./server_succession.ts";

/** As stored by the server, 0600, and in its backups: without the private key every client would refuse it (SR-50). */
export interface AuthorityFiles {
  readonly certificate: string;
  readonly privateKey: string;
}

// RFC 7468 §2: tools that look for certificates pass over labels that they do not know.
const BEGIN = "-----BEGIN HELIOGRAPH CA SUCCESSION-----";
const END = "-----END HELIOGRAPH CA SUCCESSION-----";
const KEY_BEGIN = "-----BEGIN PRIVATE KEY-----";

/** The text of `ca.pem`. */
export function formatAuthorityCertificate({ present, parts }: Succession): string {
  if (parts.length === 1) return present.pem;
  const body = new ByteWriter();
  for (const part of parts) body.field(part);
  const lines = encodeBase64(body.finish()).match(/.{1,64}/g) ?? [];
  return `${present.pem}${BEGIN}\n${lines.join("\n")}\n${END}\n`;
}

/** The certificate and the parts of its succession, not checked yet. Undefined for what is no `ca.pem`. */
export function parseAuthorityCertificate(
  text: string,
): { der: Bytes; parts: readonly Bytes[] } | undefined {
  const at = text.indexOf(BEGIN);
  const der = certificateDer(at < 0 ? text : text.slice(0, at));
  if (der === undefined) return undefined;
  if (at < 0) return { der, parts: [der] };
  const behind = text.slice(at + BEGIN.length).trim();
  const body = behind.endsWith(END) ? behind.slice(0, -END.length).replaceAll(/\s/g, "") : "";
  const bytes = decodeBase64(body);
  const parts = bytes === undefined ? [] : readFields(bytes);
  return parts.length < 2 ? undefined : { der, parts };
}

function readFields(bytes: Bytes): readonly Bytes[] {
  const reader = new ByteReader(bytes);
  const parts: Bytes[] = [];
  while (!reader.done) {
    const part = reader.field();
    if (part.length === 0) return [];
    parts.push(part);
  }
  return parts;
}

/** Both files in one text, for a step that must take both or none. */
export function joinAuthorityFiles({ certificate, privateKey }: AuthorityFiles): string {
  return certificate + privateKey;
}

/** Takes apart what `joinAuthorityFiles` joined; whether the two are good is for `Authority.open` to say. */
export function splitAuthorityFiles(text: string): AuthorityFiles {
  const at = text.indexOf(KEY_BEGIN);
  return at < 0
    ? { certificate: text, privateKey: "" }
    : { certificate: text.slice(0, at), privateKey: text.slice(at) };
}
