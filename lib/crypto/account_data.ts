/** The pages that the devices of an account keep in common, sealed for these devices alone. */

import { type Bytes, utf8 } from "../base/bytes.ts";
import type { AccountId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { openOwn, type OwnBox, sealOwn } from "./own_box.ts";

const PURPOSE = "Heliograph v1 notebook\0";
/** What nonce and tag add to the text. */
export const PAGE_OVERHEAD_BYTES = 28;

/** Which page of whose account data. */
export interface PagePlace {
  readonly account: AccountId;
  readonly page: string;
  /** The identity's private key. */
  readonly pkcs8: Bytes;
}

/** Its length is told by the box: whoever does not want that pads the text. */
export function sealPage(place: PagePlace, text: Bytes, random: Random): Promise<Bytes> {
  return sealOwn(boxOf(place), text, random);
}

/** Undefined for what this identity did not seal as this page. */
export function openPage(place: PagePlace, sealed: Bytes): Promise<Bytes | undefined> {
  return openOwn(boxOf(place), sealed);
}

function boxOf({ account, page, pkcs8 }: PagePlace): OwnBox {
  return { account, pkcs8, purpose: PURPOSE, which: utf8(page) };
}
