/** The one place where ffmpeg is started (SR-71): the same walls, whitelists and limits around every call. */

import { isAbsolute } from "node:path";
import type { Bytes } from "../../base/bytes.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { describeError, MediaError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import {
  KeptWords,
  LineSplitter,
  readOutput,
  readWords,
  spawn,
  Watch,
  type WorkLimits,
} from "./ffmpeg_child.ts";
import { FFMPEG_AT_ONCE, VIDEO_MAX_PIXELS } from "../picture/media_limits.ts";
import { openSandbox, type Sandbox, trySandbox } from "./sandbox.ts";
import { Slots } from "./slots.ts";
import { readX264Build } from "./x264_build.ts";

const log = logger("media", "ffmpeg");

/** Address space of a child: 4K decodes in 300 MB; an 8K picture and its reference frames fit too. */
const MEMORY_BYTES = 2 ** 31;
const OPEN_FILES = 64;
const VERSION_TIME_LIMIT_MS = 10_000;
/**
 * Only containers of films. Above all no playlists: by default ffmpeg follows a two-line text file named x.mp4 to other files
 * and addresses, and `concat` and `hls` are such formats.
 */
const FORMATS = "mov,matroska,webm,avi,mpegts,mpeg,ogg,flv,gif";

/** A camera, a screen, or a picture that ffmpeg makes itself. */
export interface FfmpegDevice {
  /** ffmpeg's name of the kind of device. */
  readonly format: string;
  /** Which one, in the words of that kind. From the person, never from a peer. */
  readonly name: string;
  /** Options before it. */
  readonly options: readonly string[];
  /** What it needs of the environment, which is else empty. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What it opens: the device, a socket, a file with a key. Absolute paths. */
  readonly reads?: readonly string[];
  /** What it shares with a server of this machine, which the limit of files counts too; it may write none without. */
  readonly sharedBytes?: number;
}

/** Where pictures come from. */
export type FfmpegInput =
  | {
    /** The video: an absolute path, only ever a name, whatever it contains. */
    readonly inputPath: string;
    /** Begins here instead of at its beginning. */
    readonly fromMs?: number;
    /** Begins at the keyframe before `fromMs`, and leaves all times as the file has them. */
    readonly keepsTimes?: boolean;
  }
  | { readonly device: FfmpegDevice };

/** One call. */
export type FfmpegRun = FfmpegInput & FfmpegWork;

/**
 * What is done in a call. Killed after its time of working; waiting for a slot or for the consumer of its output does not count.
 */
interface FfmpegWork extends WorkLimits {
  /** What to do with it: options after the input, and the output. */
  readonly outputArgs: readonly string[];
  /** Left out, for pictures. */
  readonly lane?: "sound" | "poster" | "background";
  /** Takes a line of its words; answers true when the line needs not be kept for a person. */
  readonly onLine?: (line: string) => boolean;
  /** There are no more lines. */
  readonly onLinesEnd?: () => void;
  /** Takes its output. The next piece waits for the promise, so a slow consumer slows ffmpeg. Throwing ends the run. */
  readonly onOutput?: (piece: Bytes) => Promise<void>;
}

/** How a call ended that was not stopped. */
export interface FfmpegResult {
  /** 0 is no proof: ffmpeg 5.1 ends so on cut and damaged files too. */
  readonly exitCode: number;
  /** Whether something else ended it: a crash, or a limit. */
  readonly isKilled: boolean;
  /** Its last words that `onLine` did not take, for a person. Foreign text (SR-68). */
  readonly words: readonly string[];
}

/** What is checked and used. */
export interface FfmpegOptions {
  /** Absolute; from `locateFfmpeg`. */
  readonly path: string;
  /** An empty folder: the working folder of every call. It is made when absent. */
  readonly workFolder: string;
  readonly clock?: Clock;
  /** Walls other than those tried on this system. */
  readonly sandbox?: Sandbox;
}

/** A checked ffmpeg. It owns nothing between calls; a call ends its child whatever happens. */
export class Ffmpeg {
  readonly path: string;
  /** E.g. `5.1.9-0+deb12u1`: printable ASCII. */
  readonly version: string;
  /** The walls that hold here (SR-72), for `status` and `doctor`. */
  readonly sandbox: Sandbox;
  readonly #workFolder: string;
  readonly #clock: Clock;
  readonly #slots = new Slots(FFMPEG_AT_ONCE);
  /** Sound takes a second for a minute of it: it does not wait behind pictures, which take as long as a film. */
  readonly #soundSlots = new Slots(1);
  /** A poster takes a blink: a list is not drawn after a film was extracted. */
  readonly #posterSlots = new Slots(1);
  /** A long film takes minutes to count: who watches another one does not wait behind what nobody waits for. */
  readonly #backgroundSlots = new Slots(1);

