/** What a person has switched in their dialogues; it stays until they switch it again. */

import type { Profile } from "../../client/profile/profile.ts";

/** In table `mark`, by what they are called there. */
const NAMES = { emoticons: "emoticons", receipts: "show receipts" } as const;
const DEFAULTS = { emoticons: true, receipts: false } as const;

/** Of one profile, as it is on disk now. */
export class ChatSettings {
  readonly #database: Profile["database"];

  constructor({ database }: Pick<Profile, "database">) {
    this.#database = database;
  }

  /** Whether `:)` is shown as an emoji. */
  get emoticons(): boolean {
    return this.#read("emoticons");
  }

  set emoticons(isOn: boolean) {
    this.#write("emoticons", isOn);
  }

  /** Whether to tell when what was said is delivered. */
  get receipts(): boolean {
    return this.#read("receipts");
  }

  set receipts(isOn: boolean) {
    this.#write("receipts", isOn);
  }

  #read(setting: keyof typeof NAMES): boolean {
    const value = this.#database.query("SELECT value FROM mark WHERE name = ?", (row) => {
      return row.integer("value");
    }).first(NAMES[setting]);
    return value === undefined ? DEFAULTS[setting] : value === 1;
  }

  #write(setting: keyof typeof NAMES, isOn: boolean): void {
    this.#database.command("INSERT OR REPLACE INTO mark VALUES (?, ?)")
      .run(NAMES[setting], isOn ? 1 : 0);
  }
}
