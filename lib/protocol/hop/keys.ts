/** The key directory: identities, device certificates, MLS key packages (RFC 9420 §10). Untrusted: clients check all. */

import type { Bytes } from "../../base/bytes.ts";
import { refuse } from "../failure.ts";
import { ONE_TIME_KEY_PACKAGES_MAX, REVOKED_DEVICES_MAX } from "../limits.ts";
import { count, Definition, exchanges, flag, hex, list, optional, text } from "../schema.ts";
import { sizes, splitSections } from "../sections.ts";

/** 100 one-time packages of about 3 KiB. */
const MAX_PUBLISH_BYTES = 512 * 1024;
/** With X-Wing a package is about 3 KiB; whoever fetches it takes 32 KiB, the certificate included. */
const MAX_KEY_PACKAGE_BYTES = 16 * 1024;

/** The key packages of a `keys.publish`. Throws ProtocolError, Refusal `bad-message`. */
export function splitKeyPackages(payload: Bytes, lengths: readonly number[]): Bytes[] {
  const packages = splitSections(payload, lengths);
  if (packages.some(({ length }) => length === 0 || length > MAX_KEY_PACKAGE_BYTES)) {
    throw refuse("bad-message", "Cannot take key packages: one is empty or too long");
  }
  return packages;
}

/** What a client asks, and the server answers. */
export const KEYS_REQUESTS = exchanges({
  /** Payload: the key packages. A last-resort one replaces the one before (SR-30). */
  "keys.publish": {
    request: new Definition(
      "keys.publish",
      { lastResort: flag(), sizes: sizes(ONE_TIME_KEY_PACKAGES_MAX) },
      MAX_PUBLISH_BYTES,
    ),
    reply: new Definition("keys.published", { oneTime: count() }),
  },
  /** How many one-time packages of this device are left, and since when the last-resort one is in use. */
  "keys.count": {
    request: new Definition("keys.count", {}),
    reply: new Definition("keys.left", { oneTime: count(), lastResort: flag() }),
  },
  /** One key package of the account's most recently active device. Reply payload: package, device certificate. */
  "keys.fetch": {
    request: new Definition("keys.fetch", {
      account: text(400),
      /** Devices that the asker knows to be removed. */
      except: optional(list(hex(16), REVOKED_DEVICES_MAX)),
    }),
    reply: new Definition("keys.package", { device: hex(16), sizes: sizes(2) }, 32_768),
  },
  /** Reply payload: the certificates in the order asked; an unknown one is empty. */
  "keys.certificates": {
    request: new Definition("keys.certificates", { hashes: list(hex(32), 64) }),
    reply: new Definition("keys.certificates-found", { sizes: sizes(64) }, 256 * 1024),
  },
  /**
   * Who an account is now. Reply payload: its signed roster entry; the rotation statement that led to it, or nothing; its list
   * of removed devices, or nothing; the server's receipt for that, or nothing.
   */
  "keys.account": {
    request: new Definition("keys.account", { account: text(1000) }),
    reply: new Definition("keys.account-found", {
      account: text(400),
      name: text(1000),
      identity: hex(32),
      online: flag(),
      sizes: sizes(4),
    }, 16_384),
  },
});
