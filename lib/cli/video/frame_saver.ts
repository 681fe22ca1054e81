/** `--save DIR`: every frame that arrives as a file, and its header as a line of `frames.jsonl`. */

import { utf8, writeAll } from "../../base/bytes.ts";
import type { FrameRange } from "../../app/video_surface.ts";
import type { Picture, PlayedFrame } from "../../client/video/frame_assembly.ts";
import { checkJpeg } from "../../media/picture/jpeg_check.ts";

/** Owns the list file. Frames are written in the order in which they came. */
export class FrameSaver implements AsyncDisposable {
  readonly #folder: string;
  readonly #list: Deno.FsFile;
  #writing: Promise<void> = Promise.resolve();
  #refused = 0;
  /** The frames that were kept, by place; one that came again is kept once. */
  readonly #places = new Set<number>();

  private constructor(folder: string, list: Deno.FsFile) {
    this.#folder = folder;
    this.#list = list;
  }

  static async open(folder: string): Promise<FrameSaver> {
    await Deno.mkdir(folder, { recursive: true });
    await removeOld(folder);
    const list = await Deno.open(`${folder}/frames.jsonl`, {
      write: true,
      create: true,
      truncate: true,
    });
    return new FrameSaver(folder, list);
  }

  get saved(): number {
    return this.#places.size;
  }

  /** Those of a stream of `total` frames that were not kept, as ranges, the ends included. */
  missing(total: number): readonly FrameRange[] {
    const ranges: { from: number; to: number }[] = [];
    for (let index = 0; index < total; index++) {
      if (this.#places.has(index)) continue;
      const last = ranges.at(-1);
      if (last?.to === index - 1) last.to = index;
      else ranges.push({ from: index, to: index });
    }
    return ranges;
  }

  /** Frames that were not what they said they are (SR-67). */
  get refused(): number {
    return this.#refused;
  }

  /** Queues a frame. What could not be written is thrown by `flush`. */
  save(frame: Picture | PlayedFrame): void {
    this.#writing = this.#writing.then(() => this.#write(frame));
    // Seen by whoever awaits `flush`.
    this.#writing.catch(() => {});
  }

  /** Resolves when everything that was queued is on its way to the disk. Rejects when something could not be written. */
  flush(): Promise<void> {
    return this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => {});
    this.#list.close();
  }

  async #write(frame: Picture | PlayedFrame): Promise<void> {
    const checked = checkJpeg(frame.jpeg, frame);
    if (!checked.ok) {
      this.#refused++;
      return;
    }
    const file = `${String(frame.index).padStart(6, "0")}.jpg`;
    await Deno.writeFile(`${this.#folder}/${file}`, frame.jpeg);
    const line = utf8(`${
      JSON.stringify({
        file,
        ...placeOf(frame),
        width: frame.widthPx,
        height: frame.heightPx,
        pts: frame.ptsMs,
        size: frame.sizeBytes,
      })
    }\n`);
    await writeAll(this.#list, line);
    this.#places.add(frame.index);
  }
}

/** The pictures of an earlier time, as its list names them: they would lie there beside a list that does not have them. */
async function removeOld(folder: string): Promise<void> {
  let names: string[];
  try {
    const lines = (await Deno.readTextFile(`${folder}/frames.jsonl`)).split("\n");
    names = lines.flatMap((line) => /^\{"file":"(\d{6,9}\.jpg)"/.exec(line)?.[1] ?? []);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const name of names) {
    try {
      await Deno.remove(`${folder}/${name}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** A live picture has a place only; one of the library says which rendition it is from. */
function placeOf(frame: Picture | PlayedFrame) {
  const { index } = frame;
  if (!("mode" in frame)) return { index };
  const { mode, rendition, source, total } = frame;
  return { mode, rendition, index, source, total };
}
