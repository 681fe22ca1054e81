/**
 * Preloaded into a program, says which functions of `lib/` ran between two marks: precise coverage of V8, reset at each mark, with
 * the statements that its database was asked and the messages that went to its Workers. Workers have a recorder of their own. The
 * driver writes the number of a mark into `FLOW_FOLDER/mark`, and each thread answers with a file.
 */

import { Session } from "node:inspector";
import { DatabaseSync, StatementSync } from "node:sqlite";

const LOOK_MS = 20;

/** What ran in one thread since the mark before. */
export interface Ran {
  readonly functions: readonly RanFunction[];
  /** To each Worker, by the name of its file. */
  readonly messages: Readonly<Record<string, number>>;
  readonly statements: number;
}

/** A function of the project as V8 tells it. `text` is JavaScript. */
export interface RanFunction {
  readonly file: string;
  readonly name: string;
  readonly text: string;
  readonly count: number;
}

interface Coverage {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { startOffset: number; endOffset: number; count: number }[];
  }[];
}

let statements = 0;
let messages: Record<string, number> = {};

function countStatements(): void {
  const counted = (prototype: object, names: readonly string[]) => {
    const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
    for (const name of names) {
      const plain = methods[name];
      methods[name] = function (this: unknown, ...args: unknown[]) {
        statements++;
        return plain.apply(this, args);
      };
    }
  };
  counted(StatementSync.prototype, ["run", "get", "all", "iterate"]);
  counted(DatabaseSync.prototype, ["exec"]);
}

function recordWorkers(): void {
  const Plain = globalThis.Worker;
  globalThis.Worker = class extends Plain {
    readonly #name: string;

    constructor(url: string | URL, options?: WorkerOptions) {
      const wrapper = new URL(
        `./recorder_worker.ts?of=${encodeURIComponent(`${url}`)}`,
        import.meta.url,
      );
      super(wrapper, options);
      this.#name = `${url}`.split("/").at(-1) ?? "";
    }

    override postMessage(...args: unknown[]): void {
      messages[this.#name] = (messages[this.#name] ?? 0) + 1;
      super.postMessage(...args as [unknown, Transferable[]]);
    }
  } as typeof Worker;
}

/** Begins to record in this thread. */
export async function record(): Promise<void> {
  const folder = Deno.env.get("FLOW_FOLDER");
  const lib = Deno.env.get("FLOW_LIB");
  if (folder === undefined || lib === undefined) return;
  const session = new Session();
  session.connect();
  const post = (method: string, args: object = {}) =>
    new Promise<Record<string, unknown>>((resolve, reject) =>
      session.post(
        method,
        args,
        (error: unknown, value: unknown) =>
          error ? reject(error) : resolve(value as Record<string, unknown>),
      )
    );
  await post("Debugger.enable");
  await post("Profiler.enable");
  await post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  countStatements();
  recordWorkers();
  const sources = new Map<string, string>();
  const sourceOf = async (scriptId: string) => {
    const known = sources.get(scriptId) ??
      (await post("Debugger.getScriptSource", { scriptId })).scriptSource as string;
    sources.set(scriptId, known);
    return known;
  };
  const read = async (): Promise<RanFunction[]> => {
    const { result } = await post("Profiler.takePreciseCoverage") as { result: Coverage[] };
    const found: RanFunction[] = [];
    for (const { scriptId, url, functions } of result) {
      if (!url.startsWith(lib)) continue;
      for (const { functionName, ranges: [range] } of functions) {
        if (range.count === 0) continue;
        const source = await sourceOf(scriptId);
        const text = source.slice(range.startOffset, range.endOffset);
        found.push({ file: url.slice(lib.length), name: functionName, text, count: range.count });
      }
    }
    return found;
  };
  const thread = `${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  const markAt = () => {
    try {
      return Deno.readTextFileSync(`${folder}/mark`);
    } catch {
      return "";
    }
  };
  let seen = markAt();
  await Deno.writeTextFile(`${folder}/thread-${thread}`, "");
  const look = async () => {
    const mark = markAt();
    if (mark !== "" && mark !== seen) {
      seen = mark;
      const ran: Ran = { functions: await read(), messages, statements };
      messages = {};
      statements = 0;
      await Deno.writeTextFile(`${folder}/part-${thread}`, JSON.stringify(ran));
      await Deno.rename(`${folder}/part-${thread}`, `${folder}/ran-${mark}-${thread}`);
    }
    Deno.unrefTimer(setTimeout(look, LOOK_MS));
  };
  Deno.unrefTimer(setTimeout(look, LOOK_MS));
}
