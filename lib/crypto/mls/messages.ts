/** MLS messages from and to bytes (RFC 9420 §6), and what an MLS step can end in besides success. */

import {
  decodeMlsMessage,
  encodeMlsMessage,
  type MLSMessage,
  type MlsMessageContent,
} from "ts-mls";
import { asBytes, type Bytes } from "../../base/bytes.ts";
import type { Fingerprint } from "../../base/ids.ts";
import type { CredentialCheck, GroupDevice } from "./certificates.ts";

/** Why something was refused. For logs and tests; people are told the same for all of them. */
export type MlsRefusal =
  | "malformed"
  | "unexpected-type"
  | "wrong-group"
  | "wrong-suite"
  | "extensions"
  | "bad-credential"
  | "unreadable"
  | "own-message"
  | "too-far-ahead"
  | "proposal"
  | "commit-shape"
  | "changed-leaf"
  | "duplicate-device"
  | "duplicate-key"
  | "second-identity"
  | "other-device-removed"
  | "not-allowed"
  | "removed-device"
  | "wrong-charter"
  | "wrong-account"
  | "wrong-pin"
  | "expired"
  | "lifetime"
  | "revoked"
  | "already-member"
  | "not-member"
  | "wrong-key-package"
  | "declined"
  | "old-group-info"
  | "forked"
  | "unknown-signer"
  | "no-own-act";

/** A step that did not happen; nothing changed, and the same bytes may be tried again. */
export type Failure =
  | {
    readonly kind: "refused";
    readonly code: MlsRefusal;
    /** Of `removed-device`: the one that would have come back. */
    readonly device?: GroupDevice;
  }
  /** The certificates with these hashes are to be fetched, then the step is to be tried again (SR-12). */
  | { readonly kind: "missing-certificates"; readonly hashes: readonly Fingerprint[] };

/** A refusal as a result. */
export function refused(code: MlsRefusal): Extract<Failure, { kind: "refused" }> {
  return { kind: "refused", code };
}

/** The bytes of an MLSMessage (RFC 9420 §6). */
export function encodeMessage(content: MlsMessageContent): Bytes {
  return asBytes(encodeMlsMessage({ version: "mls10", ...content }));
}

/** Undefined when the bytes are not exactly one message. The message is a copy: wiping it leaves the input alone. */
export function decodeMessage(bytes: Bytes): MLSMessage | undefined {
  const copy = bytes.slice();
  const decoded = withoutThrowing(() => decodeMlsMessage(copy, 0));
  return decoded !== undefined && decoded[1] === copy.length ? decoded[0] : undefined;
}

/** ts-mls throws many kinds of error at bad input, none of them exported (1.6.4): each means "not readable". */
export function withoutThrowing<Value>(decode: () => Value): Value | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

/**
 * Runs one ts-mls call. Its result counts only when every certificate that it asked for was there and verified;
 * everything that it throws is a refusal of foreign input, and states are never changed in place.
 */
export async function attempt<Value>(
  check: CredentialCheck,
  action: () => Promise<Value | undefined>,
): Promise<{ readonly kind: "done"; readonly value: Value } | Failure> {
  let value: Value | undefined;
  try {
    value = await action();
  } catch {
    // See above; which check failed is of no use to the caller, except for credentials, which `check` knows.
    value = undefined;
  }
  if (check.refused) return refused("bad-credential");
  if (check.missing.size > 0) return { kind: "missing-certificates", hashes: [...check.missing] };
  return value === undefined ? refused("unreadable") : { kind: "done", value };
}
