/**
 * Broadcasts (SR-60): said to everyone on the server, the server included. Signed by the sender's statement key, so that
 * nobody can put words into another's mouth; not sealed, and shown so. Number and order time are the server's.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { Fingerprint } from "../../base/ids.ts";
import { MAX_BROADCAST_TEXT_BYTES } from "../../protocol/hop/broadcast.ts";
import {
  openDeviceStatement,
  type OpenedDeviceStatement,
  type RefusedStatement,
  signDeviceStatement,
  type StatementSigner,
} from "./device_statement.ts";
import { BROADCAST, type FactsOf, NUMBER, textUpTo, writeFields } from "./statement_fields.ts";

/** What a sender signs. */
const FIELDS = {
  /** Fresh for each broadcast: the same again is a repetition. */
  id: BROADCAST,
  /** The sender's clock. */
  sentAtMs: NUMBER,
  text: textUpTo(MAX_BROADCAST_TEXT_BYTES, (text) => text !== ""),
} as const;

/** See `FIELDS`. */
export type Broadcast = FactsOf<typeof FIELDS>;

/** A broadcast as it came, not yet believed. */
export type OpenedBroadcast =
  | (OpenedDeviceStatement & { readonly broadcast: Broadcast })
  | RefusedStatement;

/** The signed broadcast, for the server to pass on. */
export function makeBroadcast(signer: StatementSigner, broadcast: Broadcast): Promise<Bytes> {
  return signDeviceStatement("broadcast", signer, writeFields(FIELDS, broadcast));
}

/** Takes a broadcast apart. Nothing may be shown of it before `isSignedBy` says so. */
export function openBroadcast(bytes: Bytes, serverId: Fingerprint): OpenedBroadcast {
  const opened = openDeviceStatement("broadcast", serverId, bytes, FIELDS);
  if (!opened.ok) return opened;
  const { facts: { id, sentAtMs, text }, ...statement } = opened;
  return { ...statement, broadcast: { id, sentAtMs, text } };
}
