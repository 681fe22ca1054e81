/** The keys of streams: from the exporter of the present epoch, for a random id and the leaf of who seals (SR-65). */

import { type Bytes, ByteWriter, concatBytes, encodeHex, utf8 } from "../../base/bytes.ts";
import { type ConversationId, type DeviceId, idBytes, type StreamId } from "../../base/ids.ts";
import { exportSecret, type GroupMember } from "../../crypto/mls/group_state.ts";
import { SFRAME_AES_256, SFrameSealer } from "../../crypto/sealing/sframe.ts";
import type { Messenger } from "../store/messenger.ts";
import { MediaError } from "../../base/errors.ts";
import { encodePacket } from "../../protocol/packet.ts";
import type { StreamUnitFields, StreamUnitKind } from "../../protocol/peer/stream.ts";

const STREAM_ID_BYTES = 16;
const LABEL = "heliograph stream v1";
const METADATA = utf8("Heliograph v1 stream\0");
/** Bits of the epoch in a key id. */
const EPOCH_BITS = 8;
/** After so many the epochs in key ids begin again. */
export const EPOCHS_OF_KEY_ID = 1 << EPOCH_BITS;

/** A base key, and the id by which its units name it. */
export interface StreamKey {
  readonly epoch: number;
  readonly keyId: bigint;
  readonly baseKey: Bytes;
  /** Whose key it is. */
  readonly member: GroupMember;
}

const SOUND_LABEL = utf8("Heliograph v1 sound\0");

/** The id of a stream's sound: as random as the stream's own, and known to whoever knows that. */
export async function soundIdOf(stream: StreamId): Promise<StreamId> {
  const input = concatBytes(SOUND_LABEL, idBytes(stream));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", input));
  return encodeHex(hash.subarray(0, STREAM_ID_BYTES)) as StreamId;
}

/** What every unit of a stream is authenticated with. */
export function streamMetadata(stream: StreamId): Bytes {
  return concatBytes(METADATA, idBytes(stream));
}

/** `leaf · 256 + epoch mod 256`. */
export function keyIdOf(leafIndex: number, epoch: number): bigint {
  return BigInt(leafIndex) << BigInt(EPOCH_BITS) | BigInt(epoch % EPOCHS_OF_KEY_ID);
}

/** The leaf that a key id names. */
export function leafOf(keyId: bigint): number {
  return Number(keyId >> BigInt(EPOCH_BITS));
}

/** The key of a device for an id now. Undefined when it, or this device, is not in the conversation. */
export async function streamKeyNow(
  { groups }: Pick<Messenger, "groups">,
  conversation: ConversationId,
  about: { readonly id: StreamId; readonly device: DeviceId },
): Promise<StreamKey | undefined> {
  const group = await groups.load(conversation);
  const state = group?.state;
  if (state?.isActive !== true) return undefined;
  const member = state.members.find(({ deviceId }) => deviceId === about.device);
  if (member === undefined) return undefined;
  const { leafIndex } = member;
  const context = concatBytes(idBytes(about.id), new ByteWriter().u32(leafIndex).finish());
  const baseKey = await exportSecret(state, LABEL, context, SFRAME_AES_256.keyBytes);
  return { epoch: state.epoch, keyId: keyIdOf(leafIndex, state.epoch), baseKey, member };
}

// Seals the units of a stream, or the reports of a watcher. After a commit the next unit is sealed in the new epoch: who was
// removed reads nothing more (SR-66). Counters only rise, through all epochs (SR-65).

/** Where keys come from. */
export interface OwnKeys {
  /** The epoch now, without opening anything. */
  epoch(): number | undefined;
  /** The own key of the present epoch. Undefined when this device is not in the conversation any more. */
  key(): Promise<StreamKey | undefined>;
}

/** One for each random id, ever. */
export class UnitSealer {
  readonly #keys: OwnKeys;
  readonly #metadata: Bytes;
  #sealer: { readonly epoch: number; readonly frames: SFrameSealer } | undefined;

  constructor(keys: OwnKeys, stream: StreamId) {
    this.#keys = keys;
    this.#metadata = streamMetadata(stream);
  }

  /** Call it for one unit after the other. Throws MediaError `not-member` once this device is out. */
  async seal<Kind extends StreamUnitKind>(
    kind: Kind,
    fields: StreamUnitFields<Kind>,
    payload?: Bytes,
  ): Promise<{ readonly counter: number; readonly unit: Bytes }> {
    const sealer = await this.#present();
    const counter = Number(sealer.counter);
    const packet = encodePacket({ kind, ...fields as object }, payload);
    return { counter, unit: await sealer.seal(this.#metadata, packet) };
  }

  async #present(): Promise<SFrameSealer> {
    const before = this.#sealer;
    if (before !== undefined && before.epoch === this.#keys.epoch()) return before.frames;
    const key = await this.#keys.key();
    if (key === undefined) {
      throw new MediaError("not-member", "You are no longer in this conversation");
    }
    const { epoch, keyId, baseKey } = key;
    if (before?.epoch === epoch) return before.frames;
    const frames = await SFrameSealer.open(SFRAME_AES_256, keyId, baseKey);
    if (before !== undefined) frames.skipTo(before.frames.counter);
    this.#sealer = { epoch, frames };
    return frames;
  }
}
