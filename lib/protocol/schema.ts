/**
 * How messages are described: one definition per kind holds its type, its validator and its payload limit, so that
 * nothing is read that was not checked.
 */

import { type Static, type TObject, type TProperties, type TSchema, Type } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { ProtocolError } from "../base/errors.ts";

/** Characters of a field's path that an error names. */
const MAX_PATH_LENGTH = 80;

/** One kind of message. `fields` are the header's fields besides `kind` and `request`. */
export class Definition<Kind extends string, Fields extends TProperties> {
  readonly schema: TObject<Fields>;
  #check: TypeCheck<TObject<Fields>> | undefined;

  constructor(
    readonly kind: Kind,
    fields: Fields,
    /** Longest payload in bytes; 0 means that a payload is refused. */
    readonly maxPayloadBytes = 0,
  ) {
    this.schema = Type.Object(fields, { additionalProperties: false });
  }

  /**
   * The checked fields of a header. Unknown fields are refused, so that a sender's mistake is seen at once.
   * Throws ProtocolError `bad-message` with the kind and the field, never the value.
   */
  read(header: Readonly<Record<string, unknown>>, payload: Uint8Array): Static<TObject<Fields>> {
    const { kind: _kind, request: _request, ...fields } = header;
    // Compiling costs about 0.1 ms: done at first use, not at import.
    this.#check ??= TypeCompiler.Compile(this.schema);
    if (!this.#check.Check(fields)) {
      // The names of unknown fields are the sender's, up to a whole header of them.
      const path = (this.#check.Errors(fields).First()?.path ?? "").slice(0, MAX_PATH_LENGTH);
      throw new ProtocolError(
        "bad-message",
        `Cannot read ${this.kind}: field ${path || "/"} is wrong`,
      );
    }
    if (payload.length > this.maxPayloadBytes) {
      throw new ProtocolError(
        "bad-message",
        `Cannot read ${this.kind}: payload is ${payload.length} bytes, limit is ${this.maxPayloadBytes}`,
      );
    }
    return fields;
  }
}

/** A table of messages; does not compile when a key is not the kind of its definition. */
export function definitions<Table extends { [Kind in keyof Table]: { readonly kind: Kind } }>(
  table: Table,
): Readonly<Table> {
  return table;
}

/** A table of requests with the reply that a yes brings; a no is always a `failure`. */
export function exchanges<
  Table extends { [Kind in keyof Table]: { readonly request: { readonly kind: Kind } } },
>(table: Table): Readonly<Table> {
  return table;
}

/** The fields of a definition as a TypeScript type. */
export type FieldsOf<D> = D extends Definition<string, infer Fields> ? Static<TObject<Fields>>
  : never;

/** Text of at most `maxLength` UTF-16 units. Its meaning is checked by whoever owns that. */
export const text = (maxLength: number) => Type.String({ maxLength });

/** `lengthBytes` bytes in lower-case hexadecimal digits. */
export const hex = (lengthBytes: number) =>
  Type.String({ pattern: `^[0-9a-f]{${2 * lengthBytes}}$` });

/** Standard base64 of at most `maxBytes` bytes. Decode with `decodeBase64`, which refuses what is not canonical. */
export const base64 = (maxBytes: number) =>
  Type.String({ maxLength: 4 * Math.ceil(maxBytes / 3), pattern: "^[A-Za-z0-9+/]*={0,2}$" });

/** URL-safe base64 without padding, as the OPAQUE library writes it. */
export const base64Url = (maxBytes: number) =>
  Type.String({ maxLength: 4 * Math.ceil(maxBytes / 3), pattern: "^[A-Za-z0-9_-]*$" });

/** A whole number from 0 to `maximum`. */
export const count = (maximum: number = Number.MAX_SAFE_INTEGER) =>
  Type.Integer({ minimum: 0, maximum });

/** Milliseconds since the Unix epoch. */
export const timestamp = () => Type.Integer({ minimum: 0, maximum: 8.64e15 });

/** Exactly one of these words. */
export const oneOf = <Values extends readonly string[]>(...values: Values) =>
  Type.Union(values.map((value) => Type.Literal(value)) as unknown as [
    // `map` loses the tuple: the schema's static type is the union of the given words.
    TSchema & { static: Values[number]; params: [] },
  ]);

/** A field that may be left out. It is never null. */
export const optional = Type.Optional;
/** At most `maxItems` items of one shape. */
export const list = <Item extends TSchema>(item: Item, maxItems: number) =>
  Type.Array(item, { maxItems });
/** An object with these fields and no others. */
export const record = <Fields extends TProperties>(fields: Fields) =>
  Type.Object(fields, { additionalProperties: false });
/** `true` or `false`. */
export const flag = Type.Boolean;
