/** The verbs' surroundings in a real process. */

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { utf8, writeAll } from "../base/bytes.ts";
import { systemClock } from "../base/clock.ts";
import { describeError, UsageError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import { SERVER_FLAGS } from "../commands/program_flags.ts";
import { Prompter } from "../terminal/lines/prompt.ts";
import { runAgain, spawnAgain } from "../terminal/programs/run_again.ts";
import { safeText } from "../base/safe_text.ts";
import { processTty, type TtyDevice } from "../terminal/tty/tty_device.ts";
import type { AdminIo } from "./admin_io.ts";

const log = logger("admin", "process");

/** Standard streams, the environment, the real clock. */
export function processIo(): AdminIo {
  return {
    out: (line) => writeLine(Deno.stdout, line),
    note: (line) => writeLine(Deno.stderr, line),
    confirm,
    log: writeLog,
    terminal: findTerminal,
    isRead: Deno.stdout.isTerminal(),
    isAttended: Deno.stdin.isTerminal(),
    runAgain: (environment) => runAgain(SERVER_FLAGS, { env: { ...environment } }),
    startAgain: (environment) =>
      spawnAgain(SERVER_FLAGS, {
        env: { ...environment },
        stdin: "piped",
        stdout: "null",
        stderr: "inherit",
      }),
    input: () => Deno.stdin.readable,
    env: (name) => Deno.env.get(name),
    os: Deno.build.os,
    // `deno task` runs in the project's folder; the person was somewhere else.
    workingFolder: Deno.env.get("INIT_CWD") ?? Deno.cwd(),
    programFolder: dirname(fileURLToPath(Deno.mainModule)),
    clock: systemClock,
    random: systemRandom,
  };
}

async function confirm(question: string): Promise<boolean> {
  if (!Deno.stdin.isTerminal()) {
    throw new UsageError("no-input", `Cannot ask: ${question}? Say --yes`);
  }
  const prompter = new Prompter(processTty("stderr"), { clock: systemClock, plain: true });
  const outcome = await prompter.confirm(safeText(question), false);
  return outcome.kind === "answered" && outcome.answer;
}

function findTerminal(): TtyDevice | undefined {
  const device = processTty("stdout");
  if (!device.inputIsTerminal() || !device.outputIsTerminal() || !isInForeground()) {
    return undefined;
  }
  return device;
}

/**
 * Whether the terminal is this process's now: in the background, changing its mode would stop the process (SIGTTOU). Deno cannot
 * ask, so a child of the same group does. Where it cannot tell, the answer is yes.
 */
function isInForeground(): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    const { stdout } = new Deno.Command("/bin/ps", {
      args: ["-o", "pgid=", "-o", "tpgid=", "-p", String(Deno.pid)],
      clearEnv: true,
      stdin: "null",
      stderr: "null",
    }).outputSync();
    const [group, foreground] = new TextDecoder().decode(stdout).trim().split(/\s+/);
    return foreground === undefined || group === foreground;
  } catch (error) {
    log.debug("foreground not known", { reason: describeError(error) });
    return true;
  }
}

async function writeLine(
  stream: { write(bytes: Uint8Array): Promise<number> },
  line: string,
): Promise<void> {
  // Names, reasons and errors are foreign, and an operator's terminal is one like any other (SR-68).
  try {
    await writeAll(stream, utf8(`${safeText(line)}\n`));
  } catch (error) {
    // Nobody reads any more, e.g. `| head -1`: what is running goes on.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** At once, so that the last words of a dying process are seen. */
function writeLog(line: string): void {
  const bytes = utf8(`${line}\n`);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch {
    // A full or broken pipe must not end the server, and there is no other place to say so.
  }
}
