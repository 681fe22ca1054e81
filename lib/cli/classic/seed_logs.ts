/** The readable log files that the shell of Toom keeps where the person is (rows S3.17, S3.36): whoever chooses it is told. */

import { join } from "node:path";
import type { AppEvent } from "../../app/events.ts";
import { seedLogLine, seedLogName } from "../../app/talk/seed_log.ts";
import { isRoom } from "../../base/ids.ts";
import type { HistoryEntry } from "../../client/store/history.ts";
import { appendPrivately } from "../../storage/private_files.ts";

/** Writes each message once, as soon as it has its number. */
export class SeedLogs {
  readonly #folder: string;
  /** Own texts of rooms, which the server has not numbered yet. */
  readonly #unnumbered = new Map<string, HistoryEntry>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws StorageError. */
  async take(event: AppEvent): Promise<void> {
    if (event.type === "delivery" && event.number !== undefined) {
      const entry = this.#unnumbered.get(event.id);
      if (entry === undefined) return;
      this.#unnumbered.delete(event.id);
      return await this.#write(event.number, entry);
    }
    if (event.type !== "entry") return;
    const { entry } = event;
    // What was seen elsewhere comes once more when it is found here; own words count as seen from the start.
    if (event.wasShown && !entry.own) return;
    const isOfRoom = entry.kind === "text" && isRoom(entry.peer);
    if (entry.kind !== "broadcast" && !isOfRoom) return;
    if (entry.number === undefined) this.#unnumbered.set(entry.id, entry);
    else await this.#write(entry.number, entry);
  }

  async #write(number: number, entry: HistoryEntry): Promise<void> {
    const { kind, peer } = entry;
    const room = kind === "text" && isRoom(peer) ? peer : undefined;
    const line = `${seedLogLine(number, entry)}\n`;
    await appendPrivately(join(this.#folder, seedLogName(room)), line);
  }
}
