/**
 * Makes `docs/demo.gif`, which the README shows: `heliograph demo` in a pseudo-terminal, keys typed by this script, every byte
 * that it writes kept with its time, and that played back in a headless terminal whose cells are drawn. Nothing is edited.
 * Needs script(1), ffmpeg, and the fonts DejaVu and Noto Color Emoji.
 *
 *     deno run -A tools/recording/record_demo.ts [--cast FILE]
 *
 * FILE gets the recording itself (asciicast v2, https://docs.asciinema.org/manual/asciicast/v2/).
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { programWords } from "../../tests/journeys/programs.ts";
import { PseudoTerminal } from "../../tests/kit/pseudo_terminal.ts";
import { PROJECT_ROOT } from "../../tests/tools/layers.ts";
import { drawGif, type Recording } from "./draw.ts";

const COLUMNS = 100;
const ROWS = 30;
/** Between two letters: as somebody types. */
const CONTROL_MESSAGE_MS = 90;
/** How slow the terminal is with a picture: so few pictures keep the file small. */
const PICTURE_MS = 700;

/** Its bytes, as the pseudo-terminal hands them on. */
const HALF_BLOCK = new TextDecoder("latin1").decode(new TextEncoder().encode("▀"));

/** The screen without a picture, to be seen as it begins. */
const FIRST_LOOK_MS = 700;

const CTRL_UP = "\x1b[1;5A";
const F7 = "\x1b[18~";
const CTRL_D = "\x04";

const rest = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

const { values } = parseArgs({ options: { cast: { type: "string" } } });
const recording = await record();
if (values.cast !== undefined) await writeCast(recording, values.cast);
const path = join(PROJECT_ROOT, "docs/demo.gif");
await drawGif(recording, path);
const { size } = await Deno.stat(path);
console.log(`docs/demo.gif: ${recording.events.length} events, ${Math.round(size / 1000)} kB`);

async function record(): Promise<Recording> {
  const events: [number, "o", string][] = [];
  const text = new TextDecoder();
  let startedMs = 0;
  let isOver = false;
  const home = await Deno.makeTempDir({ prefix: "heliograph-recording-" });
  try {
    const terminal: PseudoTerminal = PseudoTerminal.open({
      command: programWords("client", ["demo", join(PROJECT_ROOT, "videos/cockatoo.mp4")]),
      env: { HELIOGRAPH_HOME: home, COLORTERM: "truecolor" },
      columns: COLUMNS,
      rows: ROWS,
      answer: answerSlowly((reply) => terminal.type(reply)),
      onBytes: (bytes) => {
        const written = text.decode(bytes, { stream: true });
        // What comes before the screen is only waiting.
        if (startedMs === 0 && written.includes("\x1b[?1049h")) startedMs = performance.now();
        if (startedMs > 0 && !isOver) {
          events.push([(performance.now() - startedMs) / 1000, "o", written]);
        }
      },
    });
    await using _closing = terminal;
    await terminal.see(/thirds \[240p\]/);
    // How long a busy machine takes to prepare the video is no part of it: what was written by now is there from the start.
    const begunMs = performance.now() - FIRST_LOOK_MS;
    const begun = (begunMs - startedMs) / 1000;
    for (const event of events) event[0] = Math.max(0, event[0] - begun);
    startedMs = begunMs;
    await play(terminal);
    isOver = true;
    await terminal.type(CTRL_D);
    await rest(1_000);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
  return { width: COLUMNS, height: ROWS, events };
}

/** Answers as a terminal without graphics does, and takes its time for pictures. */
function answerSlowly(type: (reply: string) => Promise<void>): (written: string) => string {
  const questions = ["\x1b[c", "\x1b[5n"];
  let rest = "";
  return (written) => {
    rest += written;
    for (;;) {
      const question = questions.find((one) => rest.includes(one));
      if (question === undefined) break;
      const at = rest.indexOf(question);
      const isPicture = rest.slice(0, at).includes(HALF_BLOCK);
      const reply = question === "\x1b[c" ? "\x1b[?62;22c" : "\x1b[0n";
      setTimeout(() => type(reply).catch(() => {}), isPicture ? PICTURE_MS : 0);
      rest = rest.slice(at + question.length);
    }
    return "";
  };
}

/** What somebody would try first. */
async function play(terminal: PseudoTerminal): Promise<void> {
  const type = async (words: string): Promise<void> => {
    for (const controlMessage of words) {
      await terminal.type(controlMessage);
      await rest(CONTROL_MESSAGE_MS);
    }
  };
  await rest(1_500);
  await type("what a **bird** :)\r");
  await terminal.see(/only a script/);
  await rest(1_500);
  await terminal.type(CTRL_UP);
  await rest(1_000);
  await type("+");
  await rest(800);
  await type("heart\r");
  await rest(1_000);
  await type("r");
  await rest(400);
  await type("see it larger:\r");
  await rest(800);
  await terminal.type(F7);
  await rest(2_000);
}

async function writeCast({ width, height, events }: Recording, file: string): Promise<void> {
  const header = { version: 2, width, height, title: "heliograph demo" };
  const lines = [header, ...events].map((line) => JSON.stringify(line));
  await Deno.writeTextFile(file, `${lines.join("\n")}\n`);
}
