/** Certificates and keys as text (RFC 7468). */

import { type Bytes, decodeBase64, encodeBase64 } from "../base/bytes.ts";

/** What the text says that it is. */
export type PemLabel = "CERTIFICATE" | "PRIVATE KEY";

/** 64 characters a line, a line end at the end. */
export function formatPem(label: PemLabel, der: Bytes): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** What a text of exactly one such thing holds; undefined for any other text. */
export function parsePem(label: PemLabel, text: string): Bytes | undefined {
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  const trimmed = text.trim();
  if (!trimmed.startsWith(begin) || !trimmed.endsWith(end)) return undefined;
  return decodeBase64(trimmed.slice(begin.length, -end.length).replaceAll(/\s/g, ""));
}
