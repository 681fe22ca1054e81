/** The pictures of the conversations: which are seen, where, and the one that has the whole screen. */

import { type Item, type Model, pageOf } from "../../app/conversations/model.ts";
import { pictureRefs } from "../../app/conversations/picture_refs.ts";
import { systemClock } from "../../base/clock.ts";
import type { Client } from "../../client/client.ts";
import { readPicture } from "../../client/transfers/pictures.ts";
import { readPoster } from "../../client/video/poster.ts";
import { STILL_MAX_BYTES } from "../../media/stills/still.ts";
import type { Canvas } from "./canvas.ts";
import { PictureLayer, type PictureLayerOptions } from "./picture_layer.ts";
import type { PagePictures } from "../timeline/picture_rows.ts";
import { PictureView } from "./picture_view.ts";
import type { Painted } from "../panes/view.ts";

/** What they are opened with. */
interface PicturesOptions extends PictureLayerOptions {
  readonly canvas: Canvas;
}

/** The pictures of a client's conversations. Whoever opens them closes them. */
export function openPictures(
  { canvas, client, isOn, start }:
    & Pick<PicturesOptions, "canvas" | "start">
    & {
      readonly client: Pick<Client, "messenger" | "link">;
      readonly isOn: boolean;
    },
): Pictures {
  const { messenger } = client;
  const { contactStatuses } = messenger.contacts;
  const options: PicturesOptions = {
    canvas,
    start,
    // A Worker takes the time of the machine, whatever the time of the program is.
    clock: systemClock,
    isContact: (account) => contactStatuses.of(account) === "known",
    read: (ref) =>
      "video" in ref ? readPoster(client, ref.video) : readPicture(messenger, ref, STILL_MAX_BYTES),
  };
  return new Pictures(options, isOn);
}

/** Closing it takes all of them off the screen. */
export class Pictures implements AsyncDisposable {
  readonly #options: PicturesOptions;
  readonly #layer: PictureLayer;
  /** Whether they are drawn in the conversation; one that is asked for is drawn all the same. */
  isOn: boolean;
  #view: PictureView | undefined;
  #peers: Model["peers"] | undefined;

  constructor(options: PicturesOptions, isOn: boolean) {
    this.#options = options;
    this.#layer = new PictureLayer(options);
    this.isOn = isOn;
  }

  /** The picture that has the whole screen. */
  get view(): PictureView | undefined {
    return this.#view;
  }

  /** What a page of its own draws with, and knows of its pictures; undefined where none are drawn. */
  get ofPage(): Pick<PagePictures, "drawing" | "stateOf"> | undefined {
    const { drawing } = this.#layer;
    if (drawing === undefined || !this.isOn) return undefined;
    return { drawing, stateOf: (ref) => this.#layer.stateOf(ref) };
  }

  /** What the page draws; undefined where it draws none. */
  pageOf(model: Model): PagePictures | undefined {
    const drawing = this.#layer.drawing;
    if (drawing === undefined || !this.isOn) return undefined;
    return {
      drawing,
      refsOf: (item) => pictureRefs(model, item),
      stateOf: (ref) => this.#layer.stateOf(ref),
    };
  }

  /** Shows the picture of an item on the whole screen, and those of the page around it; false where it has none. */
  open(model: Model, item: Item): boolean {
    const [first] = pictureRefs(model, item);
    if (first === undefined || this.#layer.drawing === undefined) return false;
    const { canvas, start } = this.#options;
    const { items } = pageOf(model, model.open);
    const refs = items.flatMap((one) => pictureRefs(model, one));
    this.#view = new PictureView({
      layer: this.#layer,
      refs,
      at: refs.findIndex(({ key }) => key === first.key),
      size: () => canvas.size,
      start,
      onChanged: () => canvas.now(),
      onClosed: () => {
        this.#view = undefined;
        canvas.now();
      },
    });
    return true;
  }

  /** What the next paint shows: called before it is written. */
  placed({ peers }: Model, { layout, pictures: { pictures, refs } }: Painted): void {
    if (peers !== this.#peers) this.#layer.forgetRefusals();
    this.#peers = peers;
    if (this.#view === undefined) this.#layer.placed(pictures, refs);
    else this.#layer.placed(this.#view.seen(layout.video), []);
  }

  /** The screen was cleared. */
  cleared(): void {
    this.#layer.cleared();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#layer[Symbol.asyncDispose]();
  }
}
