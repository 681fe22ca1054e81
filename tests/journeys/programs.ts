/**
 * Starts the real programs for journeys: from the source, or compiled when HELIOGRAPH_BIN names the folder that holds
 * them. Each journey gets a folder of its own under tests/tmp and cleans up after itself.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { CLIENT_PERMISSIONS, SERVER_PERMISSIONS } from "../../tools/permissions.ts";
import { PROJECT_ROOT } from "../tools/floors.ts";

/** Whether there are programs to start. */
export const PROGRAMS_EXIST = existsSync(join(PROJECT_ROOT, "server.ts")) &&
  existsSync(join(PROJECT_ROOT, "client.ts"));

/** What `--ready-file` says. */
export interface Ready {
  readonly host: string;
  readonly port: number;
  readonly fingerprint: string;
  readonly pid: number;
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long a journey waits for the server, far more than it takes. */
const READY_LIMIT_MS = 30_000;

function commandOf(entry: "server" | "client"): [string, string[]] {
  const folder = Deno.env.get("HELIOGRAPH_BIN");
  if (folder) {
    const name = entry === "server" ? "heliograph-server" : "heliograph";
    return [join(folder, Deno.build.os === "windows" ? `${name}.exe` : name), []];
  }
  const permissions = entry === "server" ? SERVER_PERMISSIONS : CLIENT_PERMISSIONS;
  // Without --no-check a cold cache would add a type check to the first start.
  const args = ["run", "--no-check", ...permissions, join(PROJECT_ROOT, `${entry}.ts`)];
  return [Deno.execPath(), args];
}

/** One journey: a folder, a server in it, and the people who use it. Closing ends the server. */
export class Journey implements AsyncDisposable {
  readonly folder: string;
  readonly ready: Ready;
  readonly #server: Deno.ChildProcess;

  private constructor(folder: string, ready: Ready, server: Deno.ChildProcess) {
    this.folder = folder;
    this.ready = ready;
    this.#server = server;
  }

  /** Starts a server on loopback with the given videos and waits until it accepts connections. */
  static async open(options: { readonly videosFolder?: string } = {}): Promise<Journey> {
    const scratch = join(PROJECT_ROOT, "tests/tmp");
    await Deno.mkdir(scratch, { recursive: true });
    const folder = await Deno.makeTempDir({ dir: scratch, prefix: "journey-" });
    const readyFile = join(folder, "ready.json");
    const [program, args] = commandOf("server");
    const videos = options.videosFolder ?? join(folder, "videos");
    await Deno.mkdir(videos, { recursive: true });
    const server = new Deno.Command(program, {
      args: [
        ...args,
        "serve",
        ...["--listen", "127.0.0.1:0", "--ready-file", readyFile, "--no-console"],
        ...["--videos", videos],
      ],
      env: { HELIOGRAPH_HOME: join(folder, "server") },
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    try {
      return new Journey(folder, await waitForReady(readyFile, server), server);
    } catch (error) {
      await endServer(server);
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  /** Runs the client as `person` to its end. Everything of a person lies in a home of its own. */
  async run(person: string, args: readonly string[]): Promise<Ended> {
    const [program, before] = commandOf("client");
    const address = `${this.ready.host}:${this.ready.port}`;
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...before, ...args, "--server", address, "--no-input"],
      env: { HELIOGRAPH_HOME: join(this.folder, person) },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  /** Registers `person` with a password of their own, trusting the server by its fingerprint. */
  async register(person: string): Promise<Ended> {
    const passwordFile = join(this.folder, `${person}.password`);
    await Deno.writeTextFile(passwordFile, `correct horse battery ${person}\n`, { mode: 0o600 });
    return await this.run(person, [
      ...["register", person, "--password-file", passwordFile],
      ...["--trust", this.ready.fingerprint],
      ...["--recovery-file", join(this.folder, `${person}.recovery`)],
    ]);
  }

  /** Asks the server to end. Returns its exit code. */
  async stop(): Promise<number> {
    return await endServer(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function waitForReady(path: string, server: Deno.ChildProcess): Promise<Ready> {
  let ended = false;
  server.status.then(() => ended = true);
  const limit = performance.now() + READY_LIMIT_MS;
  while (performance.now() < limit && !ended) {
    const text = existsSync(path) ? await Deno.readTextFile(path) : "";
    // A file that is not whole yet does not end with the brace.
    if (text.trimEnd().endsWith("}")) return JSON.parse(text);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(ended ? "The server ended before it was ready" : "The server did not get ready");
}

async function endServer(server: Deno.ChildProcess): Promise<number> {
  try {
    server.kill("SIGTERM");
  } catch {
    // It has ended already.
  }
  return (await server.status).code;
}
