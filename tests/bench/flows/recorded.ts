/** Programs of a project that say what ran in them (`recorder.ts`), and the marks that part one flow from the next. */

import { join } from "node:path";
import { Pane } from "../../kit/tmux.ts";
import { PROJECT_ROOT } from "../../tools/layers.ts";
import type { Ran, RanFunction } from "./recorder.ts";

/** What ran in all threads of all programs between an action and its effect. */
export interface Flow {
  readonly name: string;
  readonly files: number;
  readonly functions: number;
  /** Of those: functions that only pass their parameters on. */
  readonly forwarding: number;
  /** Of all calls, those of the server to its store. */
  readonly storeCalls: number;
  readonly statements: number;
  /** `FILE FUNCTION` of all that ran. */
  readonly ran: readonly string[];
}

/** How long nothing new may be begun by an effect that is seen. */
const SETTLED_MS = 1_500;
const LOOK_MS = 30;
/** How long a thread may take to say what ran in it. */
const ANSWERED_MS = 15_000;

export const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A folder with a server and people of the project in `root`. */
export class Recorded implements AsyncDisposable {
  readonly folder: string;
  readonly #root: string;
  readonly #panes: Pane[] = [];
  #mark = 0;

  private constructor(folder: string, root: string) {
    this.folder = folder;
    this.#root = root;
  }

  static async open(root: string): Promise<Recorded> {
    const scratch = join(PROJECT_ROOT, "tests/tmp");
    await Deno.mkdir(scratch, { recursive: true });
    const folder = await Deno.makeTempDir({ dir: scratch, prefix: "flows-" });
    await Deno.mkdir(join(folder, "marks"));
    return new Recorded(folder, root);
  }

  /** Runs a program to its end. Throws when it ends with anything but 0. */
  async run(entry: "client" | "server", person: string, args: readonly string[]): Promise<string> {
    const [program, ...words] = this.#words(entry, args, false);
    const env = { ...this.#env(person), DENO_NO_UPDATE_CHECK: "1" };
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: words,
      env,
      stdin: "null",
    })
      .output();
    const text = new TextDecoder();
    if (code !== 0) throw new Error(`${args.join(" ")}: ${code}\n${text.decode(stderr)}`);
    return text.decode(stdout);
  }

  /** A program in a terminal of its own. */
  async sit(entry: "client" | "server", person: string, args: readonly string[]): Promise<Pane> {
    const pane = await Pane.open({
      command: this.#words(entry, args, true),
      env: {
        ...this.#env(person),
        FLOW_FOLDER: join(this.folder, "marks"),
        FLOW_LIB: new URL(`file://${this.#root}/lib/`).href,
        DENO_NO_UPDATE_CHECK: "1",
        NO_COLOR: "",
        EDITOR: "",
      },
      folder: join(this.folder, `terminal-${this.#panes.length}`),
      columns: 100,
      rows: 30,
    });
    this.#panes.push(pane);
    return pane;
  }

  /** What ran in `action`, which returns when its effect is to be seen. */
  async flow(name: string, action: () => Promise<unknown>): Promise<Flow> {
    await rest(SETTLED_MS);
    await this.#ran();
    await action();
    await rest(SETTLED_MS);
    return summary(name, await this.#ran());
  }

  /** Ends the programs. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const pane of this.#panes) await pane[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }

  /** Sets a mark, and returns what each thread that answers says. One that has ended, a Worker or a program, says nothing. */
  async #ran(): Promise<Ran[]> {
    const marks = join(this.folder, "marks");
    const mark = `${++this.#mark}`;
    const threads = [...Deno.readDirSync(marks)].map(({ name }) => name)
      .filter((name) => name.startsWith("thread-"))
      .map((name) => name.slice("thread-".length));
    await Deno.writeTextFile(join(marks, "part"), mark);
    await Deno.rename(join(marks, "part"), join(marks, "mark"));
    const found: Ran[] = [];
    const waiting = new Set(threads);
    const end = performance.now() + ANSWERED_MS;
    while (waiting.size > 0 && performance.now() < end) {
      for (const thread of waiting) {
        const text = await Deno.readTextFile(join(marks, `ran-${mark}-${thread}`))
          .catch(() => undefined);
        if (text === undefined) continue;
        found.push(JSON.parse(text));
        waiting.delete(thread);
      }
      await rest(LOOK_MS);
    }
    for (const thread of waiting) await Deno.remove(join(marks, `thread-${thread}`));
    return found;
  }

  #words(entry: string, args: readonly string[], isRecorded: boolean): string[] {
    const preload = `--preload=${join(import.meta.dirname ?? "", "recorder_program.ts")}`;
    return [
      ...[Deno.execPath(), "run", "--quiet", "--no-check", "--no-lock", "-A", "--unstable-net"],
      ...(isRecorded ? [preload] : []),
      ...[join(this.#root, `${entry}.ts`), ...args],
    ];
  }

  #env(person: string): Record<string, string> {
    return { HELIOGRAPH_HOME: join(this.folder, person), USER: person };
  }
}

function summary(name: string, threads: readonly Ran[]): Flow {
  const ran = new Map<string, RanFunction>();
  for (const { functions } of threads) {
    // What is run once for each file is its start.
    for (const one of functions) if (one.name !== "") ran.set(`${one.file} ${one.text}`, one);
  }
  const functions = [...ran.values()];
  const sum = (of: (thread: Ran) => number) => threads.reduce((total, one) => total + of(one), 0);
  return {
    name,
    files: new Set(functions.map(({ file }) => file)).size,
    functions: functions.length,
    forwarding: functions.filter(({ text }) => onlyForwards(text)).length,
    storeCalls: sum(({ messages }) =>
      Object.entries(messages).reduce((n, [to, times]) => to.startsWith("store") ? n + times : n, 0)
    ),
    statements: sum(({ statements }) => statements),
    ran: functions.map(({ file, name, text }) =>
      `${file} ${name}${onlyForwards(text) ? " (forwards)" : ""}`
    ).sort(),
  };
}

/** One call, of whose arguments each is a parameter or a constant of the function's own object. */
const FORWARDING =
  /^[^(]*\(([\w$,\s]*)\)\s*(?:=>\s*)?\{?\s*(?:return\s+)?(?:await\s+)?[\w$.#?]+\(([\w$,.\s]*)\);?\s*\}?$/;

/** Whether a function, as JavaScript, does nothing but call another with what it was given. */
export function onlyForwards(text: string): boolean {
  const found = FORWARDING.exec(text.trim());
  if (found === null) return false;
  const parameters = new Set(words(found[1]));
  const passed = words(found[2]);
  return parameters.size > 0 && passed.some((word) => parameters.has(word)) &&
    passed.every((word) => parameters.has(word) || word.startsWith("this."));
}

function words(list: string): string[] {
  return list.split(",").map((word) => word.trim()).filter((word) => word !== "");
}
