/**
 * What this account's devices keep in common, over one link: read when it comes up, and again when the server says that another
 * device wrote; written when this profile decided something (decision 0038).
 */

import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { agree, type PageState, stateOf } from "../store/account_data_changes.ts";
import { marksPage, type PageContent, peoplePage, readPage, writePage } from "./page.ts";
import { newDeviceId } from "../../base/ids.ts";
import {
  openPage,
  PAGE_OVERHEAD_BYTES,
  type PagePlace,
  sealPage,
} from "../../crypto/keys/own_box.ts";
import { ACCOUNT_DATA_PAGE_MAX_BYTES } from "../../protocol/limits.ts";
import { readIdentityKey } from "../profile/account_secrets.ts";
import { equalBytes } from "../../base/bytes.ts";

const log = logger("client", "notebook");

const PAGES: readonly PageContent[] = [peoplePage, marksPage];
/** How long a closing client waits for a server that does not answer. */
const LAST_WORD_MS = 2_000;

/** Read marks of a lively conversation are told together. */
const MARKS_EVERY_MS = 2_000;

/** One link's account data. */
export class AccountData {
  readonly #messenger: Messenger;
  readonly #link: Link;
  #onDecisions: (() => void) | undefined;
  /** What the server said of the pages before they may be taken. */
  #asked: AskedPages | undefined;
  #running: Promise<void> | undefined;
  /** Ends what waits for its time. */
  readonly #ended = new AbortController();
  #isDueAgain = false;
  #isMarkWaiting = false;
  #lastMs = -Infinity;

  constructor(messenger: Messenger, link: Link) {
    this.#messenger = messenger;
    this.#link = link;
    link.closed.then(() => this.#ended.abort());
    link.on("device.page-news", ({ page, version }) => {
      // What was asked for may be of before; it is asked for again when it may be taken.
      if (this.#onDecisions === undefined) this.#asked = undefined;
      else if (stateOf(messenger.profile.database, page).version !== version) void this.sync();
      // Another process of this profile has taken it already, while this one is to act on it.
      else if (page === peoplePage.page) this.#onDecisions();
    });
  }

  /** Asks for the pages beside what else is asked of the server first. Nothing is taken over, nor sent, before `begin`. */
  ask(): void {
    this.#asked = this.#askAll();
  }

  /** From here on pages are taken over. `onDecisions` is called when another device's decisions about people were. */
  begin(onDecisions: () => void): void {
    this.#onDecisions = onDecisions;
  }

  /** Reads and writes what is due, one after the other. Never rejects: it is tried again over the next link. */
  async sync(): Promise<void> {
    this.#isDueAgain = true;
    this.#running ??= this.#syncAll().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Tells what was changed here, if anything was. */
  async flush(): Promise<void> {
    if (PAGES.some((content) => this.#isDue(content))) await this.sync();
  }

  /** What was changed here is told in the background: decisions at once, read marks now and then. */
  tell(): void {
    if (this.#isDue(peoplePage)) return void this.sync();
    if (!this.#isDue(marksPage) || this.#isMarkWaiting) return;
    this.#isMarkWaiting = true;
    void this.#tellMarks();
  }

  /** Says what was not said yet, if the link is up. */
  async finish(): Promise<void> {
    const isDue = PAGES.some((content) => this.#isDue(content));
    this.#ended.abort();
    if (!this.#link.isOpen || !isDue && this.#running === undefined) return;
    const deadline = this.#messenger.profile.clock.deadline(LAST_WORD_MS);
    const over = new Promise<void>((resolve) => {
      deadline.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([isDue ? this.sync() : this.#running, over]);
  }

  /** Resolves when nothing of it is under way. Once the link is closed that is soon. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #isDue({ page }: PageContent): boolean {
    const { changed, told } = stateOf(this.#messenger.profile.database, page);
    return changed !== told;
  }

  async #tellMarks(): Promise<void> {
    const { clock } = this.#messenger.profile;
    const waitMs = this.#lastMs + MARKS_EVERY_MS - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, { signal: this.#ended.signal }).catch(() => {});
    this.#isMarkWaiting = false;
    if (!this.#ended.signal.aborted && this.#isDue(marksPage)) await this.sync();
  }

  async #syncAll(): Promise<void> {
    while (this.#isDueAgain && this.#link.isOpen) {
      this.#isDueAgain = false;
      this.#lastMs = this.#messenger.profile.clock.monotonicMs();
      try {
        const asked = this.#asked ?? this.#askAll();
        this.#asked = undefined;
        if (await syncPage(this.#messenger, this.#link, [peoplePage, asked.people])) {
          this.#onDecisions?.();
        }
        await syncPage(this.#messenger, this.#link, [marksPage, asked.marks]);
      } catch (error) {
        // The link is gone, a server of before knows no account data, the profile was closed: the next link tries again.
        log.info("notebook is not at hand", { reason: describeError(error) });
        return;
      }
    }
  }

  #askAll(): AskedPages {
    const ask = (content: PageContent) => {
      const before = stateOf(this.#messenger.profile.database, content.page);
      const reply = askPage(this.#link, content, before);
      // Whoever waits for it sees the failure; perhaps nobody comes to it.
      reply.catch(() => {});
      return { before, reply };
    };
    return { people: ask(peoplePage), marks: ask(marksPage) };
  }
}

// Brings a page of the account data and this profile to the same: first what others wrote is taken, then what is missing is written.

/** All devices of an account that write at once: each loses at most against every other one. */
const MAX_TRIES = 32;

type PageReply = Awaited<ReturnType<typeof askPage>>;

/** A question about a page: how far the profile was, and what the server says to that. */
interface AskedPage {
  readonly before: PageState;
  readonly reply: Promise<PageReply>;
}

interface AskedPages {
  readonly people: AskedPage;
  readonly marks: AskedPage;
}

/** What stands on a page now, as the server has it. */
interface Present {
  readonly version: string | undefined;
  readonly text: Uint8Array | undefined;
}

/** Returns whether something of another device was taken over. Rejects as `Link.ask`. What a newer version wrote is left alone. */
async function syncPage(
  messenger: Messenger,
  link: Link,
  [content, asked]: readonly [PageContent, AskedPage],
): Promise<boolean> {
  const { profile } = messenger;
  const { database, vault, own: { account } } = profile;
  const place = { account, page: content.page, pkcs8: await readIdentityKey(database, vault) };
  let isNews = false;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    // Before anything is read: what is changed from here on is told the next time.
    const before = stateOf(database, content.page);
    // What was asked for holds as long as no other process of this profile took a page over.
    const isAsked = attempt === 1 && asked.before.version === before.version;
    const reply = await (isAsked ? asked.reply : askPage(link, content, before));
    const present = await look(place, reply, before);
    if (present === "newer") return isNews;
    if (present.version === before.version && present.version !== undefined) {
      if (before.changed === before.told) return isNews;
    } else if (await take(messenger, content, present)) isNews = true;
    if (await write(messenger, link, { content, place, present, before })) return isNews;
  }
  log.warn("page is busy", { page: content.page });
  return isNews;
}

async function askPage(link: Link, { page }: PageContent, { version }: PageState) {
  return await link.ask("device.read-page", {
    page,
    ...(version === undefined ? {} : { version }),
  });
}

async function look(
  place: PagePlace,
  { fields, payload }: PageReply,
  { version }: PageState,
): Promise<Present | "newer"> {
  const isNews = fields.version !== undefined && fields.version !== version;
  const text = isNews ? await openPage(place, payload) : undefined;
  if (isNews && text === undefined) log.warn("page does not open", { page: place.page });
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
