/** How long the server keeps what is forgotten with time, on every database. */

const DAY_MS = 24 * 60 * 60 * 1000;
/** Envelopes and what makes their resending idempotent (SR-54). */
export const ENVELOPE_LIFE_MS = 30 * DAY_MS;
/** Members refuse an older key package (SR-13). */
export const KEY_PACKAGE_LIFE_MS = 28 * DAY_MS;
/** Long enough to look into a complaint, and no longer: it says who was where when. */
export const AUDIT_LIFE_MS = 180 * DAY_MS;
/**
 * Most of each kind that one call deletes, and most bytes of envelopes, which are overwritten on disk: about 20 ms of the
 * store's time, so that nobody waits for it.
 */
export const EXPIRED_ROWS = 500;
/** See `EXPIRED_ROWS`. */
export const EXPIRED_BYTES = 4 * 1024 * 1024;
