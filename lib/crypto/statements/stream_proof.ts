/**
 * Who sends a stream (SR-66): its keys are known to all members of a group, so a device signs the hashes of what it sealed
 * by its statement key. A proof is sealed like a unit, and covers all units since the proof before.
 */

import { type Bytes, concatBytes } from "../../base/bytes.ts";
import { type Fingerprint, parseStreamId, type StreamId } from "../../base/ids.ts";
import { STREAM_PROOF_UNITS } from "../../protocol/peer/stream.ts";
import {
  openDeviceStatement,
  type OpenedDeviceStatement,
  type RefusedStatement,
  signDeviceStatement,
  type StatementSigner,
} from "./device_statement.ts";
import { type Field, idField, NUMBER, writeFields } from "./statement_fields.ts";

/** Of SHA-256. */
const HASH_BYTES = 32;

/** What is signed: the units of these counters, as they were sealed. */
export interface StreamProof {
  readonly stream: StreamId;
  readonly first: number;
  readonly hashes: readonly Bytes[];
}

/** A proof as it came, not yet believed. */
export type OpenedStreamProof =
  | (OpenedDeviceStatement & { readonly proof: Omit<StreamProof, "stream"> })
  | RefusedStatement;

const HASHES: Field<readonly Bytes[]> = {
  write: (hashes) => concatBytes(...hashes),
  read(field) {
    const count = field.length / HASH_BYTES;
    if (!Number.isInteger(count) || count < 1 || count > STREAM_PROOF_UNITS) return undefined;
    return Array.from(
      { length: count },
      (_, i) => field.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
    );
  },
};
const FIELDS = { stream: idField(parseStreamId), first: NUMBER, hashes: HASHES } as const;

/** The hash of a unit, as a proof has it. */
export async function unitHash(unit: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", unit));
}

/** At most `STREAM_PROOF_UNITS` hashes. */
export function makeStreamProof(signer: StatementSigner, proof: StreamProof): Promise<Bytes> {
  return signDeviceStatement("stream-proof", signer, writeFields(FIELDS, proof));
}

/** Takes a proof of this stream apart. Nothing in it holds before `isSignedBy` says so. */
export function openStreamProof(
  bytes: Bytes,
  about: { readonly serverId: Fingerprint; readonly stream: StreamId },
): OpenedStreamProof {
  const opened = openDeviceStatement("stream-proof", about.serverId, bytes, FIELDS);
  if (!opened.ok) return opened;
  const { facts: { stream, first, hashes }, ...statement } = opened;
  if (stream !== about.stream) return { ok: false, code: "bad-field" };
  return { ...statement, proof: { first, hashes } };
}
