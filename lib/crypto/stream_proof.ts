/**
 * Who sends a stream (SR-66): its keys are known to all members of a group, so a device signs the hashes of what it sealed
 * by its statement key. A proof is sealed like a unit, and covers all units since the proof before.
 */

import { type Bytes, concatBytes, equalBytes } from "../base/bytes.ts";
import { type Fingerprint, idBytes, type StreamId } from "../base/ids.ts";
import { STREAM_PROOF_UNITS } from "../protocol/peer/stream.ts";
import {
  openDeviceStatement,
  type OpenedDeviceStatement,
  signDeviceStatement,
  type StatementSigner,
} from "./device_statement.ts";
import { numberField, readNumberField, type StatementRefusal } from "./statement.ts";

/** Of SHA-256. */
const HASH_BYTES = 32;
const FIELD_COUNT = 3;

/** What is signed: the units of these counters, as they were sealed. */
export interface StreamProof {
  readonly stream: StreamId;
  readonly first: number;
  readonly hashes: readonly Bytes[];
}

/** A proof as it came, not yet believed. */
export type OpenedStreamProof =
  | (Omit<OpenedDeviceStatement, "fields"> & { readonly proof: Omit<StreamProof, "stream"> })
  | { readonly ok: false; readonly code: StatementRefusal };

/** The hash of a unit, as a proof has it. */
export async function unitHash(unit: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", unit));
}

/** At most `STREAM_PROOF_UNITS` hashes. */
export function makeStreamProof(signer: StatementSigner, proof: StreamProof): Promise<Bytes> {
  const { stream, first, hashes } = proof;
  return signDeviceStatement("stream-proof", signer, [
    idBytes(stream),
    numberField(first),
    concatBytes(...hashes),
  ]);
}

/** Takes a proof of this stream apart. Nothing in it holds before `isSignedBy` says so. */
export function openStreamProof(
  bytes: Bytes,
  about: { readonly serverId: Fingerprint; readonly stream: StreamId },
): OpenedStreamProof {
  const opened = openDeviceStatement("stream-proof", about.serverId, bytes, FIELD_COUNT);
  if (!opened.ok) return opened;
  const { fields: [stream, firstField, all], ...statement } = opened;
  const first = readNumberField(firstField);
  const count = all.length / HASH_BYTES;
  const isRight = equalBytes(stream, idBytes(about.stream)) && Number.isInteger(count) &&
    count >= 1 && count <= STREAM_PROOF_UNITS;
  if (first === undefined || !isRight) return { ok: false, code: "bad-field" };
  const hashes = Array.from(
    { length: count },
    (_, i) => all.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
  return { ...statement, proof: { first, hashes } };
}