  private constructor(
    options: FfmpegOptions,
    checked: { readonly version: string; readonly sandbox: Sandbox },
  ) {
    this.path = options.path;
    this.version = checked.version;
    this.sandbox = checked.sandbox;
    this.#workFolder = options.workFolder;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Checks the program by `-version`, inside all walls of the system, and where it does not start in them, inside those that hold;
   * walls in which it does not start are given up, and reported as off.
   * Throws `MediaError` ("ffmpeg-missing") when it is no ffmpeg that runs here.
   */
  static async open(options: FfmpegOptions): Promise<Ffmpeg> {
    if (!isAbsolute(options.path)) {
      throw new MediaError(
        "ffmpeg-missing",
        `Cannot use ffmpeg: "${options.path}" is not absolute`,
      );
    }
    await Deno.mkdir(options.workFolder, { recursive: true, mode: 0o700 });
    let said: string | undefined;
    const runsInside = async (all: Sandbox) => {
      said = await readVersion(options, all);
      return said !== undefined;
    };
    const walls = options.sandbox ?? await trySandbox({ runsInside });
    if (said !== undefined) return new Ffmpeg(options, { version: said, sandbox: walls });
    for (const sandbox of [walls, ...(walls.weaker === undefined ? [] : [walls.weaker])]) {
      const inside = await readVersion(options, sandbox);
      if (inside !== undefined) return new Ffmpeg(options, { version: inside, sandbox });
    }
    const version = await readVersion(options, openSandbox);
    if (version === undefined) {
      throw new MediaError("ffmpeg-missing", `Cannot use ffmpeg: ${options.path} does not run`);
    }
    log.warn("ffmpeg does not start inside the sandbox", { path: options.path });
    const layers = [{
      name: "sandbox",
      state: "off",
      reason: "ffmpeg does not start in it",
    }] as const;
    return new Ffmpeg(options, { version, sandbox: { ...openSandbox, layers } });
  }

  /** Calls that wait for one of the two slots. */
  get waiting(): number {
    return this.#slots.waiting;
  }

  /**
   * Runs ffmpeg on one file. Throws `MediaError` ("ffmpeg-timeout", "ffmpeg-stalled", "ffmpeg-killed", "ffmpeg-missing" and "ffmpeg-failed" when it cannot be started), what `onOutput`
   * threw, or the signal's reason. When it returns or throws, the process is gone.
   */
  run(run: FfmpegRun, options: { signal?: AbortSignal | undefined } = {}): Promise<FfmpegResult> {
    return this.#slotsOf(run.lane).use(() => this.#runNow(run, options.signal), options);
  }

  #slotsOf(lane: FfmpegWork["lane"]): Slots {
    switch (lane) {
      case "sound":
        return this.#soundSlots;
      case "poster":
        return this.#posterSlots;
      case "background":
        return this.#backgroundSlots;
      case undefined:
        return this.#slots;
    }
  }

