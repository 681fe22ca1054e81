/**
 * The chain of payloads of each sending device in a conversation (SR-28): a running number and the hash of the payload
 * before, inside the seal. What the server drops, repeats or reorders leaves a trace here. Pure.
 */

import { type Bytes, encodeBase64, equalBytes } from "../../base/bytes.ts";
import { PEER_FORMAT, SHORT_HASH_BYTES } from "../../protocol/peer/payload.ts";

/** A payload's place in its chain. */
export interface ChainLink {
  readonly number: number;
  /** First 16 bytes of SHA-256 of the payload with that number. */
  readonly hash: Bytes;
}

/** What a received number says about those before it. */
export type ChainVerdict =
  | { readonly result: "next" }
  /** Numbers before this one have not come: they are missing until they do. */
  | { readonly result: "gap"; readonly from: number; readonly to: number }
  /** One that was missing. */
  | { readonly result: "late" }
  /** This number was there before. */
  | { readonly result: "repeated" }
  /** It claims another past than the one that was seen. */
  | { readonly result: "broken" }
  /** The device says that it lost its state and begins anew. */
  | { readonly result: "restarted" };

/** A received payload's place in its chain. */
export interface ReceivedLink extends ChainLink {
  readonly previous: Bytes;
  readonly restart: boolean;
  /** Whether this device joined when others had already spoken. */
  readonly joinedLate: boolean;
}

/** The hash by which the next payload names this one: SHA-256, cut to `SHORT_HASH_BYTES`. */
export async function hashPayload(payload: Bytes): Promise<Bytes> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", payload));
  return digest.slice(0, SHORT_HASH_BYTES);
}

/** The fields that a payload begins with (`chain` of `protocol/peer/payload`). */
export interface ChainFields {
  readonly v: number;
  readonly id: string;
  readonly number: number;
  readonly previous: string;
  readonly restart?: boolean;
}

/** The chain fields of the next payload after `last`. */
export function chainFields(
  id: string,
  last: ChainLink | undefined,
  restart: boolean,
): ChainFields {
  return {
    v: PEER_FORMAT,
    id,
    number: (last?.number ?? 0) + 1,
    previous: last === undefined ? "" : encodeBase64(last.hash),
    ...(restart ? { restart } : {}),
  };
}

/** Judges a payload's number and hash by the last one of that device and the set of missing numbers. */
export function judge(
  link: ReceivedLink,
  known: { last: ChainLink | undefined; isMissing: boolean },
): ChainVerdict {
  const { last, isMissing } = known;
  if (link.restart && link.number === 1) return { result: "restarted" };
  if (isMissing) return { result: "late" };
  if (last === undefined) {
    return link.number === 1 || link.joinedLate
      ? { result: "next" }
      : { result: "gap", from: 1, to: link.number - 1 };
  }
  if (link.number <= last.number) return { result: "repeated" };
  if (link.number > last.number + 1) {
    return { result: "gap", from: last.number + 1, to: link.number - 1 };
  }
  return equalBytes(link.previous, last.hash) ? { result: "next" } : { result: "broken" };
}
