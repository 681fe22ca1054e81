/** Cameras and screens as ffmpeg opens them, on each system, and what it means when it cannot. */

import { basename, join } from "node:path";
import { MediaError, UsageError } from "../../base/errors.ts";
import type { FfmpegDevice, FfmpegInput } from "../ffmpeg/ffmpeg.ts";

/** What a person wants to show. */
export type CaptureSource =
  /** `sizeBytes`: as it was when it was chosen. */
  | { readonly kind: "file"; readonly path: string; readonly sizeBytes?: number }
  /** `test` is a picture that ffmpeg makes, for machines without a camera. */
  | { readonly kind: "camera"; readonly name: string | undefined }
  /** `window`: only this one of it, by its id or its title. */
  | {
    readonly kind: "screen";
    readonly name: string | undefined;
    readonly window?: string | undefined;
  };

/** What is known of the machine. */
export interface CaptureSystem {
  readonly os: typeof Deno.build.os;
  /** Reads an environment variable. */
  readonly environment: (name: string) => string | undefined;
}

/** The name of the camera that needs none. */
export const TEST_CAMERA = "test";
/** Of devices: more than any watcher is sent, so that steps need no other rate of it. */
const DEVICE_RATE = "15";

/** How ffmpeg opens it. Throws UsageError for a name that this system does not have. */
export function captureInput(
  source: CaptureSource,
  fromMs: number,
  system: CaptureSystem,
): FfmpegInput {
  if (source.kind === "file") return { inputPath: source.path, fromMs };
  const device = source.kind === "camera"
    ? cameraOf(source.name, system)
    : screenOf(source, system);
  return { device };
}

function cameraOf(name: string | undefined, { os }: CaptureSystem): FfmpegDevice {
  // `-re`: a made picture is there at once, a camera's when it is time.
  if (name === TEST_CAMERA) {
    const made = `testsrc2=size=640x360:rate=${DEVICE_RATE}`;
    return { format: "lavfi", name: made, options: ["-re"] };
  }
  if (os === "darwin") {
    const options = ["-framerate", "30"];
    return { format: "avfoundation", name: `${deviceName(name ?? "0")}:none`, options };
  }
  if (os === "windows") {
    if (name === undefined) {
      throw new UsageError(
        "no-camera-name",
        'Which camera? --camera NAME, e.g. --camera "Integrated Camera"',
      );
    }
    return { format: "dshow", name: `video=${deviceName(name)}`, options: [] };
  }
  const path = name === undefined
    ? "/dev/video0"
    : /^\d{1,3}$/.test(name)
    ? `/dev/video${name}`
    : name;
  if (!/^\/dev\/[\w/.-]+$/.test(path) || path.includes("..")) {
    throw new UsageError("bad-camera", "This is no camera. Try --camera /dev/video0, or test");
  }
  const rate = ["-framerate", DEVICE_RATE];
  return { format: "video4linux2,v4l2", name: path, options: rate, reads: [path] };
}

function screenOf(
  { name, window }: Extract<CaptureSource, { readonly kind: "screen" }>,
  { os, environment }: CaptureSystem,
): FfmpegDevice {
  const options = ["-framerate", DEVICE_RATE];
  if (os === "darwin") {
    if (window !== undefined) {
      throw noWindow("macOS shows whole screens only. Try --screen default");
    }
    const screen = name ?? "Capture screen 0";
    return { format: "avfoundation", name: `${deviceName(screen)}:none`, options };
  }
  if (os === "windows") {
    const shown = window === undefined ? "desktop" : `title=${window}`;
    return { format: "gdigrab", name: shown, options };
  }
  const display = name ?? environment("DISPLAY") ?? "";
  // Without a host: inside its walls ffmpeg has no network.
  if (!/^:\d{1,4}(\.\d{1,2})?$/.test(display)) {
    throw new UsageError("no-screen", whyNoScreen(display));
  }
  const key = xAuthority(environment);
  const [, number] = /^:(\d+)/.exec(display) ?? [];
  const reads = [`/tmp/.X11-unix/X${number}`, ...Object.values(key)];
  if (window !== undefined) {
    if (!isWindowId(window)) {
      throw noWindow(`No window ${window}. Name it by the id that xwininfo shows`);
    }
    options.push("-window_id", String(Number(window)));
  }
  return { format: "x11grab", name: display, options, environment: key, reads };
}

/** As xwininfo writes it: `0x1400003`, or a number. */
export function isWindowId(text: string): boolean {
  return /^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text);
}

function noWindow(message: string): UsageError {
  return new UsageError("no-window", message);
}

function whyNoScreen(display: string): string {
  if (display === "") return "No screen to stream: DISPLAY is not set. Try --screen :0";
  return /^[\w.-]+:\d/.test(display)
    ? "This screen belongs to another machine. Name one of this machine, e.g. --screen :0"
    : "This is not an X display. Try --screen :0";
}

/** Where the key to the display lies (Xsecurity(7)): ffmpeg starts without an environment, and most displays want one. */
function xAuthority(environment: CaptureSystem["environment"]): Record<string, string> {
  const home = environment("HOME");
  const file = environment("XAUTHORITY") ?? (home && join(home, ".Xauthority"));
  return file ? { XAUTHORITY: file } : {};
}

/** In avfoundation and dshow a colon begins the sound device. */
function deviceName(name: string): string {
  if (/^[^:"\p{Cc}]{1,100}$/u.test(name)) return name;
  throw new UsageError("bad-camera", "This is no name of a device: it holds a colon or a quote");
}

type Device = Exclude<CaptureSource, { readonly kind: "file" }>;

const noRight = ({ kind }: Device) => `No permission to use the ${kind}`;

/** Signs in ffmpeg's words, and what they mean for a camera or a screen. */
const SIGNS: readonly (readonly [RegExp, string, (what: Device) => string])[] = [
  [/Device or resource busy|already in use/i, "device-busy", ({ kind }) => {
    return `The ${kind} is busy: another program uses it`;
  }],
  [/Permission denied|Operation not permitted|not authorized/i, "device-forbidden", noRight],
  // Of avfoundation; what follows is in the person's language.
  [/Failed to create AV capture input device/i, "device-forbidden", noRight],
  [/Cannot find window|Can't find window|BadWindow|BadDrawable/i, "device-missing", () => {
    return "No such window found: it may be closed or minimized";
  }],
  // x11grab says no more of a display that is not there and of one that lets nobody in.
  [/Cannot open display/i, "device-missing", ({ name }) => {
    const screen = name === undefined ? "such screen" : `screen ${name}`;
    return `No ${screen} found, or no permission to use it`;
  }],
  [
    /No such file or directory|No such device|Could not find|not found|Invalid device index/i,
    "device-missing",
    ({ kind, name }) =>
      name === undefined ? `No ${kind} found. Name it with --${kind} NAME` : `No ${kind} ${name}`,
  ],
];

/** Why a source gave no picture, for a person. Foreign text of ffmpeg is not in it. */
export function captureFailure(
  source: CaptureSource,
  words: readonly string[],
): MediaError {
  if (source.kind === "file") {
    const message = `Cannot stream ${basename(source.path)}: it has no pictures`;
    return new MediaError("media-refused", message);
  }
  const text = words.join("\n");
  const sign = SIGNS.find(([pattern]) => pattern.test(text));
  if (sign !== undefined) return new MediaError(sign[1], sign[2](source));
  if (/Unknown input format/i.test(text)) {
    return new MediaError(
      "ffmpeg-missing",
      `This ffmpeg cannot open a ${source.kind}: install one that can`,
    );
  }
  return new MediaError("device-failed", `The ${source.kind} delivers no picture`);
}
