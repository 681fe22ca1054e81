/** Invites that people make for others: what lets somebody register at a server that asks for a token (SR-44). */

import {
  base64,
  count,
  Definition,
  exchanges,
  flag,
  optional,
  text,
  timestamp,
} from "../schema.ts";

/** Accounts that one invite makes at the most. */
export const INVITE_USES_MAX = 1000;
/** A year. */
const INVITE_SECONDS_MAX = 31_536_000;
/** SHA-256, in bytes. */
export const TOKEN_HASH_BYTES = 32;
/** A host name of 253 letters (RFC 1035 §2.3.4) with its port. */
const ADDRESS_MAX_LENGTH = 260;

/** What a client asks, and the server answers. */
export const INVITE_REQUESTS = exchanges({
  /**
   * Lets whoever has a token register. Its maker draws the token; the server gets its hash, and sees the token itself only when
   * it is used.
   */
  "invite.make": {
    request: new Definition("invite.make", {
      hash: base64(TOKEN_HASH_BYTES),
      /** How many accounts it makes. */
      uses: count(INVITE_USES_MAX),
      /** How long it is good for. */
      forSeconds: count(INVITE_SECONDS_MAX),
    }),
    reply: new Definition("invite.made", {
      /** Absent where everybody may register: the token was not kept, and is not needed. */
      expiresMs: optional(timestamp()),
      /** Where others reach the server, as its operator says: a host, and a port if it is another one than the client's. */
      address: optional(text(ADDRESS_MAX_LENGTH)),
      /** Whether only programs on its own machine reach it. */
      local: flag(),
    }),
  },
});
