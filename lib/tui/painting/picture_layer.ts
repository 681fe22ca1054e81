/**
 * The pictures of the conversation on the terminal. A paint says where each should be; what is elsewhere goes before that paint, and
 * what is missing is decoded, encoded and drawn behind it, one after the other, while keys go on.
 */

import type { Bitmap } from "../../base/bitmap.ts";
import type { Clock } from "../../base/clock.ts";
import type { AccountId } from "../../base/ids.ts";
import type { ReadPicture } from "../../client/transfers/pictures.ts";
import type { PictureRef } from "../../app/conversations/pictures.ts";
import type { PixelSize } from "../../media/stills/still.ts";
import { stillMethod } from "../../screen/stills/encode_still.ts";
import type { CroppedPlacement } from "../../screen/stills/crop.ts";
import { Stills, type StillsOptions } from "../../screen/stills/stills.ts";
import { cellPixels } from "../../terminal/capability/capability.ts";
import { samePlacement } from "../../terminal/graphics/placement.ts";
import type { Canvas } from "./canvas.ts";
import type { PictureDrawing, PictureState, SeenPicture } from "../timeline/picture_rows.ts";

/** What the layer works with. It owns none of it. */
export interface PictureLayerOptions extends StillsOptions {
  readonly canvas: Pick<
    Canvas,
    "capabilities" | "ground" | "pictureOutput" | "setStills" | "soon"
  >;
  readonly clock: Pick<Clock, "after">;
  /** Whether pictures of theirs are drawn, as that is now. */
  isContact(account: AccountId): boolean;
  /** The file of a picture, if it may be drawn. */
  read(ref: PictureRef): Promise<ReadPicture>;
  /** Goes on beside everything else; where it fails, so does the screen. */
  start(doing: Promise<void>): void;
}

/** A picture to be drawn; `bitmap` where it is not the one that the page has. */
export interface WantedPicture extends SeenPicture {
  readonly bitmap?: Bitmap;
}

interface ShownPicture {
  readonly ref: PictureRef;
  readonly placement: CroppedPlacement;
  readonly bitmap: Bitmap;
  readonly erasure: Uint8Array<ArrayBuffer>;
}

/** Pixels that are kept of one picture for the page, whatever part of that it takes. */
const PAGE_BOX: PixelSize = { widthPx: 1024, heightPx: 768 };
/** Characters show no more. */
const CELLS_BOX: PixelSize = { widthPx: 512, heightPx: 384 };
/** Of all of them; those that were seen last stay. */
const KEPT_BYTES = 16 * 1024 * 1024;
const NOTHING = new Uint8Array(0);
/** What is known of pictures, without their pixels. */
const KEPT_STATES = 5_000;

/** Whoever opens it closes it. */
export class PictureLayer implements AsyncDisposable {
  readonly #options: PictureLayerOptions;
  readonly #stills: Stills;
  readonly #states = new Map<string, PictureState>();
  /** The one that was used last stands last. */
  readonly #bitmaps = new Map<string, Bitmap>();
  #wanted: readonly WantedPicture[] = [];
  #shown: readonly ShownPicture[] = [];
  /** Pictures of which something has to be known, the lowest of the page first. */
  #asked: readonly PictureRef[] = [];
  #isLoading = false;
  #isDrawing = false;
  #isClosed = false;

  constructor(options: PictureLayerOptions) {
    this.#options = options;
    this.#stills = new Stills(options);
  }

  /** What pictures are drawn with; undefined where they are not. */
  get drawing(): PictureDrawing | undefined {
    const { capabilities } = this.#options.canvas;
    const method = capabilities === undefined ? undefined : stillMethod(capabilities);
    if (capabilities === undefined || method === undefined) return undefined;
    const { cell, sixel } = capabilities;
    return { method, cell, maxSizePx: sixel?.maxSizePx };
  }

  /** Whoever was blocked since has none on the screen any more. */
  stateOf({ key, from }: PictureRef): PictureState | undefined {
    if (from === undefined || this.#options.isContact(from)) return this.#states.get(key);
    return { state: "not-drawn", why: "not-a-contact", facts: undefined };
  }

  /** What the next paint shows. Called before it is written; what has to go from the screen goes before it. */
  placed(wanted: readonly WantedPicture[], asked: readonly PictureRef[]): void {
    this.#wanted = wanted;
    this.#asked = asked.toReversed();
    const gone = this.#shown.filter((one) => !this.#isWanted(one));
    if (gone.length > 0) {
      for (const { erasure } of gone) this.#write(erasure);
      this.#setShown(this.#shown.filter((one) => !gone.includes(one)));
    }
    this.#load();
    this.#draw();
  }

  /** The screen was cleared: all of it has to be drawn anew, behind the paint that cleared it. */
  cleared(): void {
    for (const { erasure } of this.#shown) this.#write(erasure);
    this.#setShown([]);
  }

  /** Somebody may have become a contact: whose pictures were refused is asked again. */
  forgetRefusals(): void {
    for (const [key, known] of this.#states) {
      if (known.state === "not-drawn" && known.why === "not-a-contact") this.#states.delete(key);
    }
  }

  /** A picture in another size than the page has it; undefined where it cannot be had, and then its state says why. */
  async decode(ref: PictureRef, box: PixelSize): Promise<Bitmap | undefined> {
    const read = await this.#options.read(ref);
    if (!read.ok) {
      this.#setState(ref, { state: "not-drawn", why: read.why, facts: undefined });
      return undefined;
    }
    const { background } = this.#options.canvas.ground;
    const ground = background === undefined
      ? [0, 0, 0] as const
      : [background.red, background.green, background.blue] as const;
    const result = await this.#stills.decode(read.bytes, { box, ground });
    if (!result.ok) {
      this.#setState(ref, { state: "not-drawn", why: result.problem, facts: result.facts });
      return undefined;
    }
    this.#setState(ref, { state: "known", facts: result.facts });
    return result.bitmap;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.placed([], []);
    this.#isClosed = true;
    await this.#stills[Symbol.asyncDispose]();
  }

  #isWanted({ ref, placement, bitmap }: ShownPicture): boolean {
    return this.#wanted.some((one) =>
      one.ref.key === ref.key && samePlacement(one.placement.seen, placement.seen) &&
      one.placement.abovePx === placement.abovePx &&
      (one.bitmap === undefined || one.bitmap === bitmap)
    );
  }

