/**
 * Starts the real programs for journeys: from the source, or compiled when HELIOGRAPH_BIN names the folder that holds
 * them. Each journey gets a folder of its own under tests/tmp and cleans up after itself.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { CLIENT_PERMISSIONS, SERVER_PERMISSIONS } from "../../tools/permissions.ts";
import { HANG_MS } from "../kit/hang.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { moveIn } from "./town.ts";

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

/** How a journey differs from the usual one. */
export interface JourneyOptions {
  /** Some of `TOWN`, who have accounts from the start. Registering takes seconds, and one journey is about it. */
  readonly people?: readonly string[];
  /** Puts there what the server and its people have from the start, before the server is started. */
  readonly moveIn?: (folder: string) => Promise<void>;
  /** Left out: an empty folder. */
  readonly videosFolder?: string;
  /** More arguments of `serve`. */
  readonly serve?: readonly string[];
}

/** As many as a small machine has cores. */
const REGISTERED_AT_ONCE = 2;

/** The words that start a program, or a file of the source with a client's permissions. */
export function programWords(entry: string, args: readonly string[]): string[] {
  const folder = Deno.env.get("HELIOGRAPH_BIN");
  if (folder && (entry === "server" || entry === "client")) {
    const name = entry === "server" ? "heliograph-server" : "heliograph";
    return [join(folder, Deno.build.os === "windows" ? `${name}.exe` : name), ...args];
  }
  const permissions = entry === "server" ? SERVER_PERMISSIONS : CLIENT_PERMISSIONS;
  const file = join(PROJECT_ROOT, entry.endsWith(".ts") ? entry : `${entry}.ts`);
  return [Deno.execPath(), "run", "--quiet", "--no-check", ...permissions, file, ...args];
}

/** The command that starts a program with these arguments. */
export function programCommand(
  entry: "server" | "client",
  args: readonly string[],
  options: Deno.CommandOptions = {},
): Deno.Command {
  const [program, ...words] = programWords(entry, args);
  // As the tasks: else Deno may have filled its store of roots first, and the program begins once more as its child.
  const env = { DENO_NO_UPDATE_CHECK: "1", ...options.env };
  return new Deno.Command(program, { ...options, env, args: words });
}

/** The objects of `--json`, one a line. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** One journey: a folder, a server in it, and the people who use it. Closing ends the server. */
export class Journey implements AsyncDisposable {
  readonly folder: string;
  readonly #options: JourneyOptions;
  #ready: Ready;
  #server: Deno.ChildProcess;

  private constructor(
    folder: string,
    options: JourneyOptions,
    running: { ready: Ready; server: Deno.ChildProcess },
  ) {
    this.folder = folder;
    this.#options = options;
    this.#ready = running.ready;
    this.#server = running.server;
  }

