/** Finds out what the terminal can do: one burst of questions, ended by one that every terminal answers. */

import { anySignal } from "../../base/scope.ts";
import { utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Capabilities } from "./capability.ts";
import {
  decideCapabilities,
  type DetectionHints,
  isDumb,
  multiplexerFromEnv,
} from "./decide_capabilities.ts";
import type { InputReader } from "../input/input_reader.ts";
import type { MediaFile, MediaFiles } from "./media_files.ts";
import type { TerminalOutput } from "../output/output.ts";
import { isDeviceAttributes, type Reply } from "../input/reply.ts";
import { KITTY_QUESTION } from "./terminal_answers.ts";

/** Local terminals answer in under 5 ms; this is for the slowest SSH link. Only a silent terminal takes that long. */
const TIMEOUT_MS = 1_000;

/** One pixel each. */
const PNG_BASE64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const JPEG_BASE64 =
  "/9j/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z";

const VERSION = "\x1b[>q"; // XTVERSION
const CELL_SIZE = "\x1b[16t";
const AREA_SIZE = "\x1b[14t";
const SIXEL_COLOURS = "\x1b[?1;1;0S"; // XTSMGRAPHICS: read item 1
const SIXEL_AREA = "\x1b[?2;1;0S"; // read item 2
const SIXEL_MAX = "\x1b[?2;4;0S"; // read the maximum of item 2
const SYNCHRONIZED_OUTPUT = "\x1b[?2026$p"; // DECRQM
const ALT_SENDS_ESCAPE = "\x1b[?1036$p";
const KEYBOARD = "\x1b[?u";
const ITERM2_CELL_SIZE = "\x1b]1337;ReportCellSize\x1b\\";
const BACKGROUND = "\x1b]11;?\x1b\\";
const DEVICE_ATTRIBUTES = "\x1b[c"; // DA1

/** What `detectCapabilities` works with. It owns none of it. */
export interface Detection {
  readonly input: InputReader;
  readonly output: TerminalOutput;
  readonly clock: Clock;
  readonly hints: DetectionHints;
  /** Undefined when nothing may be written: then only pictures sent through the terminal's own line are found. */
  readonly mediaFiles?: MediaFiles;
  readonly signal?: AbortSignal;
}

/**
 * Asks and decides. Must run before anything else reads the input, with the terminal in raw mode; keys typed meanwhile are kept.
 * A terminal that answers nothing costs one second and gets half blocks. Rejects with the signal's reason when aborted, and
 * with `TerminalError` when the terminal is gone.
 */
export async function detectCapabilities(detection: Detection): Promise<Capabilities> {
  const { hints, mediaFiles } = detection;
  const replies: Reply[] = [];
  if (!isDumb(hints.env("TERM") ?? "")) {
    const isMultiplexed = multiplexerFromEnv(hints.env) !== undefined;
    const temporaryFile = isMultiplexed ? undefined : mediaFiles?.temporaryFile();
    const sharedMemory = isMultiplexed ? undefined : mediaFiles?.sharedMemory();
    try {
      const kitty = isMultiplexed ? "" : kittyQuestions(temporaryFile, sharedMemory);
      await askBurst(detection, questions(kitty), replies);
    } finally {
      temporaryFile?.remove();
      sharedMemory?.remove();
    }
  }
  return decideCapabilities(replies, hints);
}

async function askBurst(detection: Detection, burst: string, replies: Reply[]): Promise<void> {
  const { input, output, clock, signal } = detection;
  const limit = clock.deadline(TIMEOUT_MS);
  const stop = input.onReply((reply) => replies.push(reply));
  try {
    await output.write(utf8(burst));
    await input.readReplies(isDeviceAttributes, {
      signal: signal === undefined ? limit : anySignal(signal, limit),
    });
  } catch (error) {
    signal?.throwIfAborted();
    // The time is up: what was answered until now counts, what comes later is dropped by the input parser.
    if (!limit.aborted) throw error;
  } finally {
    stop();
  }
}

function questions(kitty: string): string {
  return VERSION + CELL_SIZE + AREA_SIZE + SIXEL_COLOURS + SIXEL_AREA + SIXEL_MAX +
    SYNCHRONIZED_OUTPUT + ALT_SENDS_ESCAPE + KEYBOARD + BACKGROUND + ITERM2_CELL_SIZE + kitty +
    DEVICE_ATTRIBUTES;
}

/** Files last: in kitty 0.26 the picture question after a refused file question fails. */
function kittyQuestions(
  temporaryFile: MediaFile | undefined,
  sharedMemory: MediaFile | undefined,
): string {
  const pixel = "s=1,v=1,f=24";
  let text = kittyQuestion(KITTY_QUESTION.direct, `${pixel},t=d`, "AAAA") +
    kittyQuestion(KITTY_QUESTION.png, "f=100,t=d", PNG_BASE64) +
    kittyQuestion(KITTY_QUESTION.jpeg, "f=100,t=d", JPEG_BASE64);
  if (sharedMemory !== undefined) {
    text += kittyQuestion(KITTY_QUESTION.sharedMemory, `${pixel},t=s`, sharedMemory.nameBase64);
  }
  if (temporaryFile !== undefined) {
    text += kittyQuestion(KITTY_QUESTION.temporaryFile, `${pixel},t=t`, temporaryFile.nameBase64);
  }
  return text;
}

function kittyQuestion(id: number, keys: string, payload: string): string {
  return `\x1b_Gi=${id},a=q,${keys};${payload}\x1b\\`;
}
