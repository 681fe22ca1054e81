/**
 * What two nodes tell each other of a live stream that is sent at one and watched at the other. Each stream that runs has a number
 * of the node of its sender. All of it may be lost: what matters is said again each second.
 */

import { type TUnsafe, Type } from "@sinclair/typebox";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import type { Bytes } from "../../base/bytes.ts";
import { STREAM_UNIT_MAX_BYTES } from "../../protocol/limits.ts";

const Count = Type.Integer({ minimum: 0 });
/** The instance of whoever says it. */
const Node = Type.String({ maxLength: 64 });

/** A unit, whole: its bytes lie behind the word. */
export interface StreamUnitWord {
  readonly node: string;
  readonly run: number;
  readonly unit: number;
  /** Of all units up to this one that left for this node. */
  readonly sentBytes: number;
}

/** As it travels. */
export const STREAM_UNIT: TUnsafe<StreamUnitWord> = Type.Unsafe<StreamUnitWord>(Type.Object({
  node: Node,
  run: Count,
  unit: Count,
  sentBytes: Count,
}));

/** It runs, and so much of it has left for this node. */
export interface StreamRunning {
  readonly node: string;
  readonly run: number;
  readonly sentBytes: number;
}

/** As it travels. */
export const STREAM_RUNNING: TUnsafe<StreamRunning> = Type.Unsafe<StreamRunning>(
  Type.Object({ node: Node, run: Count, sentBytes: Count }),
);

/** It runs no more. */
export interface StreamOver {
  readonly node: string;
  readonly run: number;
  readonly reason: "ended" | "lost";
}

/** As it travels. */
export const STREAM_OVER: TUnsafe<StreamOver> = Type.Unsafe<StreamOver>(Type.Object({
  node: Node,
  run: Count,
  reason: Type.Union([Type.Literal("ended"), Type.Literal("lost")]),
}));

/** Back to the node of its sender: how many connections watch it, and up to where it came. The highest `number` holds. */
export interface StreamWatching {
  readonly node: string;
  readonly run: number;
  readonly number: number;
  readonly connections: number;
  readonly takenBytes: number;
}

/** As it travels. */
export const STREAM_WATCHING: TUnsafe<StreamWatching> = Type.Unsafe<StreamWatching>(Type.Object({
  node: Node,
  run: Count,
  number: Count,
  connections: Count,
  takenBytes: Count,
}));

/** What a watcher says to the sender; its bytes lie behind the word. */
export interface StreamSaidWord {
  readonly node: string;
  readonly run: number;
}

/** As it travels. */
export const STREAM_SAID: TUnsafe<StreamSaidWord> = Type.Unsafe<StreamSaidWord>(
  Type.Object({ node: Node, run: Count }),
);

/** Where a stream is sent. */
export interface StreamFound {
  readonly node: string;
  readonly run: number;
  readonly conversation: ConversationId;
  readonly account: AccountId;
  /** That watch it, at all nodes. */
  readonly connections: number;
}

/** As it travels. */
export const STREAM_FOUND: TUnsafe<StreamFound> = Type.Unsafe<StreamFound>(Type.Object({
  node: Node,
  run: Count,
  conversation: Type.Unsafe<ConversationId>(Type.String({ maxLength: 64 })),
  account: Type.Unsafe<AccountId>(Type.String({ maxLength: 400 })),
  connections: Count,
}));

/** With its bytes. */
export type StreamUnit = StreamUnitWord & { readonly bytes: Bytes };
/** With its bytes. */
export type StreamSaid = StreamSaidWord & { readonly bytes: Bytes };

/** Whether a unit may have so many bytes. */
export function isUnitSize(bytes: number): boolean {
  return bytes > 0 && bytes <= STREAM_UNIT_MAX_BYTES;
}
