/**
 * What this account's devices keep in common, over one link: read when it comes up, and again when the server says that another
 * device wrote; written when this profile decided something (decision 0038).
 */

import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { stateOf } from "../store/account_data_changes.ts";
import { marksPage } from "./marks_page.ts";
import type { PageContent } from "./page.ts";
import { peoplePage } from "./people_page.ts";
import { syncPage } from "./syncing.ts";

const log = logger("client", "notebook");

const PAGES: readonly PageContent[] = [peoplePage, marksPage];
/** How long a closing client waits for a server that does not answer. */
const LAST_WORD_MS = 2_000;

/** Read marks of a lively conversation are told together. */
const MARKS_EVERY_MS = 2_000;

/** One link's account data. */
export class AccountData {
  #running: Promise<void> | undefined;
  /** Ends what waits for its time. */
  readonly #ended = new AbortController();
  #isDueAgain = false;
  #isMarkWaiting = false;
  #lastMs = -Infinity;

  /** `onDecisions` is called when another device's decisions about people were taken over. */
  constructor(
    private readonly messenger: Messenger,
    private readonly link: Link,
    private readonly onDecisions: () => void,
  ) {
    link.closed.then(() => this.#ended.abort());
    link.on("device.page-news", ({ page, version }) => {
      if (stateOf(messenger.profile.database, page).version !== version) void this.sync();
      // Another process of this profile has taken it already, while this one is to act on it.
      else if (page === peoplePage.page) onDecisions();
    });
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
    if (!this.link.isOpen || !isDue && this.#running === undefined) return;
    const deadline = this.messenger.profile.clock.deadline(LAST_WORD_MS);
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
    const { changed, told } = stateOf(this.messenger.profile.database, page);
    return changed !== told;
  }

  async #tellMarks(): Promise<void> {
    const { clock } = this.messenger.profile;
    const waitMs = this.#lastMs + MARKS_EVERY_MS - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, { signal: this.#ended.signal }).catch(() => {});
    this.#isMarkWaiting = false;
    if (!this.#ended.signal.aborted && this.#isDue(marksPage)) await this.sync();
  }

  async #syncAll(): Promise<void> {
    while (this.#isDueAgain && this.link.isOpen) {
      this.#isDueAgain = false;
      this.#lastMs = this.messenger.profile.clock.monotonicMs();
      try {
        if (await syncPage(this.messenger, this.link, peoplePage)) this.onDecisions();
        await syncPage(this.messenger, this.link, marksPage);
      } catch (error) {
        // The link is gone, a server of before knows no account data, the profile was closed: the next link tries again.
        log.info("notebook is not at hand", { reason: describeError(error) });
        return;
      }
    }
  }
}
