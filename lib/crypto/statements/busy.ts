/**
 * Busy texts (SR-61): what somebody wants others to read while they are away. Signed by the device, so that the server can
 * withhold or repeat a text, but not write one. That somebody is busy at all is the server's word.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { Fingerprint } from "../../base/ids.ts";
import { MAX_BUSY_TEXT_BYTES } from "../../protocol/hop/roster.ts";
import {
  openDeviceStatement,
  type OpenedDeviceStatement,
  type RefusedStatement,
  signDeviceStatement,
  type StatementSigner,
} from "./device_statement.ts";
import { NUMBER, textUpTo, writeFields } from "./statement_fields.ts";

/** What somebody says of being busy. */
export interface Busy {
  /** The signer's clock. */
  readonly sinceMs: number;
  /** The signer's clock; undefined until further notice. */
  readonly untilMs: number | undefined;
  /** Up to `MAX_BUSY_TEXT_BYTES` bytes of UTF-8, or empty. */
  readonly text: string;
}

/** A busy text as it came, not yet believed. */
export type OpenedBusy = (OpenedDeviceStatement & { readonly busy: Busy }) | RefusedStatement;

/** `untilMs`: 0 stands for no end. */
const FIELDS = { sinceMs: NUMBER, untilMs: NUMBER, text: textUpTo(MAX_BUSY_TEXT_BYTES) } as const;

/** The signed text, for the server to show. */
export function makeBusy(signer: StatementSigner, busy: Busy): Promise<Bytes> {
  const facts = { ...busy, untilMs: busy.untilMs ?? 0 };
  return signDeviceStatement("presence", signer, writeFields(FIELDS, facts));
}

/** Takes a busy text apart. Nothing may be shown of it before `isSignedBy` says so. */
export function openBusy(bytes: Bytes, serverId: Fingerprint): OpenedBusy {
  const opened = openDeviceStatement("presence", serverId, bytes, FIELDS);
  if (!opened.ok) return opened;
  const { facts: { sinceMs, untilMs, text }, ...statement } = opened;
  return { ...statement, busy: { sinceMs, untilMs: untilMs === 0 ? undefined : untilMs, text } };
}
