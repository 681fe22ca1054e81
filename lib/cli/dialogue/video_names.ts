/** Names of the server's videos, for completion: asked for when they are first wanted. */

import { describeError, HeliographError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Client } from "../../client/client.ts";
import { listVideos } from "../../app/video_list.ts";

const log = logger("cli", "videos");

/** One for each client that is talked through. */
const NAMES = new WeakMap<Client, VideoNames>();

/** Always the same for the same client. */
export function videoNamesOf(client: Client): VideoNames {
  let names = NAMES.get(client);
  if (names === undefined) {
    names = new VideoNames(async () => (await listVideos(client.link)).map(({ name }) => name));
    NAMES.set(client, names);
  }
  return names;
}

/** Names, and how to get them. */
export class VideoNames {
  readonly #ask: () => Promise<readonly string[]>;
  #known: readonly string[] | undefined;
  #asking: Promise<void> | undefined;

  constructor(ask: () => Promise<readonly string[]>) {
    this.#ask = ask;
  }

  /** As they were listed last; empty before. */
  get known(): readonly string[] {
    return this.#known ?? [];
  }

  /** They were listed just now. */
  keep(names: readonly string[]): void {
    this.#known = names;
  }

  /**
   * Asks for them, once; what failed is asked again at the next call. Undefined when they are known, else what resolves when they
   * are, or cannot be had now. Never rejects.
   */
  fetch(): Promise<void> | undefined {
    if (this.#known !== undefined) return undefined;
    return this.#asking ??= this.#fetch();
  }

  async #fetch(): Promise<void> {
    try {
      this.#known = await this.#ask();
    } catch (error) {
      if (!(error instanceof HeliographError)) throw error;
      log.debug("videos not listed", { reason: describeError(error) });
    } finally {
      this.#asking = undefined;
    }
  }
}
