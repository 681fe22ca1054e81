/** The version of the programs, apart from that of the wire (`protocol/versions`). */

/** The same as in deno.json; a test compares them. */
export const VERSION = "0.1.0";