  #setShown(shown: readonly ShownPicture[]): void {
    this.#shown = shown;
    this.#options.canvas.setStills(shown.map(({ placement }) => placement.seen));
  }

  #write(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length === 0) return;
    // A terminal that is gone is noticed by the painter.
    this.#options.canvas.pictureOutput.write(bytes).catch(() => undefined);
  }

  /** Looks at what is on the page and was not looked at, one file at a time. */
  #load(): void {
    if (this.#isLoading || this.#nextToLoad() === undefined) return;
    this.#isLoading = true;
    this.#options.start(this.#loadAll());
  }

  async #loadAll(): Promise<void> {
    try {
      for (let next = this.#nextToLoad(); next !== undefined; next = this.#nextToLoad()) {
        const { drawing } = this;
        const isOfCells = drawing !== undefined && cellPixels(drawing.method) !== undefined;
        const box = isOfCells ? CELLS_BOX : PAGE_BOX;
        const bitmap = await this.decode(next, box);
        if (this.#isClosed) return;
        if (bitmap !== undefined) this.#keep(next.key, bitmap);
        this.#options.canvas.soon();
      }
    } finally {
      this.#isLoading = false;
    }
  }

  #nextToLoad(): PictureRef | undefined {
    return this.#asked.find((ref) => this.stateOf(ref) === undefined) ??
      this.#wanted.find(({ ref, bitmap }) =>
        bitmap === undefined && !this.#bitmaps.has(ref.key) &&
        this.stateOf(ref)?.state === "known"
      )?.ref;
  }

  #setState({ key }: PictureRef, state: PictureState): void {
    this.#states.delete(key);
    this.#states.set(key, state);
    const [oldest] = this.#states.keys();
    if (this.#states.size > KEPT_STATES) this.#states.delete(oldest);
  }

  #keep(key: string, bitmap: Bitmap): void {
    this.#bitmaps.delete(key);
    this.#bitmaps.set(key, bitmap);
    let bytes = [...this.#bitmaps.values()].reduce((sum, { rgb }) => sum + rgb.length, 0);
    for (const [other, { rgb }] of this.#bitmaps) {
      if (bytes <= KEPT_BYTES || other === key) break;
      this.#bitmaps.delete(other);
      bytes -= rgb.length;
    }
  }

  /** Draws what is wanted and not shown, until there is none, or it has to be decoded first. */
  #draw(): void {
    if (this.#isDrawing || this.#nextToDraw() === undefined) return;
    this.#isDrawing = true;
    this.#options.start(this.#drawAll());
  }

  async #drawAll(): Promise<void> {
    try {
      for (let next = this.#nextToDraw(); next !== undefined; next = this.#nextToDraw()) {
        await this.#drawOne(next);
        if (this.#isClosed) return;
      }
    } finally {
      this.#isDrawing = false;
    }
  }

  #nextToDraw(): ShownPicture | undefined {
    for (const { ref, ref: { key }, placement, bitmap: own } of this.#wanted) {
      if (this.stateOf(ref)?.state !== "known") continue;
      const bitmap = own ?? this.#bitmaps.get(key);
      if (bitmap === undefined) continue;
      const isShown = this.#shown.some((one) =>
        one.ref.key === key && samePlacement(one.placement.seen, placement.seen)
      );
      if (!isShown) return { ref, placement, bitmap, erasure: NOTHING };
    }
    return undefined;
  }

  async #drawOne(picture: ShownPicture): Promise<void> {
    const { capabilities, pictureOutput } = this.#options.canvas;
    const method = this.drawing?.method;
    const { bitmap, placement, ref } = picture;
    const encoded = capabilities === undefined || method === undefined
      ? undefined
      : await this.#stills.encode(bitmap, placement, { method, capabilities });
    if (this.#isClosed) return;
    if (encoded === undefined) {
      // It would be tried for ever.
      const facts = this.#states.get(ref.key)?.facts;
      this.#setState(ref, { state: "not-drawn", why: "too-slow", facts });
      return this.#options.canvas.soon();
    }
    // The page may have moved on meanwhile.
    if (!this.#isWanted(picture)) return;
    this.#keepUsed(ref.key);
    this.#setShown([...this.#shown, { ...picture, erasure: encoded.erasure }]);
    await pictureOutput.write(encoded.bytes);
  }

  /** It was seen last. */
  #keepUsed(key: string): void {
    const bitmap = this.#bitmaps.get(key);
    if (bitmap !== undefined) this.#keep(key, bitmap);
  }
}
