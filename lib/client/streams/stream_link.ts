/** What the server tells of streams, handed to whom it is about. */

import type { Bytes } from "../../base/bytes.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";

/** Who sends or watches a stream. None of these may throw. */
export interface StreamUser {
  piece?(fields: PushFields<"stream.piece">, payload: Bytes): void;
  passed?(bytes: number): void;
  heard?(word: Bytes): void;
  watchers?(count: number): void;
  ended?(reason: PushFields<"stream.ended">["reason"]): void;
}

type Users = Map<string, StreamUser>;

/** A push has one handler, so there is one table for each link. */
const TABLES = new WeakMap<Link, Users>();

/** From now on `user` hears of the stream over this link. Returns what ends that. */
export function attach(link: Link, stream: string, user: StreamUser): () => void {
  const users = TABLES.get(link) ?? listen(link);
  users.set(stream, user);
  return () => {
    if (users.get(stream) === user) users.delete(stream);
  };
}

function listen(link: Link): Users {
  const users: Users = new Map();
  TABLES.set(link, users);
  link.on("stream.piece", (fields, payload) => users.get(fields.stream)?.piece?.(fields, payload));
  link.on("stream.passed", ({ stream, bytes }) => users.get(stream)?.passed?.(bytes));
  link.on("stream.heard", ({ stream }, word) => users.get(stream)?.heard?.(word));
  link.on("stream.watchers", ({ stream, count }) => users.get(stream)?.watchers?.(count));
  link.on("stream.ended", ({ stream, reason }) => users.get(stream)?.ended?.(reason));
  return users;
}
