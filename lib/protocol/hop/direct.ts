/**
 * Rendezvous: how a client learns from which address its UDP socket is seen, so that it can tell a contact. The server learns
 * nothing but that; whom it is told to is sealed. See docs/protocol.md, "Direct connections".
 */

import { count, Definition, definitions, exchanges, hex, text } from "../schema.ts";

/** Random bytes that tie a datagram socket to a session. */
export const TICKET_BYTES = 16;
/** The language of the server's UDP endpoint (ALPN). */
export const RENDEZVOUS_PROTOCOL = "heliograph-rendezvous/1";

/** What a client asks, and the server answers. */
export const DIRECT_REQUESTS = exchanges({
  /** Asks for a ticket to show over UDP. */
  "direct.rendezvous": {
    request: new Definition("direct.rendezvous", {}),
    reply: new Definition("direct.ticket", {
      /** Of the same host as this connection. */
      port: count(65_535),
      /** SHA-256 of the certificate that the UDP endpoint shows. */
      certificate: hex(32),
      ticket: hex(TICKET_BYTES),
    }),
  },
});

/** What the server tells unasked. */
export const DIRECT_PUSHES = definitions({
  /** Where the socket that showed this session's ticket is seen. */
  "direct.seen": new Definition("direct.seen", {
    ticket: hex(TICKET_BYTES),
    host: text(45),
    port: count(65_535),
  }),
});
