/** Which files of a conversation are pictures, and what is said of those that are not drawn. Pure. */

import { PICTURE_NAME, type ReadPicture, type SentFile } from "../../client/transfers/pictures.ts";
import type { AccountId } from "../../base/ids.ts";
import { formatBytes } from "../../base/byte_words.ts";
import { postersOf, targetPaths, type Transfer } from "../../client/transfers/transfer.ts";
import type { StillFacts, StillProblem } from "../../media/stills/still.ts";

/** A file that may be a picture, or the poster of a video of the server's. */
export type PictureRef = PictureLook & (SentFile | { readonly video: string });

/** What is known of one before it is looked at. */
interface PictureLook {
  /** Of this file alone. */
  readonly key: string;
  /** Foreign. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Whose it is; undefined for one of the person's own. */
  readonly from: AccountId | undefined;
  /** The card above says its name and its size. */
  readonly isOnly: boolean;
}

/** Of one transfer on a page: more would fill it. */
const MAX_PICTURES = 4;

/** The files of a transfer that may be drawn: own ones, and those that were received and verified. */
export function picturesIn(transfer: Transfer): readonly PictureRef[] {
  const { id, direction, state, items, peer } = transfer;
  if (direction === "in" ? state.state !== "done" : state.state === "cancelled") return [];
  const paths = targetPaths(items) ?? [];
  const from = direction === "in" ? peer : undefined;
  const isOnly = items.length === 1;
  const posters = new Set(postersOf(transfer).map(({ item }) => item));
  return items.flatMap(({ sizeBytes }, index): readonly PictureRef[] => {
    const name = paths[index]?.at(-1) ?? "";
    const isPoster = posters.has(index);
    if (!isPoster && !PICTURE_NAME.test(name)) return [];
    return [{
      transfer: id,
      index,
      isPoster,
      key: `${id} ${index}`,
      name,
      sizeBytes,
      from,
      isOnly,
    }];
  });
}

const drawn = new WeakMap<readonly PictureRef[], readonly PictureRef[]>();

/** Those of them that a page draws, in their order: of a folder of photos and videos the videos' say the most. */
export function drawnOf(refs: readonly PictureRef[]): readonly PictureRef[] {
  if (refs.length <= MAX_PICTURES) return refs;
  const known = drawn.get(refs);
  if (known !== undefined) return known;
  const isPoster = (ref: PictureRef) => "isPoster" in ref && ref.isPoster;
  const telling = [...refs.filter(isPoster), ...refs.filter((ref) => !isPoster(ref))];
  const chosen = new Set(telling.slice(0, MAX_PICTURES));
  const shown = refs.filter((ref) => chosen.has(ref));
  drawn.set(refs, shown);
  return shown;
}

/** `640×480`, `640×480, the first of 5 frames`. */
function pictureWords({ widthPx, heightPx, frames }: StillFacts): string {
  const size = `${widthPx}×${heightPx}`;
  return frames > 1 ? `${size}, the first of ${frames} frames` : size;
}

/** `photo.png · 640×480 · 120 kB`; the card above may say name and size. What a poster measures, its video does not. */
export function captionWords(ref: PictureRef, facts: StillFacts, isBelowCard = false): string {
  const isPoster = "video" in ref || ref.isPoster;
  const words = isPoster ? "a picture of the video" : pictureWords(facts);
  if (isBelowCard && ref.isOnly) return words;
  return `${ref.name} · ${words} · ${formatBytes(ref.sizeBytes)}`;
}

/** Why a picture is not drawn. */
export type NotDrawn = StillProblem | Extract<ReadPicture, { ok: false }>["why"];

const WHY: Readonly<Record<NotDrawn, string>> = {
  "not-a-contact": "its sender is no contact of yours",
  "not-here": "it is not where it was any more",
  "too-many-bytes": "it has more than 16 MiB",
  "not-a-picture": "it is no PNG, JPEG, GIF or WebP, whatever its name says",
  "too-large": "it has too many pixels",
  "too-many-frames": "it has more than 200 frames",
  "unusual": "it is of a kind that is not decoded here",
  "damaged": "it is damaged",
  "too-slow": "decoding it took too long",
};

/** `photo.png is not drawn: it is damaged`. */
export function notDrawnWords(
  { name }: Pick<PictureRef, "name">,
  why: NotDrawn,
  facts?: StillFacts,
): string {
  const size = facts === undefined ? "" : ` (${pictureWords(facts)})`;
  return `${name}${size} is not drawn: ${WHY[why]}`;
}
