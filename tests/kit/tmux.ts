/** A program in a real terminal: tmux, with keys typed into it and its screen read. Every wait ends when what is waited for is so. */

import { join } from "node:path";
import { HANG_MS } from "./hang.ts";
import { isOnPath } from "./on_path.ts";

/** Between two looks. */
const LOOK_MS = 40;

/** Whether tmux is here; a test without it says that it was skipped. */
export const HAS_TMUX: boolean = Deno.build.os !== "windows" && isOnPath("tmux");

/** How a program is started. */
export interface PaneOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What is written there is this terminal's own. */
  readonly folder: string;
  readonly columns?: number;
  readonly rows?: number;
}

/** One terminal with one program. Closing it ends both. */
export class Pane implements AsyncDisposable {
  readonly #socket: string;
  readonly #folder: string;

  private constructor(socket: string, folder: string) {
    this.#socket = socket;
    this.#folder = folder;
  }

  /** Starts the program from a shell, which notes what the terminal was like before and after it. */
  static async open(options: PaneOptions): Promise<Pane> {
    const { command, env, folder, columns = 80, rows = 24 } = options;
    await Deno.mkdir(folder, { recursive: true });
    const pane = new Pane(join(folder, "tmux"), folder);
    const script = join(folder, "run.sh");
    const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}\n`);
    await Deno.writeTextFile(
      script,
      // Ctrl-C is for the program, not for the shell that says how it ended.
      `trap : INT\n${exports.join("")}cd ${quote(folder)}\necho shell before\nstty -a > before\n` +
        `${
          command.map(quote).join(" ")
        }\ncode=$?\nstty -a > after\necho "ended with $code"\nexec cat\n`,
    );
    await pane.#tmux("new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, `exec cat`);
    await pane.#tmux("set-option", "-g", "remain-on-exit", "on");
    await pane.#tmux("pipe-pane", "-o", `exec cat > ${quote(join(folder, "bytes"))}`);
    await pane.#tmux("respawn-pane", "-k", `exec sh ${quote(script)}`);
    return pane;
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", text);
  }

  /** Presses keys by tmux's names: Enter, M-Down, F5, C-c. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  /** Another size of the window. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** The rows of the screen. */
  async rows(): Promise<readonly string[]> {
    return (await this.#tmux("capture-pane", "-p")).split("\n").map((row) => row.trimEnd());
  }

  /** Waits until some row fits, and returns all of them. */
  async see(pattern: RegExp): Promise<readonly string[]> {
    let rows: readonly string[] = [];
    await until(async () => {
      rows = await this.rows();
      return rows.some((row) => pattern.test(row));
    }, () => `${pattern} is not to be seen:\n${rows.join("\n")}`);
    return rows;
  }

  /** Waits until no row fits any more. */
  async seeNo(pattern: RegExp): Promise<readonly string[]> {
    let rows: readonly string[] = [];
    await until(async () => {
      rows = await this.rows();
      return !rows.some((row) => pattern.test(row));
    }, () => `${pattern} is still to be seen:\n${rows.join("\n")}`);
    return rows;
  }

  /** The pid of the program, once it runs. */
  async programPid(): Promise<number> {
    const shell = (await this.#tmux("display-message", "-p", "#{pane_pid}")).trim();
    let pid = 0;
    await until(async () => {
      const found = await run("pgrep", ["-P", shell]);
      pid = Number(found.split("\n")[0]);
      return pid > 0;
    }, () => "the program does not run");
    return pid;
  }

  /** What tmux knows of the terminal's modes: 1 where a program has set one. */
  async modes(): Promise<{ alternate: string; mouse: string; cursor: string; paste: string }> {
    const format = "#{alternate_on} #{mouse_any_flag} #{cursor_flag} #{bracket_paste_flag}";
    const [alternate, mouse, cursor, paste = ""] =
      (await this.#tmux("display-message", "-p", format)).trim().split(" ");
    return { alternate, mouse, cursor, paste };
  }

  /** Waits for the end of the program. Returns its exit code. */
  async ended(): Promise<number> {
    const rows = await this.see(/^ended with \d+$/);
    const code = rows.findLast((row) => /^ended with \d+$/.test(row))?.slice("ended with ".length);
    return Number(code);
  }

  /** Everything that the program has written, as it was written. */
  async bytes(): Promise<string> {
    return new TextDecoder("latin1").decode(await Deno.readFile(join(this.#folder, "bytes")));
  }

  /** What `stty -a` said before and after the program. */
  async stty(): Promise<{ readonly before: string; readonly after: string }> {
    return {
      before: await Deno.readTextFile(join(this.#folder, "before")),
      after: await Deno.readTextFile(join(this.#folder, "after")),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }

  #tmux(...args: readonly string[]): Promise<string> {
    // A socket of its own, and no settings of whoever runs the tests.
    return run("tmux", ["-S", this.#socket, "-f", "/dev/null", ...args]);
  }
}

async function until(isSo: () => Promise<boolean>, failure: () => string): Promise<void> {
  const end = performance.now() + HANG_MS;
  while (!await isSo()) {
    if (performance.now() > end) throw new Error(failure());
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await new Deno.Command(program, {
    args: [...args],
    // Inside another tmux the socket is ours all the same.
    env: { TMUX: "" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  if (code !== 0 && program === "tmux") throw new Error(`tmux ${args[4]}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
