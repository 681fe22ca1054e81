/** The devices of accounts: which there are, what they are called; that one is removed (SR-10), or another one linked. */

import {
  count,
  Definition,
  definitions,
  exchanges,
  flag,
  hex,
  list,
  oneOf,
  optional,
  record,
  text,
  timestamp,
} from "../schema.ts";
import {
  ACCOUNT_DATA_PAGE_MAX_BYTES,
  DEVICE_NAME_MAX_BYTES,
  DEVICES_MAX,
  LINK_REQUESTS_MAX,
} from "../limits.ts";
import { sizes } from "../sections.ts";

/** Nonce and tag come with the name. */
const MAX_SEALED_NAME_BYTES = DEVICE_NAME_MAX_BYTES + 28;
/** Account id, sequence, up to 250 ids of 16 bytes, and an RSA signature. */
const MAX_REVOCATION_BYTES = 5 * 1024;
/** HMAC-SHA-256. */
const REVOCATION_RECEIPT_BYTES = 32;

/** X25519 key and tag. */
const LINK_REQUEST_BYTES = 64;
/** The identity key, and who is known by which identity. */
const MAX_LINK_ANSWER_BYTES = 512 * 1024;

const linkRequest = {
  /** Which request to be linked. */
  link: hex(16),
  atMs: timestamp(),
  expiresMs: timestamp(),
  /** Network address of the device that asks. */
  address: text(64),
};

/**
 * What the devices of an account keep in common, the account data: pages that they seal for each other, which the server keeps and
 * hands on. It learns when a page changed and how long it is.
 *
 * `people`: what was decided about accounts. `read`: how far conversations were read.
 */
const ACCOUNT_DATA_PAGES = ["people", "read"] as const;
/** A word of the list above. */
export type AccountDataPage = typeof ACCOUNT_DATA_PAGES[number];

const page = () => oneOf(...ACCOUNT_DATA_PAGES);

/** Payload: the page in the place of `follows`, which is absent where there was none. */
export const accountDataWrite = {
  request: new Definition("device.write-page", {
    page: page(),
    /** Random, so that no two writes have the same, also after a backup was restored. */
    version: hex(16),
    follows: optional(hex(16)),
  }, ACCOUNT_DATA_PAGE_MAX_BYTES),
  reply: new Definition("device.page-written", {
    /** False: another one is there by now. */
    written: flag(),
  }),
} as const;

/** What a client asks, and the server answers. */
export const DEVICE_REQUESTS = exchanges({
  /**
   * The devices of an account that are not removed. Reply payload: for each its certificate, then its sealed name or nothing;
   * then the list of removed ones, or nothing. Times and names of one's own account only.
   */
  "device.list": {
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
  },
  /** What the device that asks is called. Payload: the sealed name. */
  "device.name": {
    request: new Definition("device.name", {}, MAX_SEALED_NAME_BYTES),
    reply: new Definition("device.named", {}),
  },
  /**
   * Sessions with a fresh password sign-in, or with the receipt for a list that the server took before it was restored from a
   * backup. Payload: the account's next list of removed devices, all on it go; the earlier list and its receipt, or nothing.
   * Reply payload: the receipt for the next list, or nothing.
   */
  "device.remove": {
    request: new Definition(
      "device.remove",
      { sizes: sizes(3) },
      2 * MAX_REVOCATION_BYTES + REVOCATION_RECEIPT_BYTES,
    ),
    reply: new Definition("device.removed", {
      /** False: another list came first; `sequence` is that of the present one. */
      done: flag(),
      sequence: count(),
    }, REVOCATION_RECEIPT_BYTES),
  },
  /** Unlinked sessions only: asks the account's other devices. Payload: the request. The answer comes as a push. */
  "device.link-ask": {
    request: new Definition("device.link-ask", {}, LINK_REQUEST_BYTES),
    reply: new Definition("device.link-asked", { link: hex(16), expiresMs: timestamp() }),
  },
  /** The devices that ask to be linked to this account now. Reply payload: the request of each. */
  "device.link-requests": {
    request: new Definition("device.link-requests", {}),
    reply: new Definition("device.link-list", {
      requests: list(record(linkRequest), LINK_REQUESTS_MAX),
      sizes: sizes(LINK_REQUESTS_MAX),
    }, LINK_REQUESTS_MAX * LINK_REQUEST_BYTES),
  },
  /** Payload: the sealed answer, or nothing for a no. */
  "device.link-answer": {
    request: new Definition(
      "device.link-answer",
      { link: hex(16), approved: flag() },
      MAX_LINK_ANSWER_BYTES,
    ),
    reply: new Definition("device.link-answered", {}),
  },
  /** Reply payload: the page; nothing when there is none, or it is the `version` that the device has. */
  "device.read-page": {
    request: new Definition("device.read-page", { page: page(), version: optional(hex(16)) }),
    reply: new Definition(
      "device.page",
      { version: optional(hex(16)) },
      ACCOUNT_DATA_PAGE_MAX_BYTES,
    ),
  },
  "device.write-page": accountDataWrite,
});

/** What the server tells unasked. */
export const DEVICE_PUSHES = definitions({
  /** Pushed to the account's devices: one more asks to be linked. */
  "device.link-news": new Definition("device.link-news", linkRequest),
  /** Pushed to the device that asks. Payload: the sealed answer of a yes. */
  "device.link-result": new Definition("device.link-result", {
    result: oneOf("approved", "declined", "expired"),
  }, MAX_LINK_ANSWER_BYTES),
  /** Pushed to the account's other sessions. */
  "device.page-news": new Definition("device.page-news", {
    page: page(),
    version: hex(16),
  }),
});
