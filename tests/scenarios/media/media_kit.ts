/** What the media scenarios share: an ffmpeg if there is one, stand-ins for it, and files. */

import { resolve } from "node:path";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import { Ffmpeg } from "../../../lib/media/ffmpeg/ffmpeg.ts";
import { locateFfmpeg } from "../../../lib/media/ffmpeg/ffmpeg_locate.ts";
import { FrameStore } from "../../../lib/media/frames/frame_store.ts";
import { openSandbox } from "../../../lib/media/ffmpeg/sandbox.ts";
import type { VideoFile } from "../../../lib/media/library/renditions.ts";

const located = await locateFfmpeg({ projectFolder: resolve(".") });
export const FFMPEG_PATH = located.found ? located.path : "";

/** A real film of the repository, with its path: `cockatoo.mp4`. */
export function footage(name: string): string {
  return resolve("videos", name);
}

/** A test that needs ffmpeg. */
export function withFfmpeg(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: FFMPEG_PATH === "", fn });
}

export async function tempFolder(): Promise<string> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  return await Deno.makeTempDir({ dir: resolve("tests/tmp") });
}

export async function videoFile(path: string): Promise<VideoFile> {
  const real = await Deno.realPath(path);
  const info = await Deno.stat(real);
  return { path: real, sizeBytes: info.size, modifiedMs: info.mtime?.getTime() ?? 0 };
}

export function fixture(name: string): Promise<VideoFile> {
  return videoFile(`tests/fixtures/media/${name}`);
}

/** An ffmpeg that notes each call in a file before it becomes the real one; without walls, which would keep it from writing. */
export class NotingFfmpeg {
  readonly ffmpeg: Ffmpeg;
  readonly #notes: string;

  private constructor(ffmpeg: Ffmpeg, notes: string) {
    this.ffmpeg = ffmpeg;
    this.#notes = notes;
  }

  static async open(): Promise<NotingFfmpeg> {
    const folder = await tempFolder();
    const notes = `${folder}/notes`;
    const path = await script(folder, `echo "$*" >> ${notes}\nexec ${FFMPEG_PATH} "$@"`);
    const options = { path, workFolder: `${folder}/work`, sandbox: openSandbox };
    return new NotingFfmpeg(await Ffmpeg.open(options), notes);
  }

  /** How often it extracted pictures. */
  get extractions(): number {
    return this.#count(/ -f mpjpeg /);
  }

  /** How often that began in the middle of the file. */
  get seeks(): number {
    return this.#count(/ -noaccurate_seek .* -f mpjpeg /);
  }

  /** How many pictures each of these was to extract. */
  get seekFrames(): readonly number[] {
    const sign = / -noaccurate_seek .* -frames:v (\d+) .* -f mpjpeg /;
    return this.#lines.flatMap((line) => sign.exec(line)?.[1] ?? []).map(Number);
  }

  #count(sign: RegExp): number {
    return this.#lines.filter((line) => sign.test(line)).length;
  }

  get #lines(): readonly string[] {
    return Deno.readTextFileSync(this.#notes).split("\n");
  }
}

/** A shell script as a program. */
export async function script(folder: string, body: string): Promise<string> {
  const path = `${folder}/ffmpeg`;
  await Deno.writeTextFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  await Deno.chmod(path, 0o755);
  return path;
}

/** A stand-in for ffmpeg that answers `-version` and else runs `body`. */
export async function standIn(body: string, clock: Clock = systemClock): Promise<Ffmpeg> {
  const folder = await tempFolder();
  const path = await script(
    folder,
    `[ "$1" = -version ] && { echo "ffmpeg version 9.9-test Copyright"; exit 0; }\n${body}`,
  );
  return await Ffmpeg.open({ path, workFolder: `${folder}/work`, clock, sandbox: openSandbox });
}

let opened: Promise<Ffmpeg> | undefined;

/** The real ffmpeg, for all tests of a file: it owns nothing, and to open it takes more than most of them need it for. */
export function openFfmpeg(): Promise<Ffmpeg> {
  opened ??= tempFolder().then((folder) =>
    Ffmpeg.open({ path: FFMPEG_PATH, workFolder: `${folder}/work` })
  );
  return opened;
}

/** A store in a folder of its own. */
export async function openStore(
  options: { ffmpeg?: Ffmpeg; folder?: string; quotaBytes?: number },
): Promise<FrameStore> {
  return await FrameStore.open({
    folder: options.folder ?? await tempFolder(),
    quotaBytes: options.quotaBytes ?? 50_000_000,
    ffmpeg: options.ffmpeg,
    clock: systemClock,
  });
}
