/** What the seeds call some messages on the wire (rows S4.06, S4.07, S4.12, S4.13), for the protocol's pages and the client's log. */

/** By kind. A Map: kinds come from the other side. */
export const SEED_NAMES: ReadonlyMap<string, string> = new Map([
  ["roster.entries", "DICT"],
  ["roster.change", "DICT"],
  ["relay.envelope", "MSG"],
  ["video.library", "AVVID"],
  ["video.opened", "FRAMES"],
]);
