/**
 * What stands inside every seal: before the message itself (SR-28) the sender device's running number in this conversation
 * and the hash of its previous payload, so that a dropped or reordered message leaves a trace.
 */

import type { Static, TObject, TProperties } from "@sinclair/typebox";
import type { Bytes } from "../../base/bytes.ts";
import { base64, count, Definition, flag, hex, optional } from "../schema.ts";

/** Version of the sealed format; a newer one is refused and shown as unreadable. */
export const PEER_FORMAT = 1;

/** Bytes of the hash of the previous payload and of a transcript hash in a receipt. */
export const SHORT_HASH_BYTES = 16;

/** The fields that every peer message begins with. */
const chain = () => ({
  v: count(255),
  /** Equal to the envelope's id, so that the server cannot attach another. */
  id: hex(16),
  /** 1 for the sender device's first payload in this conversation. */
  number: count(),
  /** First 16 bytes of SHA-256 of the sender device's previous payload here; empty for the first. */
  previous: base64(SHORT_HASH_BYTES),
  /** The device lost its state, e.g. by a disk restored from a copy, and begins a new chain (SR-23). */
  restart: optional(flag()),
});

/** The fields of one kind with those of the chain. */
type Chained<Fields extends TProperties> = ReturnType<typeof chain> & Fields;
type ChainedFields<Fields extends TProperties> = Static<TObject<Chained<Fields>>>;

/** What was sealed, and read as its definition says. */
export interface SealedMessage {
  readonly kind: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How one kind of sealed message is read, whatever its fields are. */
interface SealedKind {
  readonly kind: string;
  readonly schema: TObject;
  readonly maxPayloadBytes: number;
  read(header: Readonly<Record<string, unknown>>, payload: Bytes): unknown;
  open(header: Readonly<Record<string, unknown>>, payload: Bytes): SealedMessage | undefined;
}

/** The kinds of a family, by name. */
export type SealedKinds = Readonly<Record<string, SealedKind>>;

/** The messages of a family as they are read. */
export type MessageOf<Kinds extends SealedKinds> = NonNullable<
  ReturnType<Kinds[keyof Kinds]["open"]>
>;

/** Whether a message is of a family: nothing but its definition there has made it. */
export function isOf<Kinds extends SealedKinds>(
  kinds: Kinds,
  message: SealedMessage,
): message is MessageOf<Kinds> {
  return Object.hasOwn(kinds, message.kind);
}

/** One kind of sealed message: the fields behind those of the chain, and what its payload holds. */
export class SealedDefinition<
  Kind extends string,
  Fields extends TProperties,
  Content extends object = object,
> extends Definition<Kind, Chained<Fields>> {
  readonly #content: (fields: ChainedFields<Fields>, payload: Bytes) => Content | undefined;

  /** `content` reads the payload, and returns undefined for what is to be refused beyond types and limits. */
  constructor(
    kind: Kind,
    fields: Fields,
    { maxPayloadBytes = 0, content }: {
      readonly maxPayloadBytes?: number;
      content(fields: ChainedFields<Fields>, payload: Bytes): Content | undefined;
    },
  ) {
    super(kind, { ...chain(), ...fields }, maxPayloadBytes);
    this.#content = content;
  }

  /** A message, or undefined for one that is malformed. Throws ProtocolError as `read`. */
  open(
    header: Readonly<Record<string, unknown>>,
    payload: Bytes,
  ): Readonly<{ kind: Kind; fields: ChainedFields<Fields> } & Content> | undefined {
    const fields = this.read(header, payload);
    const content = this.#content(fields, payload);
    return content && { kind: this.kind, fields, ...content };
  }
}

/** A kind whose fields say all. */
export function sealedFields<Kind extends string, Fields extends TProperties>(
  kind: Kind,
  fields: Fields,
): SealedDefinition<Kind, Fields> {
  return new SealedDefinition(kind, fields, { content: () => ({}) });
}
