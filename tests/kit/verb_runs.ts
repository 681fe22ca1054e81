/** Commands of the client run whole in this process, over lines to a TestServer that are cut behind any packet. */

import { equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { decodeUtf8 } from "../../lib/base/bytes.ts";
import { TransportError } from "../../lib/base/errors.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { Context } from "../../lib/cli/context.ts";
import { Output } from "../../lib/cli/output.ts";
import { Person, type Questioner } from "../../lib/cli/person.ts";
import { runIn } from "../../lib/cli/run_verb.ts";
import { PROGRAM } from "../../lib/cli/verbs.ts";
import { greetStream } from "../../lib/client/link/handshake.ts";
import { parseArgv } from "../../lib/commands/commander_adapter.ts";
import { EXIT } from "../../lib/commands/exit_code.ts";
import { FakeOutput } from "./fake_output.ts";
import type { TestClient } from "./test_client.ts";

/** What is done to a command while it runs. */
export interface RunOptions {
  /** Its line is cut when so many packets have passed, both ways together. */
  readonly cutAfter?: number;
  /** What comes instead of the cut: the line stays, and the person presses ctrl-C. */
  readonly interrupts?: boolean;
  /** After a cut it may come back. */
  readonly comesBack?: boolean;
  /** The person stops it when this aborts. */
  readonly stop?: AbortSignal;
  /** Who is asked. Left out, nobody can be. */
  readonly questioner?: Partial<Questioner>;
  /** Lets its waits end. Left out, time stands still. */
  readonly passTime?: () => Promise<void>;
}

/** How a command ended. */
export interface VerbRun {
  readonly exit: number;
  /** What `--json` wrote, the last object of it. */
  readonly last: Readonly<Record<string, unknown>>;
  readonly data: string;
  readonly notes: string;
  /** Whether it came so far that it was cut or interrupted. */
  readonly wasCut: boolean;
}

const NOBODY = () => Promise.reject(new Error("nobody is asked"));
const QUESTIONER: Questioner = {
  ask: NOBODY,
  askHidden: NOBODY,
  confirm: NOBODY,
  restore() {},
};

/** Runs `args` on the profile of `who`, which is not connected otherwise. */
export async function runVerbOf(
  who: TestClient,
  args: readonly string[],
  { cutAfter = Infinity, interrupts = false, comesBack = false, stop, passTime, questioner }:
    RunOptions = {},
): Promise<VerbRun> {
  const parsed = await parseArgv(PROGRAM, args);
  if (parsed.kind !== "command") throw new Error(`no command: ${args}: ${JSON.stringify(parsed)}`);
  const streams = { data: new FakeOutput(), notes: new FakeOutput(), noteCells: () => undefined };
  const output = new Output(streams, { json: args.includes("--json") });
  const stopping = new AbortController();
  stop?.addEventListener("abort", () => stopping.abort(stop.reason), { once: true });
  const { world, folder } = who;
  const folders = { config: folder, data: folder, state: folder, cache: folder, runtime: folder };
  let passed = 0;
  let wasCut = false;
  const greet = async () => {
    if (wasCut && !comesBack) {
      throw new TransportError("refused", "Cannot connect: nothing listens there");
    }
    const meet = (pass: () => void) => {
      if (wasCut || passed++ < cutAfter) return pass();
      wasCut = true;
      if (!interrupts) return link.cut();
      stopping.abort(new DOMException("Stopped", "AbortError"));
      pass();
    };
    const { stream, link } = world.dial({
      middle: {
        up: ({ header, payload }, pass) => meet(() => pass(header, payload)),
        down: ({ header, payload }, pass) => meet(() => pass(header, payload)),
      },
    });
    return await greetStream(stream, {
      address: { host: "server.test", port: 9797 },
      clock: world.clock,
      random: systemRandom,
      judge: undefined,
    });
  };
  const signal = stopping.signal;
  const running = runIn(parsed, {
    output,
    stopper: { signal, exit: EXIT.interrupted, restore() {} },
    open: () =>
      Promise.resolve(
        new Context({
          output,
          person: new Person({ ...QUESTIONER, ...questioner }, {
            canBeAsked: questioner !== undefined,
            resolve: (path) => path,
            signal,
          }),
          folders,
          profileFolder: folder,
          tokenFile: undefined,
          downloads: join(folder, "downloads"),
          server: undefined,
          tls: "auto",
          greet,
          isPlain: true,
          clock: world.clock,
          random: systemRandom,
          stopper: { signal, restoreAtExit() {}, interceptInterrupt: () => () => {} },
          openScreen: undefined,
          withoutServer: undefined,
        }),
      ),
  });
  let isOver = false;
  running.finally(() => isOver = true).catch(() => {});
  while (passTime !== undefined && !isOver) await passTime();
  const exit = await running;
  const [data, notes] = [textOf(streams.data), textOf(streams.notes)];
  const lines = data.split("\n").filter((line) => line.startsWith("{"));
  const last = lines.length === 0 ? {} : JSON.parse(lines[lines.length - 1]);
  return { exit, last, data, notes, wasCut };
}

/** What a command said became of what it was to send. */
export type Fate = "nothing" | "queued" | "sent";
const ALL: readonly Fate[] = ["nothing", "queued", "sent"];

/** More than any command of these needs; one that never comes through ends as a failed test. */
const MAX_PACKETS = 200;

/** Runs a command with its line cut behind each packet, until it comes through uncut. */
export async function cutEverywhere(
  run: (cutAfter: number) => Promise<VerbRun>,
  check: (ended: VerbRun, cutAfter: number) => Promise<Fate>,
  // What is queued while ctrl-C is pressed may have left before that is known.
  wanted: readonly Fate[] = ALL,
): Promise<void> {
  const fates = new Set<Fate>();
  for (let cutAfter = 0; cutAfter < MAX_PACKETS; cutAfter++) {
    const ended = await run(cutAfter);
    fates.add(await check(ended, cutAfter));
    if (ended.wasCut) continue;
    equal(ended.exit, EXIT.done, ended.notes);
    for (const fate of wanted) ok(fates.has(fate), `${[...fates]}`);
    return;
  }
  throw new Error("it never came through");
}

function textOf(output: FakeOutput): string {
  return output.writes.map(({ bytes }) => decodeUtf8(bytes) ?? "").join("");
}
