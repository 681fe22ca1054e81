/**
 * Branded identifiers. They are strings at run time, so they can be map keys and JSON values, and each is made only by
 * its parser here: a plain string never reaches a map key.
 */

import { type Bytes, decodeBase64, decodeHex, encodeBase64, encodeHex } from "./bytes.ts";
import { Bug } from "./errors.ts";
import type { Random } from "./random.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** NFKC case fold of a name (SR-46): what accounts are compared and stored by. Never given out twice (SR-06). */
export type AccountId = Branded<"AccountId">;
/** The name as its owner spelled it, NFC. For people's eyes only. */
export type AccountName = Branded<"AccountName">;
/** 16 random bytes, in hex. */
export type DeviceId = Branded<"DeviceId">;
/** `#` and the number of a room, as people write it. No account id begins with `#`. */
export type RoomHandle = Branded<"RoomHandle">;
/** Whom a conversation is with: another account, or a room. */
export type Peer = AccountId | RoomHandle;
/** 32 random bytes of the MLS group id, in hex (SR-18). */
export type ConversationId = Branded<"ConversationId">;
/** 16 random bytes, in hex, made by the sender: what makes a resend idempotent. */
export type EnvelopeId = Branded<"EnvelopeId">;
/** 16 random bytes, in hex, made by the sender: a broadcast that comes again is known by it (SR-60). */
export type BroadcastId = Branded<"BroadcastId">;
/** 16 random bytes, in hex, made by the sender: one offer of files, as the two ends know it. */
export type TransferId = Branded<"TransferId">;
/** 16 random bytes, in hex, made by the sender: what of it lies at the server, and what its chunks are sealed for. */
export type UploadId = Branded<"UploadId">;
/** 16 random bytes, in hex, made by the sender at each start: a live stream, and what its keys are derived for. */
export type StreamId = Branded<"StreamId">;
/** 16 random bytes, in hex, made by who starts it: a video that is watched together. */
export type PartyId = Branded<"PartyId">;
/** SHA-256 of something public (an identity key, a certificate, the server's CA key), in hex. */
export type Fingerprint = Branded<"Fingerprint">;

function parseHex<Id extends string>(text: string, lengthBytes: number): Id | undefined {
  return text.length === 2 * lengthBytes && /^[0-9a-f]+$/.test(text)
    // The one place where these brands are given.
    ? text as Id
    : undefined;
}

// The parsers return undefined for what is not exactly so many lower-case hexadecimal digits.

/** 32 digits. */
export const parseDeviceId = (text: string): DeviceId | undefined => parseHex(text, 16);
/** 64 digits. */
export const parseConversationId = (text: string): ConversationId | undefined => parseHex(text, 32);
/** 32 digits. */
export const parseEnvelopeId = (text: string): EnvelopeId | undefined => parseHex(text, 16);
/** 32 digits. */
export const parseBroadcastId = (text: string): BroadcastId | undefined => parseHex(text, 16);
/** 32 digits. */
export const parseTransferId = (text: string): TransferId | undefined => parseHex(text, 16);
/** 32 digits. */
export const parseUploadId = (text: string): UploadId | undefined => parseHex(text, 16);
/** 32 digits. */
export const parseStreamId = (text: string): StreamId | undefined => parseHex(text, 16);
/** 32 digits. */
export const parsePartyId = (text: string): PartyId | undefined => parseHex(text, 16);
/** 64 digits. */
export const parseFingerprint = (text: string): Fingerprint | undefined => parseHex(text, 32);

/** What a room of this number is called. */
export function roomHandle(room: number): RoomHandle {
  if (!Number.isSafeInteger(room) || room < 1) throw new Bug(`Cannot name room ${room}`);
  return `#${room}` as RoomHandle;
}

/** Undefined for what is not `#` and a number without leading zeroes. */
export function parseRoomHandle(text: string): RoomHandle | undefined {
  return /^#[1-9][0-9]{0,8}$/.test(text) ? text as RoomHandle : undefined;
}

/** Whether a conversation is with a room. */
export function isRoom(peer: Peer): peer is RoomHandle {
  return peer.startsWith("#");
}

/** The number of a room. */
export function roomNumber(handle: RoomHandle): number {
  return Number(handle.slice(1));
}

/** A device that no other has, by 128 random bits. */
export const newDeviceId = (random: Random): DeviceId => encodeHex(random.bytes(16)) as DeviceId;
/** An envelope that no other has, by 128 random bits. */
export const newEnvelopeId = (random: Random): EnvelopeId =>
  encodeHex(random.bytes(16)) as EnvelopeId;
/** A broadcast that no other has, by 128 random bits. */
export const newBroadcastId = (random: Random): BroadcastId =>
  encodeHex(random.bytes(16)) as BroadcastId;
/** A transfer that no other has, by 128 random bits. */
export const newTransferId = (random: Random): TransferId =>
  encodeHex(random.bytes(16)) as TransferId;
/** An upload that no other has, by 128 random bits. */
export const newUploadId = (random: Random): UploadId => encodeHex(random.bytes(16)) as UploadId;
/** A live stream that no other has, by 128 random bits. */
export const newStreamId = (random: Random): StreamId => encodeHex(random.bytes(16)) as StreamId;
/** A video watched together that no other is, by 128 random bits. */
export const newPartyId = (random: Random): PartyId => encodeHex(random.bytes(16)) as PartyId;
/** A conversation that no other has and nobody guesses (SR-18). */
export const newConversationId = (random: Random): ConversationId =>
  encodeHex(random.bytes(32)) as ConversationId;

/** The SHA-256 of `bytes` as a fingerprint. */
export async function fingerprint(bytes: Bytes): Promise<Fingerprint> {
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))) as Fingerprint;
}

/** The bytes behind a hexadecimal id. */
export function idBytes(
  id: DeviceId | ConversationId | EnvelopeId | BroadcastId | UploadId | StreamId | Fingerprint,
): Bytes {
  return decodeHex(id) ?? new Uint8Array(0);
}

/** A certificate's as people see it: `SHA256:` and base64 without padding, like ssh. */
export function formatCertificateFingerprint(value: Fingerprint): string {
  return `SHA256:${encodeBase64(idBytes(value)).replace(/=+$/, "")}`;
}

/** Reads what `formatCertificateFingerprint` made, from `--trust` or an invite; or the same in hexadecimal. */
export function parseCertificateFingerprint(text: string): Fingerprint | undefined {
  const body = /^SHA256:(.+)$/i.exec(text.trim())?.[1];
  if (body === undefined) return undefined;
  const bytes = body.length === 43 ? decodeBase64(`${body}=`) : decodeHex(body);
  return bytes === undefined ? undefined : parseFingerprint(encodeHex(bytes));
}
