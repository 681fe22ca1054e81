/**
 * What one opened envelope means: pure decisions about a payload or a commit, before anything is written. `receiver.ts`
 * turns them into one transaction.
 */

import { type Bytes, decodeBase64, decodeUtf8, utf8 } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import type { OpenedCommit } from "../../crypto/mls/open.ts";
import { splitSections } from "../../protocol/sections.ts";
import { encodePacket, PacketDecoder } from "../../protocol/packet.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../protocol/limits.ts";
import { PEER_MESSAGES, type PeerFields, type PeerKind } from "../../protocol/peer/mod.ts";
import { isTimer } from "../../protocol/peer/chat.ts";
import { isEmoji } from "../../protocol/peer/emoji.ts";
import { PEER_FORMAT } from "../../protocol/peer/payload.ts";
import type { ChainFields } from "./chain.ts";

/** What the two ends of a transfer say. */
export type FileMessage = {
  [Kind in Extract<PeerKind, `file.${string}`>]: {
    readonly kind: Kind;
    readonly fields: PeerFields<Kind>;
  };
}[Extract<PeerKind, `file.${string}`>];

/** What is said about a live stream. */
export type StreamMessage = {
  [Kind in Extract<PeerKind, `stream.${string}`>]: {
    readonly kind: Kind;
    readonly fields: PeerFields<Kind>;
  };
}[Extract<PeerKind, `stream.${string}`>];
/** What they say about a direct connection. */
export type DirectMessage = {
  [Kind in Extract<PeerKind, `direct.${string}`>]: {
    readonly kind: Kind;
    readonly fields: PeerFields<Kind>;
  };
}[Extract<PeerKind, `direct.${string}`>];

/** A payload that could be read. */
export type PeerMessage =
  | {
    readonly kind: "chat.text";
    readonly fields: PeerFields<"chat.text">;
    readonly text: string;
  }
  | {
    readonly kind: "chat.edit";
    readonly fields: PeerFields<"chat.edit">;
    readonly text: string;
  }
  | { readonly kind: "chat.delete"; readonly fields: PeerFields<"chat.delete"> }
  | { readonly kind: "chat.reaction"; readonly fields: PeerFields<"chat.reaction"> }
  | { readonly kind: "chat.timer"; readonly fields: PeerFields<"chat.timer"> }
  | {
    readonly kind: "receipt.delivered";
    readonly fields: PeerFields<"receipt.delivered">;
  }
  | FileMessage
  | StreamMessage
  | DirectMessage
  | { readonly kind: "room.about"; readonly fields: PeerFields<"room.about"> }
  | {
    readonly kind: "room.past";
    readonly fields: PeerFields<"room.past">;
    /** As many as there are items. */
    readonly texts: readonly string[];
  };

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
    readonly message: PeerMessage;
    readonly place: PayloadPlace;
  }
  /** Written by a newer program: shown as such. */
  | { readonly result: "newer"; readonly place: PayloadPlace | undefined }
  | { readonly result: "malformed"; readonly place: PayloadPlace | undefined };

/** Reads the payload inside a seal. `envelope` is the id outside: it must be the same inside. */
export function readPayload(payload: Bytes, envelope: string): ReadPayload {
  let place: PayloadPlace | undefined;
  try {
    const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
    decoder.push(payload);
    const packet = decoder.next();
    if (packet === undefined || decoder.next() !== undefined) return { result: "malformed", place };
    place = readPlace(packet.header);
    const { kind, v } = packet.header;
    if (typeof v === "number" && v > PEER_FORMAT) return { result: "newer", place };
    if (typeof kind !== "string" || !isPeerKind(kind)) return { result: "newer", place };
    const message = readMessage(kind, packet.header, packet.payload);
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

function isPeerKind(kind: string): kind is PeerKind {
  return Object.hasOwn(PEER_MESSAGES, kind);
}

function readMessage(
  kind: PeerKind,
  header: Readonly<Record<string, unknown>>,
  payload: Bytes,
): PeerMessage | undefined {
  switch (kind) {
    case "chat.text": {
      const fields = PEER_MESSAGES[kind].read(header, payload);
      const text = decodeUtf8(payload);
      return text === undefined || !isTimer(fields.expireSeconds ?? 0)
        ? undefined
        : { kind, fields, text };
    }
    case "chat.edit": {
      const fields = PEER_MESSAGES[kind].read(header, payload);
      const text = decodeUtf8(payload);
      // An edit to nothing would be a deletion that is none.
      return text === undefined || text === "" ? undefined : { kind, fields, text };
    }
    case "chat.delete":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "chat.reaction": {
      const fields = PEER_MESSAGES[kind].read(header, payload);
      const { emojis } = fields;
      const areSound = emojis.every(isEmoji) && new Set(emojis).size === emojis.length;
      return areSound ? { kind, fields } : undefined;
    }
    case "chat.timer": {
      const fields = PEER_MESSAGES[kind].read(header, payload);
      return isTimer(fields.seconds) ? { kind, fields } : undefined;
    }
    case "receipt.delivered":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "file.offer":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "file.answer":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "file.ack":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "file.pause":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "file.resume":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "file.cancel":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "file.done":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "stream.offer":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "stream.answer":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "stream.stop":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "direct.offer":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "direct.answer":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "room.about":
      return { kind, fields: PEER_MESSAGES[kind].read(header, payload) };
    case "room.past":
      return readPast(PEER_MESSAGES[kind].read(header, payload), payload);
  }
}

function readPast(fields: PeerFields<"room.past">, payload: Bytes): PeerMessage | undefined {
  const texts = splitSections(payload, fields.sizes, fields.items.length).map(decodeUtf8)
    .filter((text) => text !== undefined);
  const isWhole = texts.length === fields.items.length &&
    fields.items.every(({ expireSeconds = 0 }) => isTimer(expireSeconds));
  return isWhole ? { kind: "room.past", fields, texts } : undefined;
}

/** The payload of a message of ours, in its place in the chain. */
export function encodeMessage(message: PeerMessage, chain: ChainFields): Bytes {
  const { kind, fields } = message;
  const payload = "text" in message ? utf8(message.text) : undefined;
  return encodePacket({ kind, ...fields, ...chain }, payload);
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
        ? `A device of ${own.nameOf(accountId)} came in by itself`
        : `${own.nameOf(accountId)} added a device to this conversation`,
    );
  }
  for (const { accountId, deviceId } of commit.removed) {
    if (commit.added.some((member) => member.deviceId === deviceId)) continue;
    lines.push(`A device of ${own.nameOf(accountId)} was removed from this conversation`);
  }
  return lines;
}
