/** Brings a page of the account data and this profile to the same: first what others wrote is taken, then what is missing is written. */

import { newDeviceId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import {
  openPage,
  PAGE_OVERHEAD_BYTES,
  type PagePlace,
  sealPage,
} from "../../crypto/account_data.ts";
import { ACCOUNT_DATA_PAGE_MAX_BYTES } from "../../protocol/limits.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { readIdentityKey } from "../profile/account_secrets.ts";
import { agree, type PageState, stateOf } from "../store/account_data_changes.ts";
import { type PageContent, readPage, writePage } from "./page.ts";
import { equalBytes } from "../../base/bytes.ts";

const log = logger("client", "notebook");

/** All devices of an account that write at once: each loses at most against every other one. */
const MAX_TRIES = 32;

/** What stands on a page now, as the server has it. */
interface Present {
  readonly version: string | undefined;
  readonly text: Uint8Array | undefined;
}

/** Returns whether something of another device was taken over. Rejects as `Link.ask`. What a newer version wrote is left alone. */
export async function syncPage(
  messenger: Messenger,
  link: Link,
  content: PageContent,
): Promise<boolean> {
  const { profile } = messenger;
  const { database, vault, own: { account } } = profile;
  const place = { account, page: content.page, pkcs8: await readIdentityKey(database, vault) };
  let isNews = false;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    // Before anything is read: what is changed from here on is told the next time.
    const before = stateOf(database, content.page);
    const present = await look(link, place, { content, before });
    if (present === "newer") return isNews;
    if (present.version === before.version && present.version !== undefined) {
      if (before.changed === before.told) return isNews;
    } else if (await take(messenger, content, present)) isNews = true;
    if (await write(messenger, link, { content, place, present, before })) return isNews;
  }
  log.warn("page is busy", { page: content.page });
  return isNews;
}

async function look(
  link: Link,
  place: PagePlace,
  { content: { page }, before: { version } }: { content: PageContent; before: PageState },
): Promise<Present | "newer"> {
  const known = version === undefined ? {} : { version };
  const { fields, payload } = await link.ask("device.read-page", { page, ...known });
  const isNews = fields.version !== undefined && fields.version !== version;
  const text = isNews ? await openPage(place, payload) : undefined;
  if (isNews && text === undefined) log.warn("page does not open", { page });
  if (text !== undefined && readPage(text) === "newer") return "newer";
  return { version: fields.version, text };
}

async function take(messenger: Messenger, content: PageContent, { text }: Present) {
  const lines = text && readPage(text.slice());
  if (lines === undefined || lines === "newer") return false;
  await content.take(messenger, lines);
  return true;
}

/** False when another device wrote meanwhile. */
async function write(
  messenger: Messenger,
  link: Link,
  { content, place, present, before: { changed } }: {
    readonly content: PageContent;
    readonly place: PagePlace;
    readonly present: Present;
    readonly before: PageState;
  },
): Promise<boolean> {
  const { profile: { database, random } } = messenger;
  const { page } = content;
  const lines = content.lines(messenger);
  const text = writePage(lines, ACCOUNT_DATA_PAGE_MAX_BYTES - PAGE_OVERHEAD_BYTES);
  const { version: follows } = present;
  const isSame = present.text !== undefined && equalBytes(text, present.text);
  if (isSame || follows === undefined && lines.length === 0) {
    agree(database, page, { version: follows, changed });
    return true;
  }
  const version = newDeviceId(random);
  const { fields: { written } } = await link.ask("device.write-page", {
    page,
    version,
    ...(follows === undefined ? {} : { follows }),
  }, await sealPage(place, text, random));
  if (written) agree(database, page, { version, changed });
  return written;
}
