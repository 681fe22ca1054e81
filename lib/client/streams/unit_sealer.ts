/**
 * Seals the units of a stream, or the reports of a watcher. After a commit the next unit is sealed in the new epoch: who was
 * removed reads nothing more (SR-66). Counters only rise, through all epochs (SR-65).
 */

import type { Bytes } from "../../base/bytes.ts";
import type { StreamId } from "../../base/ids.ts";
import { MediaError } from "../../base/errors.ts";
import { SFRAME_AES_256, SFrameSealer } from "../../crypto/sframe.ts";
import { encodePacket } from "../../protocol/packet.ts";
import type { StreamUnitFields, StreamUnitKind } from "../../protocol/peer/stream.ts";
import { type StreamKey, streamMetadata } from "./stream_keys.ts";

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
      throw new MediaError("not-member", "You are not in this conversation any more");
    }
    const { epoch, keyId, baseKey } = key;
    if (before?.epoch === epoch) return before.frames;
    const frames = await SFrameSealer.open(SFRAME_AES_256, keyId, baseKey);
    if (before !== undefined) frames.skipTo(before.frames.counter);
    this.#sealer = { epoch, frames };
    return frames;
  }
}
