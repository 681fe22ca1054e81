/** Opens units, and refuses and counts whatever is none: cut, of an unknown key, forged, repeated, or out of order. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { CryptoError, ProtocolError } from "../../base/errors.ts";
import type { StreamId } from "../../base/ids.ts";
import {
  decodeSFrameHeader,
  ReplayWindow,
  SFRAME_AES_256,
  type SFrameHeader,
  SFrameOpener,
} from "../../crypto/sealing/sframe.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../protocol/limits.ts";
import { PacketDecoder } from "../../protocol/packet.ts";
import {
  STREAM_UNITS,
  type StreamUnitFields,
  type StreamUnitKind,
} from "../../protocol/peer/stream.ts";
import { EPOCHS_OF_KEY_ID, keyIdOf, type StreamKey, streamMetadata } from "./stream_keys.ts";

/** How long units of the epoch before are taken (RFC 9605 §5.2 leaves it open): longer than any line holds them. */
const OLD_KEY_MS = 10_000;
/** Key ids that may become known: a commit overtakes no more than the next ones. */
const MAX_EARLY_KEYS = 8;

/** Where keys come from. */
export interface SenderKeys {
  /** The epoch now, without opening anything. */
  epoch(): number | undefined;
  /** The sender's key of the present epoch. */
  key(): Promise<StreamKey | undefined>;
}

/** A unit that its sender sealed. */
export type OpenedUnit = {
  [Kind in StreamUnitKind]: {
    readonly kind: Kind;
    readonly fields: StreamUnitFields<Kind>;
    readonly payload: Bytes;
    readonly counter: number;
  };
}[StreamUnitKind];

/** What was not taken, by reason. */
export interface Refused {
  malformed: number;
  unknownKey: number;
  forged: number;
  repeated: number;
  late: number;
}

interface KnownKey {
  readonly opener: SFrameOpener;
  readonly key: StreamKey;
  /** Set when another epoch has begun. */
  untilMs: number | undefined;
}

/** One for each stream that is watched. */
export class UnitOpener {
  readonly #refused: Refused = { malformed: 0, unknownKey: 0, forged: 0, repeated: 0, late: 0 };
  readonly #keys: SenderKeys;
  readonly #metadata: Bytes;
  readonly #clock: Clock;
  readonly #window = new ReplayWindow();
  readonly #known = new Map<bigint, KnownKey>();
  /** Units by key ids that are not known, or not yet: a unit may overtake the commit that its key comes from. */
  readonly #early = new Map<bigint, number>();
  #epoch: number | undefined;
  /** Of units that left just before this watcher's first epoch began: they cannot be opened, and are lost. */
  #keyIdBefore: bigint | undefined;

  constructor(keys: SenderKeys, options: { readonly stream: StreamId; readonly clock: Clock }) {
    this.#keys = keys;
    this.#clock = options.clock;
    this.#metadata = streamMetadata(options.stream);
  }

  /** A unit that came before its key is no more refused once that is known: it is lost, as others are. */
  get refused(): Readonly<Refused> {
    const early = [...this.#early.values()].reduce((sum, count) => sum + count, 0);
    return { ...this.#refused, unknownKey: this.#refused.unknownKey + early };
  }

  /** All that was refused. */
  get refusedCount(): number {
    return Object.values(this.refused).reduce((sum, count) => sum + count, 0);
  }

  /** Undefined for what is refused. Call it for one unit after the other. */
  async open(unit: Bytes): Promise<OpenedUnit | undefined> {
    const header = decodeSFrameHeader(unit);
    if (header === undefined || header.counter > BigInt(Number.MAX_SAFE_INTEGER)) {
      return this.#refuse("malformed");
    }
    const freshness = this.#window.judge(header.counter);
    // Live pictures only go forward; what was late once is of no use.
    if (freshness !== "new") return this.#refuse(freshness);
    const known = await this.#keyOf(header);
    if (known === undefined) return this.#refuseKey(header);
    try {
      const packet = await known.opener.open(this.#metadata, unit);
      this.#window.note(header.counter);
      // Only a real unit says that those before it were real, too.
      this.#early.delete(header.keyId);
      return readUnit(packet, Number(header.counter)) ?? this.#refuse("malformed");
    } catch (error) {
      if (error instanceof CryptoError) return this.#refuse("forged");
      if (error instanceof ProtocolError) return this.#refuse("malformed");
      throw error;
    }
  }

  /** Whose units these are: the sender as of the newest key that was used. */
  get sender(): StreamKey["member"] | undefined {
    return [...this.#known.values()].at(-1)?.key.member;
  }

  #refuse(why: keyof Refused): undefined {
    this.#refused[why]++;
    return undefined;
  }

  #refuseKey({ keyId }: SFrameHeader): undefined {
    if (keyId === this.#keyIdBefore) return undefined;
    const count = this.#early.get(keyId);
    if (count === undefined && this.#early.size >= MAX_EARLY_KEYS) {
      return this.#refuse("unknownKey");
    }
    this.#early.set(keyId, (count ?? 0) + 1);
    return undefined;
  }

  async #keyOf({ keyId }: SFrameHeader): Promise<KnownKey | undefined> {
    await this.#learn();
    const known = this.#known.get(keyId);
    if (known?.untilMs === undefined || this.#clock.monotonicMs() < known.untilMs) return known;
    this.#known.delete(keyId);
    return undefined;
  }

  /** Takes the key of an epoch that has begun; the one before stays for a while. */
  async #learn(): Promise<void> {
    const now = this.#keys.epoch();
    if (now === this.#epoch) return;
    const key = await this.#keys.key();
    this.#epoch = now;
    const untilMs = this.#clock.monotonicMs() + OLD_KEY_MS;
    for (const known of this.#known.values()) known.untilMs ??= untilMs;
    if (key === undefined) return;
    this.#keyIdBefore ??= keyIdOf(key.member.leafIndex, key.epoch + EPOCHS_OF_KEY_ID - 1);
    const opener = await SFrameOpener.open(SFRAME_AES_256, key.keyId, key.baseKey);
    this.#known.delete(key.keyId);
    this.#known.set(key.keyId, { opener, key, untilMs: undefined });
  }
}

function readUnit(packet: Bytes, counter: number): OpenedUnit | undefined {
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  decoder.push(packet);
  const read = decoder.next();
  const kind = read?.header.kind;
  if (read === undefined || decoder.next() !== undefined) return undefined;
  if (typeof kind !== "string" || !Object.hasOwn(STREAM_UNITS, kind)) return undefined;
  const known = kind as StreamUnitKind;
  const fields = STREAM_UNITS[known].read(read.header, read.payload);
  // Kind and fields come from one row of the table, which the union does not show.
  return { kind: known, fields, payload: read.payload, counter } as OpenedUnit;
}
