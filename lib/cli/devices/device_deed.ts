/** What the verbs `device …` and the slash commands `/device …` have in common: one row for both. */

import type { Client } from "../../client/client.ts";
import type { Greeted } from "../../client/greeting.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Outcome } from "../moderation/deed.ts";
import { rowOfTwoWords, type TwoWordDeed } from "../two_word_deed.ts";

/** What a deed works with. */
export interface DeviceBench {
  /** Connected. */
  readonly client: Client;
  readonly values: CommandValues;
  /** Another connection to the same server, to prove the password on. The caller closes its link. */
  greet(): Promise<Greeted>;
  /** The code that a new device shows: what was said, else of `--code-file`, else asked for. */
  code(): Promise<string>;
  /** The password of `--password-file`, else asked for, hidden. */
  password(): Promise<string>;
  /** A time for the eye, local. */
  time(atMs: number): string;
}

/** A verb `device VERB`, and a slash command of that name. */
export interface DeviceDeed extends TwoWordDeed {
  /** Whether it may ask for a password. */
  readonly asksPassword?: true;
  run(bench: DeviceBench): Promise<Outcome>;
}

/** What a verb and a slash command of the deed have in common. */
export function rowOfDeed(deed: DeviceDeed): ReturnType<typeof rowOfTwoWords> {
  return rowOfTwoWords(deed, { family: "device", group: "Account" });
}
