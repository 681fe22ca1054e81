/**
 * Broadcasts (SR-60): said to everyone on the server, the server included. Signed by the sender's statement key, so that
 * nobody can put words into another's mouth; not sealed, and shown so. Number and order time are the server's.
 */

import { type Bytes, decodeUtf8, encodeHex, utf8 } from "../base/bytes.ts";
import { type BroadcastId, type Fingerprint, idBytes, parseBroadcastId } from "../base/ids.ts";
import { MAX_BROADCAST_TEXT_BYTES } from "../protocol/hop/broadcast.ts";
import {
  openDeviceStatement,
  type OpenedDeviceStatement,
  signDeviceStatement,
  type StatementSigner,
} from "./device_statement.ts";
import { numberField, readNumberField, type StatementRefusal } from "./statement.ts";

/** What a sender signs. */
export interface Broadcast {
  /** Fresh for each broadcast: the same again is a repetition. */
  readonly id: BroadcastId;
  /** The sender's clock. */
  readonly sentAtMs: number;
  /** 1 to `MAX_BROADCAST_TEXT_BYTES` bytes of UTF-8. */
  readonly text: string;
}

/** A broadcast as it came, not yet believed. */
export type OpenedBroadcast =
  | (Omit<OpenedDeviceStatement, "fields"> & { readonly broadcast: Broadcast })
  | { readonly ok: false; readonly code: StatementRefusal };

const FIELD_COUNT = 3;

/** The signed broadcast, for the server to pass on. */
export function makeBroadcast(signer: StatementSigner, broadcast: Broadcast): Promise<Bytes> {
  const { id, sentAtMs, text } = broadcast;
  return signDeviceStatement("broadcast", signer, [idBytes(id), numberField(sentAtMs), utf8(text)]);
}

/** Takes a broadcast apart. Nothing may be shown of it before `isSignedBy` says so. */
export function openBroadcast(bytes: Bytes, serverId: Fingerprint): OpenedBroadcast {
  const opened = openDeviceStatement("broadcast", serverId, bytes, FIELD_COUNT);
  if (!opened.ok) return opened;
  const { fields: [idField, time, textField], ...statement } = opened;
  const id = parseBroadcastId(encodeHex(idField));
  const sentAtMs = readNumberField(time);
  const text = decodeUtf8(textField);
  const isRight = textField.length > 0 && textField.length <= MAX_BROADCAST_TEXT_BYTES;
  if (id === undefined || sentAtMs === undefined || text === undefined || !isRight) {
    return { ok: false, code: "bad-field" };
  }
  return { ...statement, broadcast: { id, sentAtMs, text } };
}
