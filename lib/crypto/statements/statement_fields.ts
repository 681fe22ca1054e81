/**
 * The fields of what is signed. A layout says once, for who writes and for who reads, which fields a statement has: a table of
 * them by name, in the order in which they are signed.
 */

import { parseAccountId } from "../../base/account_name.ts";
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  decodeUtf8,
  encodeHex,
  utf8,
} from "../../base/bytes.ts";
import {
  type AccountId,
  type BroadcastId,
  type ConversationId,
  type DeviceId,
  type Fingerprint,
  idBytes,
  parseBroadcastId,
  parseConversationId,
  parseDeviceId,
  parseFingerprint,
} from "../../base/ids.ts";
import { numberField, openStatement, shortField } from "./statement.ts";
import type { StatementKind, StatementRefusal, Verify } from "./statement.ts";

/** One value as bytes. */
export interface Field<Value> {
  write(value: Value): Bytes;
  /** Undefined for bytes that are no such value. */
  read(field: Bytes): Value | undefined;
}

/** Fields by name. The order of an object's names, none of which is a number, is the order in which they were written down. */
export type Layout = Readonly<Record<string, Field<unknown>>>;

/** What the fields of a layout say. */
export type FactsOf<Fields extends Layout> = {
  readonly [Name in keyof Fields]: Fields[Name] extends Field<infer Value> ? Value : never;
};

/** A statement taken apart, not yet believed. */
export type OpenedFacts<Fields extends Layout> =
  | {
    readonly ok: true;
    readonly facts: FactsOf<Fields>;
    /** Whether this key signed these fields as this kind of statement. Nothing may be believed before it says so. */
    isSignedBy(verify: Verify): Promise<boolean>;
  }
  | { readonly ok: false; readonly code: StatementRefusal };

/** The fields, for `signStatement`. */
export function writeFields<Fields extends Layout>(
  layout: Fields,
  facts: FactsOf<Fields>,
): readonly Bytes[] {
  // By the type of `facts` each value is one of the field of its name.
  const values: Readonly<Record<string, unknown>> = facts;
  return Object.entries(layout).map(([name, field]) => field.write(values[name]));
}

/** What as many fields say as the layout has; undefined when one of them is not right. */
export function readFields<Fields extends Layout>(
  layout: Fields,
  fields: readonly Bytes[],
): FactsOf<Fields> | undefined {
  const facts: Record<string, unknown> = {};
  for (const [i, [name, field]] of Object.entries(layout).entries()) {
    const value = field.read(fields[i]);
    if (value === undefined) return undefined;
    facts[name] = value;
  }
  // Each value was read by the field of its name.
  return facts as FactsOf<Fields>;
}

/** How many fields that are. */
export function fieldCount(layout: Layout): number {
  return Object.keys(layout).length;
}

/** Unpacks a statement of exactly these fields for this server. The signature is still to be checked. */
export function openFacts<Fields extends Layout>(
  kind: StatementKind,
  serverId: Fingerprint,
  bytes: Bytes,
  layout: Fields,
): OpenedFacts<Fields> {
  const opened = openStatement(kind, serverId, bytes, fieldCount(layout));
  if (!opened.ok) return opened;
  const facts = readFields(layout, opened.fields);
  if (facts === undefined) return { ok: false, code: "bad-field" };
  return { ok: true, facts, isSignedBy: opened.isSignedBy };
}

/** A whole number up to 2^53 - 1 in eight bytes. */
export const NUMBER: Field<number> = numberFrom(0);

/** The same, in these bounds. */
export function numberFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Field<number> {
  return {
    write: numberField,
    read(field) {
      const reader = new ByteReader(field);
      const value = reader.u64();
      return reader.done && value >= least && value <= most ? value : undefined;
    },
  };
}

/** A small number, such as an algorithm id, in two bytes. */
export const SHORT: Field<number> = {
  write: shortField,
  read(field) {
    const reader = new ByteReader(field);
    const value = reader.u16();
    return reader.done ? value : undefined;
  },
};

/** Bytes as they are, where `isRight` says so. */
export function bytesWhere(isRight: (field: Bytes) => boolean): Field<Bytes> {
  return { write: (value) => value, read: (field) => isRight(field) ? field : undefined };
}

/** Whatever bytes. */
export const BYTES: Field<Bytes> = bytesWhere(() => true);

/** UTF-8 of at most so many bytes. */
export function textUpTo(
  mostBytes: number,
  isRight: (text: string) => boolean = () => true,
): Field<string> {
  return {
    write: utf8,
    read(field) {
      const text = field.length > mostBytes ? undefined : decodeUtf8(field);
      return text !== undefined && isRight(text) ? text : undefined;
    },
  };
}

/** UTF-8. */
export const TEXT: Field<string> = textUpTo(Infinity);

/** An account by its id. */
export const ACCOUNT: Field<AccountId> = {
  write: utf8,
  read: (field) => parseAccountId(decodeUtf8(field) ?? ""),
};

/** `most` of them; undefined for more, for what is no account, and for one that is named twice. */
export function accountList(
  most: number,
  mostBytes: number = Infinity,
): Field<readonly AccountId[]> {
  return {
    write(accounts) {
      const writer = new ByteWriter().u16(accounts.length);
      for (const account of accounts) writer.text(account);
      return writer.finish();
    },
    read(field) {
      const reader = new ByteReader(field);
      const count = reader.u16();
      // Before anything is made of that length.
      if (count > most || count > field.length || field.length > mostBytes) return undefined;
      const accounts = Array.from({ length: count }, () => parseAccountId(reader.text()))
        .filter((account) => account !== undefined);
      return reader.done && new Set(accounts).size === count ? accounts : undefined;
    },
  };
}

/** 32 or 16 bytes of an id. */
export function idField<Id extends Parameters<typeof idBytes>[0]>(
  parse: (hex: string) => Id | undefined,
): Field<Id> {
  return { write: idBytes, read: (field) => parse(encodeHex(field)) };
}

/** A broadcast, as the bytes of its id. */
export const BROADCAST: Field<BroadcastId> = idField(parseBroadcastId);
/** A conversation, as the bytes of its id. */
export const CONVERSATION: Field<ConversationId> = idField(parseConversationId);
/** A device, as the bytes of its id. */
export const DEVICE: Field<DeviceId> = idField(parseDeviceId);
/** A SHA-256. */
export const FINGERPRINT: Field<Fingerprint> = idField(parseFingerprint);
