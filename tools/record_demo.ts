/**
 * Records `heliograph demo` for the README: the real program in a pseudo-terminal, keys typed by this script, every byte that
 * it writes into `docs/demo.cast` (asciicast v2, https://docs.asciinema.org/manual/asciicast/v2/). Nothing is edited.
 *
 *     deno run -A tools/record_demo.ts [VIDEO]
 */

import { join } from "node:path";
import { programWords } from "../tests/journeys/programs.ts";
import { PseudoTerminal } from "../tests/kit/pseudo_terminal.ts";
import { PROJECT_ROOT } from "../tests/tools/floors.ts";

const COLUMNS = 90;
const ROWS = 28;
/** Between two letters: as somebody types. */
const LETTER_MS = 90;
/** How slow the terminal is with a picture: so few pictures keep the file small. */
const PICTURE_MS = 800;

/** Lines of the recording: when, in seconds, and what was written. */
const events: [number, "o", string][] = [];
const text = new TextDecoder();
let startedMs = 0;

const rest = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

const home = await Deno.makeTempDir({ prefix: "heliograph-recording-" });
{
  const video = Deno.args[0] ?? join(PROJECT_ROOT, "videos/cockatoo.mp4");
  await using terminal: PseudoTerminal = PseudoTerminal.open({
    command: programWords("client", ["demo", video]),
    env: { HELIOGRAPH_HOME: home, COLORTERM: "truecolor" },
    columns: COLUMNS,
    rows: ROWS,
    answer: (written) => answerSlowly(written),
    onBytes: (bytes) => {
      const written = text.decode(bytes, { stream: true });
      // What comes before the screen is only waiting.
      if (startedMs === 0 && written.includes("\x1b[?1049h")) startedMs = performance.now();
      if (startedMs > 0) events.push([(performance.now() - startedMs) / 1000, "o", written]);
    },
  });

  /** Answers as a terminal without graphics does, and takes its time for pictures. */
  const answerSlowly = (written: string): string => {
    // deno-lint-ignore no-control-regex -- questions are made of controls
    for (const [question] of written.matchAll(/\x1b\[c|\x1b\[5n/g)) {
      const reply = question === "\x1b[c" ? "\x1b[?62;22c" : "\x1b[0n";
      const isPicture = written.includes("\xe2\x96\x80");
      setTimeout(() => terminal.type(reply).catch(() => {}), isPicture ? PICTURE_MS : 0);
    }
    return "";
  };

  const type = async (words: string): Promise<void> => {
    for (const letter of words) {
      await terminal.type(letter);
      await rest(LETTER_MS);
    }
  };

  await terminal.see(/F6 keys/);
  await rest(2_000);
  await type("what a bird :)\r");
  await rest(2_500);
  await terminal.type("\x1b[17~");
  await rest(500);
  await type("i");
  await rest(2_500);
  await type("i\x1b");
  await rest(500);
  await type("/who\r");
  await rest(2_000);
  await terminal.type("\x04");
  await rest(1_000);
}
await Deno.remove(home, { recursive: true });

const header = { version: 2, width: COLUMNS, height: ROWS, title: "heliograph demo" };
const lines = [header, ...events].map((line) => JSON.stringify(line));
await Deno.writeTextFile(join(PROJECT_ROOT, "docs/demo.cast"), `${lines.join("\n")}\n`);
console.log(`docs/demo.cast: ${events.length} events`);
