/** Surroundings for the server's verbs without a process. */

import type { AdminIo } from "../../lib/admin/admin_io.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { FakeClock } from "./clock.ts";

export interface FakeIo extends AdminIo {
  readonly output: string[];
  readonly notes: string[];
  readonly clock: FakeClock;
}

/** `folder` is both working folder and home. */
export function fakeIo(
  folder: string,
  environment: Record<string, string> = {},
  answer = false,
): FakeIo {
  const output: string[] = [];
  const notes: string[] = [];
  const variables: Record<string, string> = { HOME: folder, ...environment };
  return {
    output,
    notes,
    out: (line) => Promise.resolve(void output.push(line)),
    note: (line) => Promise.resolve(void notes.push(line)),
    confirm: () => Promise.resolve(answer),
    log: () => {},
    terminal: () => undefined,
    isRead: false,
    isAttended: false,
    startAgain: () => {
      throw new Error("no other process in this test");
    },
    input: () => new ReadableStream(),
    runAgain: () => Promise.resolve(0),
    env: (name) => variables[name],
    os: "linux",
    workingFolder: folder,
    programFolder: undefined,
    clock: new FakeClock(),
    random: systemRandom,
  };
}
