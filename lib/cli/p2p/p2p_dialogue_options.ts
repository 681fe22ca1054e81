/** What the desk of the `~> ` shell stands on. */

import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { NodeFolder } from "../../client/p2p/node_folder.ts";
import type { DialogueInput } from "../../terminal/dialogue.ts";
import type { Viewer } from "../video/viewer.ts";

/** What it needs of the program around it. */
export interface P2pDialogueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Opens the folder of a name. */
  readonly openFolder: (name: string) => Promise<NodeFolder>;
  /** Removes what `exit --wipe` shall not leave beside the folder. */
  readonly removeTraces: () => Promise<void>;
  /** Destroyed at the end. */
  readonly isEphemeral: boolean;
  /** Nobody connects without having begun, and the seed's commands alone are listed (row S1.08). */
  readonly isStrict?: boolean;
  /** Whether somebody types, who does not want to wait. */
  readonly isAttended: boolean;
  /** Whether a QR code can be looked at. */
  readonly showsCodes: boolean;
  /** Where files go that are taken. */
  readonly downloads: string;
  /** A path as the person means it. */
  readonly resolvePath: (path: string) => string;
  /** Of somebody who connects without having said who they are. */
  readonly defaultName: () => string;
  /**
   * One fact: an object for programs, words for people. What is foreign in them is made safe, and further lines of one text
   * are indented; several texts are the program's own lines.
   */
  readonly say: (
    type: string,
    fields: Readonly<Record<string, unknown>>,
    words: string | readonly string[],
  ) => Promise<void>;
  /** Takes the terminal for pictures; closing the viewer gives it back. Undefined where there is nothing to draw on. */
  readonly openViewer: ((signal: AbortSignal) => Promise<Viewer>) | undefined;
  readonly readLine: (prompt: string) => Promise<DialogueInput>;
}
