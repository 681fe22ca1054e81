/** The server program as a process of its own, from the source. */

import { join } from "node:path";
import { SERVER_PERMISSIONS } from "../../../tools/permissions.ts";
import { PROJECT_ROOT } from "../../tools/layers.ts";

export interface Ready {
  readonly host: string;
  readonly port: number;
  readonly fingerprint: string;
  readonly invite: string;
  readonly pid: number;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for servers, removed at the end. */
export async function scratch(): Promise<{ folder: string } & AsyncDisposable> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "program-" });
  return {
    folder: await Deno.realPath(folder),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** How a server is started. */
interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** How many descriptors it may have at most; left out, as many as this process. */
  readonly descriptors?: number;
}

function command(
  args: readonly string[],
  { env = {}, descriptors }: StartOptions = {},
): Deno.Command {
  const program = [
    ...[Deno.execPath(), "run", "--no-check", "--config", join(PROJECT_ROOT, "deno.json")],
    ...SERVER_PERMISSIONS,
    join(PROJECT_ROOT, "server.ts"),
    ...args,
  ];
  const [first, ...rest] = descriptors === undefined
    ? program
    : ["/bin/sh", "-c", `ulimit -n ${descriptors}; exec "$@"`, "sh", ...program];
  return new Deno.Command(first, {
    args: rest,
    env: { INIT_CWD: PROJECT_ROOT, NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the program to its end. */
export async function run(args: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await command(args).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** A server that accepts connections. Whoever started it stops it. */
export class ServerProcess {
  readonly ready: Ready;
  readonly #child: Deno.ChildProcess;
  readonly #log: ServerLog;
  readonly #ended: Promise<Ended>;

  private constructor(
    ready: Ready,
    child: Deno.ChildProcess,
    log: ServerLog,
    ended: Promise<Ended>,
  ) {
    this.ready = ready;
    this.#child = child;
    this.#log = log;
    this.#ended = ended;
  }

  static async start(
    folder: string,
    args: readonly string[] = [],
    options: StartOptions = {},
  ): Promise<ServerProcess> {
    const readyFile = join(folder, "ready.json");
    await Deno.remove(readyFile).catch(() => {});
    const child = command([
      ...["serve", "--listen", "127.0.0.1:0", "--data", join(folder, "data")],
      ...["--ready-file", readyFile, ...args],
    ], options).spawn();
    const log = new ServerLog();
    const ended = collect(child, log);
    let isOver = false;
    child.status.then(() => isOver = true);
    while (!isOver) {
      const text = await Deno.readTextFile(readyFile).catch(() => "");
      if (text !== "") return new ServerProcess(JSON.parse(text), child, log, ended);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`The server ended before it was ready: ${(await ended).stderr}`);
  }

  /** Waits until the server has logged what fits. */
  logged(pattern: RegExp): Promise<void> {
    return this.#log.until(pattern);
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async stop(signal: Deno.Signal): Promise<Ended> {
    this.#child.kill(signal);
    return await this.#ended;
  }
}

/** What a server writes to standard error, as it comes. */
class ServerLog {
  #text = "";
  #isOver = false;
  #onText = () => {};

  async follow(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      this.#onText();
    }
    this.#isOver = true;
    this.#onText();
    return this.#text;
  }

  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#text)) {
      if (this.#isOver) throw new Error(`The server never logged ${pattern}: ${this.#text}`);
      await new Promise<void>((resolve) => this.#onText = resolve);
    }
  }
}

async function collect(child: Deno.ChildProcess, log: ServerLog): Promise<Ended> {
  const [stdout, stderr, { code }] = await Promise.all([
    new Response(child.stdout).text(),
    log.follow(child.stderr),
    child.status,
  ]);
  return { code, stdout, stderr };
}