  /** Starts a server on loopback and waits until it accepts connections. */
  static async open(options: JourneyOptions = {}): Promise<Journey> {
    const scratch = join(PROJECT_ROOT, "tests/tmp");
    await Deno.mkdir(scratch, { recursive: true });
    const folder = await Deno.makeTempDir({ dir: scratch, prefix: "journey-" });
    try {
      if (options.people !== undefined) await moveIn(folder, options.people, Journey.#build);
      await options.moveIn?.(folder);
      return new Journey(folder, options, await startServer(folder, options, 0));
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  /** Registers `people` on a server, and ends it. Returns the folder of all that. */
  static async #build(people: readonly string[]): Promise<string> {
    const journey = await Journey.open();
    // Making keys takes a core for seconds; who waits too long for one is sent away by the server.
    for (let at = 0; at < people.length; at += REGISTERED_AT_ONCE) {
      const some = people.slice(at, at + REGISTERED_AT_ONCE);
      const registered = await Promise.all(some.map((person) => journey.register(person)));
      for (const { code, stderr } of registered) if (code !== 0) throw new Error(stderr);
    }
    await journey.stop();
    return journey.folder;
  }

  get ready(): Ready {
    return this.#ready;
  }

  /** Runs the client as `person` to its end, with `--server` unless told otherwise. Everything of a person lies in a home of its own. */
  async run(
    person: string,
    args: readonly string[],
    options: { server: boolean } = { server: true },
  ): Promise<Ended> {
    const { code, stdout, stderr } = await this.#client(person, args, { ...options, stdin: "null" })
      .output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  /** Runs the client as `person` with `input` on its standard input, which then ends. */
  async talk(person: string, args: readonly string[], input: string): Promise<Ended> {
    const child = this.#client(person, args, { stdin: "piped" }).spawn();
    const [{ code, stdout, stderr }] = await Promise.all([
      child.output(),
      new Blob([input]).stream().pipeTo(child.stdin),
    ]);
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  /** Starts the client as `person`, for what goes on until it is stopped. */
  start(person: string, args: readonly string[]): RunningClient {
    return new RunningClient(this.#client(person, args, { stdin: "inherit" }).spawn());
  }

  /** Starts the client as `person`, who types into its standard input. */
  converse(person: string, args: readonly string[]): RunningClient {
    return new RunningClient(this.#client(person, args, { stdin: "piped" }).spawn(), {
      types: true,
    });
  }

  /** Runs a verb of the server over its data, beside the server that runs, with `input` on its standard input. */
  async operate(args: readonly string[], input = ""): Promise<Ended> {
    const env = { HELIOGRAPH_HOME: join(this.folder, "server") };
    const stdio = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    const child = programCommand("server", args, { env, ...stdio }).spawn();
    const [{ code, stdout, stderr }] = await Promise.all([
      child.output(),
      // A verb that reads nothing may have ended before.
      new Blob([input]).stream().pipeTo(child.stdin).catch(() => {}),
    ]);
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  /**
   * Registers `person` with a password of their own, trusting the server by its fingerprint. In most journeys nobody is a
   * stranger to them; with `asksStrangers` everybody is, as for somebody new.
   */
  async register(person: string, { asksStrangers = false } = {}): Promise<Ended> {
    const registered = await this.run(person, [
      ...["register", person, "--password-file", await this.passwordFile(person)],
      ...["--trust", this.#ready.fingerprint],
      ...["--recovery-file", join(this.folder, `${person}.recovery`)],
    ]);
    if (asksStrangers || registered.code !== 0) return registered;
    const { code, stderr } = await this.run(person, ["requests", "--from", "all"]);
    if (code !== 0) throw new Error(stderr);
    return registered;
  }

  /** A file that holds a password, that of `person` when none is given. */
  async passwordFile(
    person: string,
    password = `correct horse battery ${person}`,
  ): Promise<string> {
    const file = join(this.folder, `${person}.password`);
    // One that others may read is refused.
    await Deno.writeTextFile(file, `${password}\n`, { mode: 0o600 });
    return file;
  }

  /** Waits until the server ends by itself. Returns its exit code. */
  async ended(): Promise<number> {
    return (await this.#server.status).code;
  }

  /** Asks the server to end. Returns its exit code. */
  async stop(): Promise<number> {
    return await endChild(this.#server, "SIGTERM");
  }

  /** The server is gone from one moment to the next, as by a power cut. */
  async kill(): Promise<void> {
    await endChild(this.#server, "SIGKILL");
    await Deno.remove(readyFileOf(this.folder));
  }

  /** Starts a server again, on the same port with the same data. `serve`: in place of what it was started with. */
  async restart(serve = this.#options.serve): Promise<void> {
    const options = serve === undefined ? this.#options : { ...this.#options, serve };
    const running = await startServer(this.folder, options, this.#ready.port);
    this.#ready = running.ready;
    this.#server = running.server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.folder, { recursive: true });
  }

  #client(
    person: string,
    args: readonly string[],
    { stdin, server = true }: { stdin: "null" | "piped" | "inherit"; server?: boolean },
  ): Deno.Command {
    const { host, port } = this.#ready;
    const where = server ? ["--server", `${host}:${port}`] : [];
    return programCommand("client", [...args, ...where, "--no-input"], {
      env: { HELIOGRAPH_HOME: join(this.folder, person) },
      stdin,
      stdout: "piped",
      stderr: "piped",
    });
  }
}

/** Starts the client apart from any journey, for what goes on until it is stopped. */
export function startClient(args: readonly string[], home: string): RunningClient {
  return new RunningClient(
    programCommand("client", args, {
      env: { HELIOGRAPH_HOME: home },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
}

/** A client that runs until it is stopped. Closing ends it. */
export class RunningClient implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #stdout = "";
  #stderr = "";
  #onText = () => {};

  constructor(child: Deno.ChildProcess, { types = false } = {}) {
    this.#child = child;
    this.#keyboard = types ? child.stdin.getWriter() : undefined;
    this.#reading = this.#read();
  }

  /** Of its process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until `count` lines were printed. */
  async lines(count: number): Promise<string[]> {
    return await this.#until(
      () => {
        const lines = this.#stdout.split("\n").slice(0, -1);
        return lines.length >= count ? lines : undefined;
      },
      `${count} lines`,
    );
  }

  /** Waits for a line that matches, and returns it. */
  async line(pattern: RegExp): Promise<string> {
    const find = () => this.#stdout.split("\n").slice(0, -1).find((line) => pattern.test(line));
    return await this.#until(find, `${pattern}`);
  }

  /** Waits until it said something to the person. */
  async says(pattern: RegExp): Promise<void> {
    await this.#until(() => pattern.test(this.#stderr) || undefined, `${pattern}`);
  }

  /** Types a line; only for a client that `converse` started. */
  async type(line: string): Promise<void> {
    await this.#keyboard?.write(new TextEncoder().encode(`${line}\n`));
  }

  async #until<Found>(find: () => Found | undefined, what: string): Promise<Found> {
    const limit = AbortSignal.timeout(HANG_MS);
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        this.#onText = resolve;
        const said = this.#stdout + this.#stderr;
        limit.onabort = () => reject(new Error(`Waited in vain for ${what}: ${said}`));
      });
    }
  }

  /** Waits until it ends by itself. */
  async ended(): Promise<Ended> {
    const { code } = await this.#child.status;
    await this.#reading;
    return { code, stdout: this.#stdout, stderr: this.#stderr };
  }

  /** Sends a signal and returns the exit code. */
  async stop(signal: Deno.Signal): Promise<number> {
    const code = await endChild(this.#child, signal);
    await this.#reading;
    // Its other end is gone.
    await this.#keyboard?.close().catch(() => {});
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
  }

  async #read(): Promise<void> {
    await Promise.all([
      this.#take(this.#child.stdout, (text) => this.#stdout += text),
      this.#take(this.#child.stderr, (text) => this.#stderr += text),
    ]);
  }

  async #take(stream: ReadableStream<BufferSource>, add: (text: string) => void): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      add(text);
      this.#onText();
    }
  }
}

function readyFileOf(folder: string): string {
  return join(folder, "ready.json");
}

async function startServer(
  folder: string,
  options: JourneyOptions,
  port: number,
): Promise<{ ready: Ready; server: Deno.ChildProcess }> {
  const readyFile = readyFileOf(folder);
  const videos = options.videosFolder ?? join(folder, "videos");
  await Deno.mkdir(videos, { recursive: true });
  const args = [
    "serve",
    ...["--listen", `127.0.0.1:${port}`, "--ready-file", readyFile, "--no-console"],
    ...["--videos", videos, ...(options.serve ?? [])],
  ];
  const server = programCommand("server", args, {
    env: { HELIOGRAPH_HOME: join(folder, "server") },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    return { ready: await waitForReady(readyFile, server), server };
  } catch (error) {
    await endChild(server, "SIGKILL");
    throw error;
  }
}

async function waitForReady(path: string, server: Deno.ChildProcess): Promise<Ready> {
  let ended = false;
  server.status.then(() => ended = true);
  const limit = performance.now() + HANG_MS;
  while (performance.now() < limit && !ended) {
    const text = existsSync(path) ? await Deno.readTextFile(path) : "";
    // A file that is not whole yet does not end with the brace.
    if (text.trimEnd().endsWith("}")) return JSON.parse(text);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(ended ? "The server ended before it was ready" : "The server did not get ready");
}

async function endChild(child: Deno.ChildProcess, signal: Deno.Signal): Promise<number> {
  try {
    child.kill(signal);
  } catch { /* It has ended already. */ }
  return (await child.status).code;
}
