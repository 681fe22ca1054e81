/** Classic shells at a terminal, and what stands there after the lines of a seed's own example were typed. */

import { equal, fail } from "node:assert/strict";
import { join } from "node:path";
import type { Pane } from "../kit/tmux.ts";
import type { Journey } from "./programs.ts";
import { sitDown } from "./sitting.ts";

/** A row by its text, or by what it looks like where the text is another one each time. */
type Row = string | RegExp;

/** Each of `expected` has a row, in this order; other rows may stand between them. */
export function expectRows(rows: readonly string[], expected: readonly Row[]): void {
  let at = 0;
  for (const row of expected) {
    const found = rows.findIndex((shown, index) =>
      index >= at && (typeof row === "string" ? shown === row : row.test(shown))
    );
    if (found < 0) fail(`${row} is not to be seen after row ${at}:\n${rows.join("\n")}`);
    at = found + 1;
  }
}

/** Types a line and waits for a row. */
export async function enter(pane: Pane, line: string, row: RegExp): Promise<void> {
  await pane.type(line);
  await pane.press("Enter");
  await pane.see(row);
}

/** Waits until a row is to be seen so many times, and the question for a password below it. */
export async function untilAskedAgain(pane: Pane, row: string, count: number): Promise<void> {
  for (;;) {
    const rows = (await pane.see(/^Password:$/)).filter((shown) => shown !== "");
    if (rows.filter((shown) => shown === row).length >= count && rows.at(-1) === "Password:") {
      return;
    }
  }
}

/** Opens a shell in a folder of the person's own. */
export async function openShell(journey: Journey, person: string, shell: string): Promise<Pane> {
  const { host, port, fingerprint } = journey.ready;
  const folder = folderOf(journey, person);
  await Deno.mkdir(folder, { recursive: true });
  return await sitDown(journey, person, {
    args: ["--classic", shell, host, `${port}`, "--trust", fingerprint],
    server: false,
    env: { INIT_CWD: folder },
    columns: 150,
    rows: 60,
  });
}

/** Where a person sits, with their files. */
export const folderOf = ({ folder }: Journey, person: string): string =>
  join(folder, "cwd", person);

/** Runs verbs of a person, each of which has to succeed. */
export async function prepare(
  journey: Journey,
  person: string,
  verbs: readonly string[],
): Promise<void> {
  for (const verb of verbs) {
    const { code, stderr } = await journey.run(person, verb.split(" "));
    equal(code, 0, stderr);
  }
}
