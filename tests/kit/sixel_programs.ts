/** Programs that read sixel pictures and that no one here wrote. */

import { isOnPath } from "./on_path.ts";

/** What a program is told, to make a PNG of a file with a sixel picture. */
export const SIXEL_PROGRAMS: Readonly<
  Record<string, (from: string, to: string) => readonly string[]>
> = {
  sixel2png: (from, to) => ["-i", from, "-o", to],
  convert: (from, to) => [`six:${from}`, `png24:${to}`],
};

/** Two colours, six columns. */
const CONTROL = '\x1bPq"1;1;6;6#0;2;100;0;0#1;2;0;0;100#0!3~#1!3~\x1b\\';

/** Whether it is here and reads the simplest picture: some builds of ImageMagick 6 make one colour of any. */
export function readsSixel(program: string): boolean {
  if (!isOnPath(program)) return false;
  if (program !== "convert") return true;
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, CONTROL);
    const args = [`six:${path}`, "-format", "%k", "info:"];
    const { stdout } = new Deno.Command(program, { args }).outputSync();
    return new TextDecoder().decode(stdout).trim() === "2";
  } finally {
    Deno.removeSync(path);
  }
}
