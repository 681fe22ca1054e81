/** The first exchange on a connection: versions, nonces, and who the server is. */

import { base64, count, Definition, flag, oneOf, record, text } from "../schema.ts";

/** Length of both nonces in bytes. */
export const NONCE_BYTES = 32;

const versions = () => record({ min: count(65_535), max: count(65_535) });

/** Reply payload: the server's CA certificate (DER), which the client compares with its pin. */
export const hello = {
  request: new Definition("hello", {
    versions: versions(),
    /** Program name and version, for the server's log. */
    program: text(80),
    nonce: base64(NONCE_BYTES),
  }),
  reply: new Definition("hello.ok", {
    version: count(65_535),
    serverName: text(100),
    nonce: base64(NONCE_BYTES),
    registration: oneOf("open", "invite", "closed"),
    /** Whether the server has an ffmpeg: without it only videos extracted before can be watched. */
    video: flag(),
  }, 4096),
} as const;
