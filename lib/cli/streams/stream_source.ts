/** What a person wants to show, from what they typed, and the ffmpeg that shows it: found, checked, with an empty folder of its own. */

import { basename, isAbsolute } from "node:path";
import type { ShownSource } from "../../app/video_surface.ts";
import { MediaError, UsageError } from "../../base/errors.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { captureOf, requirePicture, soundOf } from "../../client/streams/sending.ts";
import { type CaptureSource, isWindowId } from "../../media/live/capture_source.ts";
import { Ffmpeg } from "../../media/ffmpeg/ffmpeg.ts";
import { locateFfmpeg } from "../../media/ffmpeg/ffmpeg_locate.ts";
import { locateProgram } from "../../media/sound/sound_ways.ts";

/** The word for the camera or screen that is there. */
const DEFAULT = "default";
const AUTO = "auto";
const OFF = "off";
/** UTF-16 units of a title. */
const MAX_TITLE = 400;

/** A source, and what the other side is told of it. */
interface ChosenSource {
  readonly source: CaptureSource;
  readonly title: string;
  /** A device by its name; `auto` for the one that belongs to the source, `off` for none. */
  readonly sound: string;
}

/** The same, opened. */
export interface OpenedSource extends ShownSource {
  /** Also tries its sound, which may be missing. Throws UsageError `no-video` for what shows none. */
  requirePicture(signal: AbortSignal): Promise<void>;
}

/** What was typed. `path` is the file as it was typed. Whoever asks for it closes it. Throws UsageError, MediaError. */
export async function openSource(
  values: CommandValues,
  path: string | undefined,
  resolve: (path: string) => string,
): Promise<OpenedSource> {
  return await openChosen(await chooseSource(values, path, resolve));
}

async function openChosen({ source, title, sound }: ChosenSource): Promise<OpenedSource> {
  const owned = new AsyncDisposableStack();
  const ffmpeg = await openFfmpegHere(owned);
  const heard = soundOf(ffmpeg, source, sound === AUTO ? undefined : sound);
  let silence: string | undefined;
  return {
    kind: source.kind,
    title,
    ...captureOf(ffmpeg, source),
    // Known once it was tried.
    get sound() {
      return sound === OFF || silence !== undefined ? undefined : heard.sound;
    },
    get silence() {
      return silence;
    },
    async requirePicture(signal) {
      await requirePicture(ffmpeg, source, signal);
      if (sound !== OFF) silence = await heard.whySilent(signal);
    },
    close: () => owned.disposeAsync(),
  };
}

/** A file by its path, tried; undefined where there is none. Whoever asks closes it. Throws as `openSource`. */
export async function openFile(
  path: string,
  { resolve, signal }: { resolve(path: string): string; readonly signal: AbortSignal },
): Promise<OpenedSource | undefined> {
  const whole = isAbsolute(path) ? path : resolve(path);
  const info = await Deno.stat(whole).catch(() => undefined);
  if (info?.isFile !== true) return undefined;
  const source = await openChosen({ ...await file(path, resolve), sound: AUTO });
  try {
    await source.requirePicture(signal);
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Exactly one of file, camera and screen. `path` is the file as it was typed. Throws UsageError. */
async function chooseSource(
  values: CommandValues,
  path: string | undefined,
  resolve: (path: string) => string,
): Promise<ChosenSource> {
  const camera = values.option("--camera");
  const screen = values.option("--screen");
  const window = values.option("--window");
  const sound = values.option("--sound") ?? AUTO;
  const given = [path, camera, screen ?? window].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new UsageError(
      "no-source",
      given.length === 0
        ? "What do you want to stream? Name a file, --camera NAME, --screen NAME, or --window ID"
        : "Stream one source: a file, a camera, or a screen",
    );
  }
  if (path !== undefined) return { ...await file(path, resolve), sound };
  const named = camera ?? screen ?? DEFAULT;
  const name = named === DEFAULT ? undefined : named;
  const source: CaptureSource = camera === undefined
    ? { kind: "screen", name, window: await windowId(window) }
    : { kind: "camera", name };
  return { source, title: "", sound };
}

/** Its id by its title, where X has a program that knows; any other system takes titles. */
async function windowId(window: string | undefined): Promise<string | undefined> {
  if (window === undefined || Deno.build.os !== "linux" || isWindowId(window)) return window;
  const program = await locateProgram("xwininfo");
  if (program === undefined) return window;
  const { stdout } = await new Deno.Command(program, {
    args: ["-name", window],
    stderr: "null",
  }).output();
  return /Window id: (0x[0-9a-f]{1,8})/.exec(new TextDecoder().decode(stdout))?.[1] ?? window;
}

async function file(
  path: string,
  resolve: (path: string) => string,
): Promise<Omit<ChosenSource, "sound">> {
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
