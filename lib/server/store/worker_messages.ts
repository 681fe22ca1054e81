/** What the server's thread and the store's Worker say to each other: one request, one reply, in turn. */

import type { Outcome, StoreCall } from "./batch.ts";
import type { PackedError } from "./packed_error.ts";

/** The database is opened by the first request and closed by the last. */
export type WorkerRequest =
  | { readonly kind: "open"; readonly path: string }
  | { readonly kind: "run"; readonly calls: readonly StoreCall[] }
  | { readonly kind: "close" };

/** `failed`: the request was not done at all. */
export type WorkerReply =
  | { readonly kind: "opened" }
  | { readonly kind: "ran"; readonly outcomes: readonly Outcome[] }
  | { readonly kind: "closed" }
  | { readonly kind: "failed"; readonly error: PackedError };
