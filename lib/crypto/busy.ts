/**
 * Busy texts (SR-61): what somebody wants others to read while they are away. Signed by the device, so that the server can
 * withhold or repeat a text, but not write one. That somebody is busy at all is the server's word.
 */

import { type Bytes, decodeUtf8, utf8 } from "../base/bytes.ts";
import type { Fingerprint } from "../base/ids.ts";
import { MAX_BUSY_TEXT_BYTES } from "../protocol/hop/roster.ts";
import {
  openDeviceStatement,
  type OpenedDeviceStatement,
  signDeviceStatement,
  type StatementSigner,
} from "./device_statement.ts";
import { numberField, readNumberField, type StatementRefusal } from "./statement.ts";

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
export type OpenedBusy =
  | (Omit<OpenedDeviceStatement, "fields"> & { readonly busy: Busy })
  | { readonly ok: false; readonly code: StatementRefusal };

const FIELD_COUNT = 3;

/** The signed text, for the server to show. */
export function makeBusy(
  signer: StatementSigner,
  { sinceMs, untilMs, text }: Busy,
): Promise<Bytes> {
  // 0 stands for no end.
  const fields = [numberField(sinceMs), numberField(untilMs ?? 0), utf8(text)];
  return signDeviceStatement("presence", signer, fields);
}

/** Takes a busy text apart. Nothing may be shown of it before `isSignedBy` says so. */
export function openBusy(bytes: Bytes, serverId: Fingerprint): OpenedBusy {
  const opened = openDeviceStatement("presence", serverId, bytes, FIELD_COUNT);
  if (!opened.ok) return opened;
  const { fields: [since, until, textField], ...statement } = opened;
  const sinceMs = readNumberField(since);
  const untilMs = readNumberField(until);
  const text = decodeUtf8(textField);
  const isRight = textField.length <= MAX_BUSY_TEXT_BYTES;
  if (sinceMs === undefined || untilMs === undefined || text === undefined || !isRight) {
    return { ok: false, code: "bad-field" };
  }
  return { ...statement, busy: { sinceMs, untilMs: untilMs === 0 ? undefined : untilMs, text } };
}