  async #runNow(run: FfmpegRun, signal: AbortSignal | undefined): Promise<FfmpegResult> {
    const known = await seekOptions(run);
    signal?.throwIfAborted();
    const command = this.sandbox.wrap(
      {
        program: this.path,
        args: [
          ...inputArgs(run, known),
          ...OUTPUT_OPTIONS,
          ...run.outputArgs,
        ],
      },
      {
        memoryBytes: MEMORY_BYTES,
        cpuSeconds: Math.ceil(run.timeLimitMs / 1000 * THREADS),
        openFiles: OPEN_FILES,
        fileSizeBytes: "device" in run ? run.device.sharedBytes ?? 0 : 0,
        reads: "device" in run ? run.device.reads ?? [] : [run.inputPath],
      },
    );
    const environment = "device" in run ? run.device.environment : undefined;
    const child = spawn(command, this.#workFolder, environment);
    const watch = new Watch(child, this.#clock, run);
    const onAbort = () => watch.kill(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const words = new KeptWords();
    try {
      const [, , status] = await Promise.all([
        readWords(child.stderr, watch, words, run.onLine).finally(() => run.onLinesEnd?.()),
        readOutput(child.stdout, watch, run.onOutput),
        child.status,
      ]);
      if (watch.stopped !== undefined) throw watch.stopped.reason;
      if (UNSTARTED_CODES.includes(status.code)) throw await whyUnstarted(this.path);
      if (status.code === SIGKILL_CODE) throw shot();
      return { exitCode: status.code, isKilled: isKilled(status), words: words.lines };
    } finally {
      // Ends the child if one of the readers failed; else it is gone already.
      watch.end();
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

/** How the walls, and the loader of programs, say that there was nothing to start: ffmpeg itself never ends so. */
const UNSTARTED_CODES = [126, 127];

/** An ffmpeg that was there when it was checked: nothing is wrong with the video. */
async function whyUnstarted(path: string): Promise<MediaError> {
  try {
    await Deno.stat(path);
  } catch (error) {
    log.warn("ffmpeg is gone", { path, reason: describeError(error) });
    return new MediaError("ffmpeg-missing", "Cannot read video: ffmpeg is gone", { cause: error });
  }
  log.warn("ffmpeg does not run any more", { path });
  return new MediaError("ffmpeg-failed", "Cannot read video: ffmpeg does not run any more");
}

const SIGKILL_CODE = 137;

/** Somebody did that, or a machine without memory: unlike a crash it says nothing of the file, and what came by then is not all. */
function shot(): MediaError {
  return new MediaError("ffmpeg-killed", "Cannot continue: ffmpeg was killed");
}

/** 128 and the signal: how a wall says that what it held was aborted, killed, hit a bad address or ran too long. */
const KILLED_CODES = [134, 137, 139, 152];

function isKilled({ signal, code }: Deno.CommandStatus): boolean {
  return signal !== null || KILLED_CODES.includes(code);
}

/** Enough for 1080p in real time; more would only help the first viewer and slow everyone else. */
const THREADS = Math.max(1, Math.min(4, navigator.hardwareConcurrency));

/**
 * `-reinit_filter 0`: a file whose picture size changes in the middle would else restart the filters, and the numbers of frames with
 * them (measured on 4.1 and 5.1). All options are known to ffmpeg 4.1.
 */
const SAFE_INPUT_OPTIONS = [
  ...["-nostdin", "-hide_banner", "-nostats"],
  ...["-max_pixels", String(VIDEO_MAX_PIXELS), "-threads", String(THREADS)],
  ...["-reinit_filter", "0", "-protocol_whitelist", "file", "-format_whitelist"],
];

/** What a decode that begins in the middle of a film must know of its beginning. */
async function seekOptions(input: FfmpegInput): Promise<readonly string[]> {
  if ("device" in input || (input.fromMs ?? 0) === 0) return [];
  const build = await readX264Build(input.inputPath);
  return build === undefined ? [] : ["-x264_build", `${build}`];
}

/** A device is opened by its own format and no other; a file by those of films. `known`: options before it. */
function inputArgs(input: FfmpegInput, known: readonly string[]): readonly string[] {
  if ("device" in input) {
    const { format, name, options } = input.device;
    return [...SAFE_INPUT_OPTIONS, format, "-f", format, ...options, "-i", name];
  }
  const { inputPath, fromMs = 0, keepsTimes = false } = input;
  const seek = fromMs === 0 ? [] : ["-ss", (fromMs / 1000).toFixed(3)];
  if (keepsTimes) seek.push("-noaccurate_seek", "-copyts");
  return [...SAFE_INPUT_OPTIONS, FORMATS, ...known, ...seek, "-i", `file:${inputPath}`];
}

/** Threads of the encoder: its own choice follows the machine's cores, and with many of them passes the memory limit. */
const OUTPUT_OPTIONS = ["-threads", "-filter_threads", "-filter_complex_threads"].flatMap((
  option,
) => [option, String(THREADS)]);

async function readVersion(options: FfmpegOptions, walls: Sandbox): Promise<string | undefined> {
  const clock = options.clock ?? systemClock;
  const command = walls.wrap(
    { program: options.path, args: ["-version"] },
    {
      ...{ memoryBytes: MEMORY_BYTES, cpuSeconds: 10, openFiles: OPEN_FILES },
      ...{ fileSizeBytes: 0, reads: [] },
    },
  );
  try {
    const child = spawn(command, options.workFolder);
    const watch = new Watch(child, clock, { timeLimitMs: VERSION_TIME_LIMIT_MS });
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => {
      if (lines.length === 0) lines.push(line);
    });
    const [, , status] = await Promise.all([
      readWords(child.stderr, watch, new KeptWords(), undefined),
      readOutput(child.stdout, watch, (piece) => Promise.resolve(splitter.push(piece))),
      child.status,
    ]).finally(() => watch.end());
    const version = /^ffmpeg version ([!-~]{1,80})/.exec(lines[0] ?? "")?.[1];
    return status.success ? version : undefined;
  } catch (error) {
    log.debug("ffmpeg does not run", { path: options.path, reason: describeError(error) });
    return undefined;
  }
}
