/** Texts that are being typed, kept over the end of the program: sealed, and on this device alone. */

import { decodeUtf8, utf8 } from "../../base/bytes.ts";
import type { Peer } from "../../base/ids.ts";
import type { Profile } from "../profile/profile.ts";

/** With whom, or in which room; undefined where nobody is addressed. */
type Place = Peer | undefined;

const TABLE = "unfinished";

/** One for a profile. The last one to write a place wins, whichever process that is. */
export class UnfinishedTexts {
  readonly #profile: Profile;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** All that there are. */
  async all(): Promise<ReadonlyMap<Place, string>> {
    const { database, vault } = this.#profile;
    const rows = database.query(
      "SELECT place, sealed FROM unfinished",
      (row) => ({ place: row.text("place"), sealed: row.bytes("sealed") }),
    ).all();
    const texts = new Map<Place, string>();
    for (const { place, sealed } of rows) {
      const text = decodeUtf8(await vault.open(TABLE, place, sealed)) ?? "";
      // Written by `keep` from a branded value.
      texts.set(place === "" ? undefined : place as Peer, text);
    }
    return texts;
  }

  /** Keeps a text as it is now; an empty one is none. */
  async keep(at: Place, text: string): Promise<void> {
    const { database, vault } = this.#profile;
    const place = at ?? "";
    if (text === "") {
      database.command("DELETE FROM unfinished WHERE place = ?").run(place);
      return;
    }
    const sealed = await vault.seal(TABLE, place, utf8(text));
    database.command("INSERT OR REPLACE INTO unfinished VALUES (?, ?)").run(place, sealed);
  }
}
