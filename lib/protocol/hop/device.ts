/** The devices of accounts: which there are, what they are called, and that one is removed (SR-10). */

import {
  count,
  Definition,
  flag,
  hex,
  list,
  optional,
  record,
  text,
  timestamp,
} from "../schema.ts";
import { DEVICE_NAME_MAX_BYTES, DEVICES_MAX } from "../limits.ts";
import { sizes } from "../sections.ts";

/** Nonce and tag come with the name. */
const MAX_SEALED_NAME_BYTES = DEVICE_NAME_MAX_BYTES + 28;
/** Account id, sequence, up to 250 ids of 16 bytes, and an RSA signature. */
const MAX_REVOCATION_BYTES = 5 * 1024;

/**
 * The devices of an account that are not removed. Reply payload: for each its certificate, then its sealed name or nothing;
 * then the list of removed ones, or nothing. Times and names of one's own account only.
 */
export const deviceList = {
  request: new Definition("device.list", {
    /** In any spelling; absent for one's own. */
    account: optional(text(1000)),
  }),
  reply: new Definition("device.devices", {
    account: text(400),
    devices: list(
      record({
        device: hex(16),
        createdMs: optional(timestamp()),
        lastSeenMs: optional(timestamp()),
        online: optional(flag()),
        signedIn: optional(flag()),
      }),
      DEVICES_MAX,
    ),
    sizes: sizes(2 * DEVICES_MAX + 1),
  }, 128 * 1024),
} as const;

/** What the device that asks is called. Payload: the sealed name. */
export const deviceName = {
  request: new Definition("device.name", {}, MAX_SEALED_NAME_BYTES),
  reply: new Definition("device.named", {}),
} as const;

/** Sessions with a fresh password sign-in only. Payload: the account's next list of removed devices; all on it go. */
export const deviceRemove = {
  request: new Definition("device.remove", {}, MAX_REVOCATION_BYTES),
  reply: new Definition("device.removed", {
    /** False: another list came first; `sequence` is that of the present one. */
    done: flag(),
    sequence: count(),
  }),
} as const;
