/** The server program as a process of its own, from the source. */

import { join } from "node:path";
import { SERVER_PERMISSIONS } from "../../../tools/permissions.ts";
import { PROJECT_ROOT } from "../../tools/floors.ts";

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

function command(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--config", join(PROJECT_ROOT, "deno.json")],
      ...SERVER_PERMISSIONS,
      join(PROJECT_ROOT, "server.ts"),
      ...args,
    ],
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
  readonly #ended: Promise<Ended>;

  private constructor(ready: Ready, child: Deno.ChildProcess, ended: Promise<Ended>) {
    this.ready = ready;
    this.#child = child;
    this.#ended = ended;
  }

  static async start(
    folder: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    const readyFile = join(folder, "ready.json");
    await Deno.remove(readyFile).catch(() => {});
    const child = command([
      ...["serve", "--listen", "127.0.0.1:0", "--data", join(folder, "data")],
      ...["--ready-file", readyFile, ...args],
    ], env).spawn();
    const ended = collect(child);
    let isOver = false;
    child.status.then(() => isOver = true);
    while (!isOver) {
      const text = await Deno.readTextFile(readyFile).catch(() => "");
      if (text !== "") return new ServerProcess(JSON.parse(text), child, ended);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`The server ended before it was ready: ${(await ended).stderr}`);
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async stop(signal: Deno.Signal): Promise<Ended> {
    this.#child.kill(signal);
    return await this.#ended;
  }
}

async function collect(child: Deno.ChildProcess): Promise<Ended> {
  const [stdout, stderr, { code }] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.status,
  ]);
  return { code, stdout, stderr };
}
