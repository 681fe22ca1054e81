/** The frames of a video on their way to the viewer and the saver, over however many connections that takes: each of them once. */

import type { PlayedFrame } from "../../client/video/frame_assembly.ts";
import type { Player, PlayResult } from "../../client/video/player.ts";

/** What is done with a frame. */
export interface FrameTakers {
  /** At once when it arrives. */
  save(frame: PlayedFrame): void;
  /** When it is due. */
  show(frame: PlayedFrame): Promise<void>;
}

const NONE = { saved: -1, shown: -1 } as const;

/** What had arrived when a connection was lost comes again over the next one, and is passed over. */
export class FramesOnce {
  readonly #takers: FrameTakers;
  #latest = -1;
  /** The last ones since the person chose a place: up to them all of it is here. */
  #last: { saved: number; shown: number } = { ...NONE };
  /** Up to these frames all is here already. */
  #again: { saved: number; shown: number } = { ...NONE };
  #shown = 0;
  #droppedBefore: number | undefined;

  constructor(takers: FrameTakers) {
    this.#takers = takers;
  }

  /** For `Player.play`. */
  readonly onFrame = (frame: PlayedFrame): void => {
    if (frame.index <= this.#again.saved) return;
    this.#again.saved = -1;
    this.#last.saved = frame.index;
    this.#takers.save(frame);
  };

  /** For `Player.play`. */
  readonly show = async (frame: PlayedFrame): Promise<void> => {
    if (frame.index <= this.#again.shown) return;
    this.#again.shown = -1;
    this.#latest = this.#last.shown = frame.index;
    await this.#takers.show(frame);
    this.#shown++;
  };

  /** The person has chosen another place: what they want from there on is no repetition, also if it was here before. */
  sought(): void {
    this.#last = { ...NONE };
    this.#again = { ...NONE };
  }

  /** The next frames come over another connection, by another player. */
  connectionLost({ droppedHere }: Player): void {
    this.#again = { ...this.#last };
    this.#droppedBefore = (this.#droppedBefore ?? 0) + droppedHere;
  }

  /** What all of it came to, by the last player's result; undefined when the person left. */
  count(last: PlayResult | undefined): PlayResult {
    if (last === undefined) {
      const seen = this.#latest + 1;
      return { received: seen, shown: seen, droppedByServer: 0, droppedHere: 0 };
    }
    if (this.#droppedBefore === undefined) return last;
    const droppedHere = last.droppedHere + this.#droppedBefore;
    return { ...last, received: this.#shown + droppedHere, shown: this.#shown, droppedHere };
  }
}
