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
  /** It contradicts what the same device sealed before. No server can make that of what an honest device sealed. */
  | { readonly result: "broken" }
  /** Sealed before the device's present chain began, and late: it is judged by nothing any more. */
  | { readonly result: "earlier" }
  /** The device says that it lost its state and begins anew. */
  | { readonly result: "restarted" };

/** A received payload's place in its chain. */
export interface ReceivedLink extends ChainLink {
  readonly previous: Bytes;
  /** In which it was sealed. */
  readonly epoch: number;
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

/** What is known of a device's chain before one more payload of it is judged. */
export interface KnownChain {
  /** The one with the highest number. Its hash is empty when that is not known (`Chains.arrive`). */
  readonly last: ChainLink | undefined;
  /** The epoch in which the device came in with the keys that it has: its present chain has nothing older. */
  readonly sinceEpoch: number;
  /** Payloads were passed over unread: whatever comes next is the next. */
  readonly isTakenUp: boolean;
}

/**
 * Judges a payload's number and hash by what is known of that device and whether its number is missing.
 *
 * Only two payloads of one device can be `broken`, and both carry its signature. The server cannot bring it about: it can leave
 * payloads out (a gap), bring them late, twice (`repeated`; a payload that it had sealed anew is the same payload), and out of
 * order. A device numbers each payload once; when it loses its state it comes in anew, by a commit that all see, and begins
 * another chain, of which `sinceEpoch` keeps apart what it sealed before.
 */
export function judge(
  link: ReceivedLink,
  known: KnownChain & { readonly isMissing: boolean },
): ChainVerdict {
  const { last, isMissing } = known;
  if (link.epoch < known.sinceEpoch) return { result: "earlier" };
  if (link.restart && link.number === 1) return { result: "restarted" };
  if (isMissing) return { result: "late" };
  if (last === undefined) {
    return link.number === 1 || link.joinedLate || known.isTakenUp
      ? { result: "next" }
      : { result: "gap", from: 1, to: link.number - 1 };
  }
  if (link.number > last.number + 1) {
    return { result: "gap", from: last.number + 1, to: link.number - 1 };
  }
  if (last.hash.length === 0) return { result: "next" };
  const isNext = link.number === last.number + 1;
  if (isNext) return { result: equalBytes(link.previous, last.hash) ? "next" : "broken" };
  const isOther = link.number === last.number && !equalBytes(link.hash, last.hash);
  return { result: isOther ? "broken" : "repeated" };
}
