/**
 * What one opened envelope means: pure decisions about a payload or a commit, before anything is written. `receiver.ts`
 * turns them into one transaction.
 */

import { type Bytes, decodeBase64 } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import type { OpenedCommit } from "../../crypto/mls/open.ts";
import { PacketDecoder } from "../../protocol/packet.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../protocol/limits.ts";
import { PEER_FORMAT, type SealedMessage } from "../../protocol/peer/payload.ts";
import type { SealedFamilies } from "./families.ts";

/** A payload's place in the chain of its sender. */
export interface PayloadPlace {
  readonly number: number;
  readonly previous: Bytes;
  readonly restart: boolean;
}

/** What the inside of a seal turned out to be. `place` where it says one that can be read. */
export type ReadPayload =
  | {
    readonly result: "message";
    readonly message: SealedMessage;
    readonly place: PayloadPlace;
  }
  /** Written by a newer program: shown as such. */
  | { readonly result: "newer"; readonly place: PayloadPlace | undefined }
  | { readonly result: "malformed"; readonly place: PayloadPlace | undefined };

/** Reads the payload inside a seal. `envelope` is the id outside: it must be the same inside. */
export function readPayload(
  families: SealedFamilies,
  payload: Bytes,
  envelope: string,
): ReadPayload {
  let place: PayloadPlace | undefined;
  try {
    const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
    decoder.push(payload);
    const packet = decoder.next();
    if (packet === undefined || decoder.next() !== undefined) return { result: "malformed", place };
    place = readPlace(packet.header);
    const { kind, v } = packet.header;
    if (typeof v === "number" && v > PEER_FORMAT) return { result: "newer", place };
    const known = typeof kind === "string" ? families.kinds.get(kind) : undefined;
    if (known === undefined) return { result: "newer", place };
    const message = known.open(packet.header, packet.payload);
    return message === undefined || place === undefined || message.fields.id !== envelope
      ? { result: "malformed", place }
      : { result: "message", message, place };
  } catch (error) {
    if (error instanceof ProtocolError) return { result: "malformed", place };
    throw error;
  }
}

/** What cannot be read has its place all the same: else it would look as if it had not come. */
function readPlace(header: Readonly<Record<string, unknown>>): PayloadPlace | undefined {
  const { number, previous: hash = "", restart } = header;
  const isNumber = typeof number === "number" && Number.isSafeInteger(number) && number >= 0;
  const previous = typeof hash === "string" ? decodeBase64(hash) : undefined;
  if (!isNumber || previous === undefined) return undefined;
  return { number, previous, restart: restart === true };
}

/** The lines that a commit puts into the conversation: who came and who went (SR-08). */
export function describeCommit(
  commit: Pick<OpenedCommit, "added" | "removed" | "isExternal">,
  own: { account: AccountId; nameOf(account: AccountId): string },
): readonly string[] {
  const isReplaced = (device: string) =>
    commit.removed.some((member) => member.deviceId === device);
  const lines: string[] = [];
  for (const { accountId, deviceId } of commit.added) {
    // The same device leaves and comes back in one commit: it only lost its state.
    if (isReplaced(deviceId)) continue;
    lines.push(
      accountId === own.account
        ? "Another device of your account joined this conversation"
        // By its own commit, made with no other device's consent.
        : commit.isExternal
        ? `A device of ${own.nameOf(accountId)} joined by itself`
        : `${own.nameOf(accountId)} added a device to this conversation`,
    );
  }
  for (const { accountId, deviceId } of commit.removed) {
    if (commit.added.some((member) => member.deviceId === deviceId)) continue;
    lines.push(`A device of ${own.nameOf(accountId)} was removed from this conversation`);
  }
  return lines;
}
