/** What a person wants to show, from what they typed, and the ffmpeg that shows it: found, checked, with an empty folder of its own. */

import { basename, isAbsolute } from "node:path";
import type { ShownSource } from "../../app/video_surface.ts";
import { MediaError, UsageError } from "../../base/errors.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { captureOf, requirePicture } from "../../client/streams/sending.ts";
import type { CaptureSource } from "../../media/capture_source.ts";
import { Ffmpeg } from "../../media/ffmpeg.ts";
import { locateFfmpeg } from "../../media/ffmpeg_locate.ts";

/** The word for the camera or screen that is there. */
const DEFAULT = "default";
/** UTF-16 units of a title. */
const MAX_TITLE = 400;

/** A source, and what the other side is told of it. */
interface ChosenSource {
  readonly source: CaptureSource;
  readonly title: string;
}

/** The same, opened. */
export interface OpenedSource extends ShownSource {
  /** Throws UsageError `no-video` for what shows none. */
  requirePicture(signal: AbortSignal): Promise<void>;
}

/** What was typed. `path` is the file as it was typed. Whoever asks for it closes it. Throws UsageError, MediaError. */
export async function openSource(
  values: CommandValues,
  path: string | undefined,
  resolve: (path: string) => string,
): Promise<OpenedSource> {
  const { source, title } = await chooseSource(values, path, resolve);
  const owned = new AsyncDisposableStack();
  const ffmpeg = await openFfmpegHere(owned);
  return {
    kind: source.kind,
    title,
    ...captureOf(ffmpeg, source),
    requirePicture: (signal) => requirePicture(ffmpeg, source, signal),
    close: () => owned.disposeAsync(),
  };
}

/** Exactly one of file, camera and screen. `path` is the file as it was typed. Throws UsageError. */
async function chooseSource(
  values: CommandValues,
  path: string | undefined,
  resolve: (path: string) => string,
): Promise<ChosenSource> {
  const camera = values.option("--camera");
  const screen = values.option("--screen");
  const given = [path, camera, screen].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new UsageError(
      "no-source",
      given.length === 0
        ? "What do you want to stream? Name a file, --camera NAME, or --screen NAME"
        : "Stream one source: a file, a camera, or a screen",
    );
  }
  if (camera !== undefined) return device("camera", camera);
  if (screen !== undefined) return device("screen", screen);
  return await file(path ?? "", resolve);
}

function device(kind: "camera" | "screen", name: string): ChosenSource {
  return { source: { kind, name: name === DEFAULT ? undefined : name }, title: "" };
}

async function file(path: string, resolve: (path: string) => string): Promise<ChosenSource> {
  const whole = isAbsolute(path) ? path : resolve(path);
  const info = await Deno.stat(whole).catch(() => undefined);
  if (info?.isFile !== true) {
    throw new UsageError("no-file", `No file ${path}`);
  }
  return {
    source: { kind: "file", path: whole, sizeBytes: info.size },
    title: basename(whole).slice(0, MAX_TITLE),
  };
}

/** The folder goes with `owned`. Throws MediaError `ffmpeg-missing`. */
async function openFfmpegHere(owned: AsyncDisposableStack): Promise<Ffmpeg> {
  const found = await locateFfmpeg({ projectFolder: Deno.cwd() });
  if (!found.found) {
    throw new MediaError(
      "ffmpeg-missing",
      "Cannot stream a video: there is no ffmpeg. Install it, or set HELIOGRAPH_FFMPEG",
    );
  }
  const workFolder = await Deno.makeTempDir({ prefix: "heliograph-" });
  owned.defer(() => Deno.remove(workFolder, { recursive: true }));
  return await Ffmpeg.open({ path: found.path, workFolder });
}
