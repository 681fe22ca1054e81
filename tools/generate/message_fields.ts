/** The fields of a message in the words of docs/protocol.md. */

import type { TSchema } from "@sinclair/typebox";

/** One row of a table of the page: `name` with `?` when it may be absent, and the type as the page writes it. */
export interface FieldRow {
  readonly name: string;
  readonly type: string;
}

/** TypeBox keeps JSON Schema; only these of its words are used by `protocol/schema`. */
interface Schema extends TSchema {
  readonly type?: string;
  readonly maxLength?: number;
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly { readonly const?: unknown }[];
}

const LARGEST_TIME = 8.64e15;

/** The rows of a message, those of records inside lists after their list, as `list[].field`. */
export function fieldRows({ schema }: { readonly schema: TSchema }): readonly FieldRow[] {
  return rowsOf(schema, "");
}

/** A limit as the page writes it. */
export function number(value: number): string {
  return value.toLocaleString("en");
}

function rowsOf({ properties = {}, required = [] }: Schema, prefix: string): FieldRow[] {
  return Object.entries(properties).flatMap(([field, schema]) => {
    const path = `${prefix}${field}`;
    const name = required.includes(field) ? path : `${path}?`;
    return [{ name, type: typeOf(schema) }, ...innerRows(schema, path)];
  });
}

function innerRows(schema: Schema, path: string): FieldRow[] {
  if (schema.type === "object") return rowsOf(schema, `${path}.`);
  const { items } = schema;
  return items?.type === "object" ? rowsOf(items, `${path}[].`) : [];
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  switch (schema.type) {
    case "string":
      return textType(schema);
    case "integer":
      return countType(schema.maximum ?? 0);
    case "number":
      return `number ${schema.minimum} to ${schema.maximum}`;
    case "boolean":
      return "flag";
    case "object":
      return "record";
    case "array":
      return `list ≤ ${number(schema.maxItems ?? 0)} of ${typeOf(schema.items ?? schema)}`;
  }
  if (schema.anyOf === undefined) throw new Error(`no word for ${JSON.stringify(schema)}`);
  return schema.anyOf.map((word) => `\`${word.const}\``).join(" ");
}

function textType({ pattern, maxLength = 0 }: Schema): string {
  if (pattern === undefined) return `text ≤ ${number(maxLength)}`;
  const digits = /^\^\[0-9a-f\]\{(\d+)\}\$$/.exec(pattern)?.[1];
  if (digits !== undefined) return `hex ${Number(digits) / 2}`;
  return `${pattern.includes("+/") ? "base64" : "base64url"} ≤ ${number(maxLength)}`;
}

function countType(maximum: number): string {
  if (maximum === LARGEST_TIME) return "time";
  return maximum === Number.MAX_SAFE_INTEGER ? "count" : `count ≤ ${number(maximum)}`;
}
