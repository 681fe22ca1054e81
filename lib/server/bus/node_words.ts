/** What nodes say to each other, as bytes: a JSON object, and behind it what is bytes already. */

import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type Bytes, ByteWriter, concatBytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import { parseJson } from "../../base/json_line.ts";

const Count = Type.Integer({ minimum: 0 });

/** Each word of a node. `about` is judged by whoever takes it. */
const WORD = Type.Union([
  /**
   * I am here, and have told so much news; every second, and at once when somebody is new. `sees`: the instances that I know,
   * by which they know in turn that this is no word of long ago.
   */
  Type.Object({
    is: Type.Literal("beat"),
    node: Type.String({ minLength: 1, maxLength: 64 }),
    news: Count,
    sees: Type.Array(Type.String()),
  }),
  /** I end. */
  Type.Object({ is: Type.Literal("bye") }),
  /** What nobody answers. */
  Type.Object({
    is: Type.Literal("news"),
    number: Count,
    topic: Type.String(),
    about: Type.Unknown(),
  }),
  /** What one node is told alone. Nobody counts or answers it. */
  Type.Object({ is: Type.Literal("told"), topic: Type.String(), about: Type.Unknown() }),
  /** What everybody answers; it may come again, and is done once. */
  Type.Object({
    is: Type.Literal("call"),
    number: Count,
    what: Type.String(),
    about: Type.Unknown(),
  }),
  Type.Object({ is: Type.Literal("answer"), number: Count, answer: Type.Unknown() }),
]);

/** A word without its bytes. */
export type NodeWord = Static<typeof WORD>;

const LENGTH_BYTES = 4;

/** The word, then `payload`. */
export function encodeWord(word: NodeWord, payload: Uint8Array = new Uint8Array()): Bytes {
  const head = utf8(JSON.stringify(word));
  return concatBytes(new ByteWriter().u32(head.length).finish(), head, payload);
}

/** Undefined for what a node of another version may say. `payload` lies within `bytes`. */
export function decodeWord(bytes: Bytes): { word: NodeWord; payload: Bytes } | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (length > bytes.length - LENGTH_BYTES) return undefined;
  const text = decodeUtf8(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  const word = text === undefined ? undefined : readAs(WORD, parseJson(text));
  return word && { word, payload: bytes.subarray(LENGTH_BYTES + length) };
}

/** Undefined where it is something else. */
export function readAs<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
): Static<Schema> | undefined {
  return Value.Check(schema, value) ? value : undefined;
}
