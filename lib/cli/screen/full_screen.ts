/** What the command line needs of a full screen. Faces do not import one another: the program's entry passes one in. */

import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { RenderChoice } from "../../terminal/capability/capability.ts";
import type { LineDialogue } from "../../terminal/lines/dialogue.ts";
import type { TtyDevice } from "../../terminal/tty/tty_device.ts";
import type { Questioner } from "../person.ts";
import type { Viewer } from "../video/viewer.ts";
import type { Talk } from "../../app/conversations/talk.ts";
import type { DrawingMemory } from "./drawing_memory.ts";

/** A full screen that is open. Closing it gives the terminal back as it was. */
export interface FullScreen extends AsyncDisposable {
  /** Asks on the screen, before there is anybody to talk as. */
  readonly questioner: Questioner;
  /** Says something between the questions. Foreign text may be in it. */
  note(text: string): void;
  /** Asks over the conversations. */
  readAnswer: NonNullable<LineDialogue["readAnswer"]>;
  /** Takes a part of the screen for a video. */
  openVideo(options: { render: RenderChoice; signal: AbortSignal }): Promise<Viewer>;
  /** Shows the conversations until the person leaves; rejects with what `talk.run` rejects with. */
  run(talk: Talk): Promise<void>;
}

/** What a full screen is opened with. */
export interface FullScreenOptions {
  readonly device: TtyDevice;
  readonly clock: Clock;
  readonly random: Random;
  /** The text of the file with its settings; empty where there is none. Rejects with StorageError. */
  readConfig(): Promise<string>;
  /** Replaces it. Rejects with StorageError. */
  writeConfig(text: string): Promise<void>;
  /** What in that text cannot be meant, beside the screen's own tables; each a sentence. */
  configProblems(text: string): readonly string[];
  readonly drawing: DrawingMemory;
  /** For what lives as long as the program. */
  readonly runtimeFolder: string;
  /** What is to be said on every screen; empty: nothing. */
  readonly notice: string;
  env(name: string): string | undefined;
  /** Has the terminal given back when the program ends in whatever way. */
  restoreAtExit(restore: () => void): void;
  readonly signal: AbortSignal;
}

/** Opens one on a terminal. Throws `TerminalError`. */
export type OpenFullScreen = (options: FullScreenOptions) => Promise<FullScreen>;
