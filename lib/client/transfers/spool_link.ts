/** What the server tells of uploads, handed to whom it is about. */

import type { Bytes } from "../../base/bytes.ts";
import { parseUploadId, type UploadId } from "../../base/ids.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link.ts";

/** Why an upload cannot go on. */
export type SpoolEnd = PushFields<"spool.ended">["reason"];

/** Who sends or reads an upload. None of these may throw. */
export interface SpoolUser {
  stored?(bytes: number): void;
  piece?(offset: number, bytes: Bytes): void;
  ended(reason: SpoolEnd): void;
}

/** One for each link: a push has one handler. */
export class SpoolLink {
  readonly link: Link;
  readonly #users = new Map<UploadId, SpoolUser>();

  constructor(link: Link) {
    this.link = link;
    link.on("spool.stored", ({ upload, storedBytes }) => this.#of(upload)?.stored?.(storedBytes));
    link.on("spool.piece", ({ upload, offset }, bytes) => this.#of(upload)?.piece?.(offset, bytes));
    link.on("spool.ended", ({ upload, reason }) => this.#of(upload)?.ended(reason));
  }

  /** From now on `user` hears of the upload. Returns what ends that. */
  attach(upload: UploadId, user: SpoolUser): () => void {
    this.#users.set(upload, user);
    return () => {
      if (this.#users.get(upload) === user) this.#users.delete(upload);
    };
  }

  #of(text: string): SpoolUser | undefined {
    const upload = parseUploadId(text);
    return upload === undefined ? undefined : this.#users.get(upload);
  }
}
