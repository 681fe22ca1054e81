/** What the server's thread and the store's Worker say to each other: one request, one reply, in turn. */

import type { PackedError } from "./packed_error.ts";
import type { Packed } from "./packing.ts";

/** The database is opened by the first request and closed by the last. `calls` is a list of `StoreCall`. */
export type WorkerRequest =
  | { readonly kind: "open"; readonly path: string }
  | { readonly kind: "run"; readonly calls: Packed }
  | { readonly kind: "close" };

/** `failed`: the request was not done at all. `outcomes` is a list of `CommandResult`, one for each call. */
export type WorkerReply =
  | { readonly kind: "opened" }
  | { readonly kind: "ran"; readonly outcomes: Packed }
  | { readonly kind: "closed" }
  | { readonly kind: "failed"; readonly error: PackedError };
