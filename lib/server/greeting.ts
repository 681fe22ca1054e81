/** What both sides know of a connection after its first exchange. */

import type { Bytes } from "../base/bytes.ts";

/** The facts that later proofs are made over (SR-43). */
export interface Greeting {
  readonly version: number;
  readonly clientNonce: Bytes;
  readonly serverNonce: Bytes;
}
