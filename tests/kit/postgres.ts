/**
 * A private PostgreSQL on a socket in a folder of its own, for the tests of one file: whoever runs them has Debian's packages or
 * another `initdb` on the path. Nothing is synced to the disk, but where it is asked for.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { migratePostgres } from "../../lib/server/store/postgres/migration.ts";
import { isOnPath } from "./on_path.ts";
import {
  type PostgresAddress,
  PostgresDatabase,
  query,
} from "../../lib/server/store/postgres/database.ts";

/** Where Debian puts the programs that its `pg_lsclusters` knows, newest first, and what is on the path. */
function findPrograms(): string | undefined {
  const debian = isOnPath("pg_lsclusters") ? versions() : [];
  const folders = [...debian.map((version) => `${DEBIAN}/${version}/bin`), ...pathFolders()];
  return folders.find((folder) =>
    ["initdb", "postgres"].every((name) => existsSync(join(folder, name)))
  );
}

const DEBIAN = "/usr/lib/postgresql";
const START_WITHIN_MS = 30_000;
const pathFolders = () => (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");

function versions(): string[] {
  if (!existsSync(DEBIAN)) return [];
  return [...Deno.readDirSync(DEBIAN)].map(({ name }) => name).sort((a, b) =>
    Number(b) - Number(a)
  );
}

/** `initdb` refuses root, so that another user is needed then, and what changes to one. */
const isRoot = () => Deno.build.os !== "windows" && Deno.uid() === 0;
const RUN_AS = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] as const;

/** Whether this machine has a PostgreSQL to start. */
export function hasPostgres(): boolean {
  return Deno.build.os !== "windows" && findPrograms() !== undefined &&
    (!isRoot() || pathFolders().some((folder) => existsSync(join(folder, "setpriv"))));
}

/** How it runs. */
interface PostgresOptions {
  /** Everything is synced to the disk, as a server of the product has it; for measurements. */
  readonly isDurable?: boolean;
  /** Settings of PostgreSQL besides those that all tests have. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Its `pg_hba.conf`; left out, everybody on its socket is let in. */
  readonly users?: string;
}

/** Runs until it is disposed of. */
export class PostgresServer implements AsyncDisposable {
  /** Also where its socket is. */
  readonly folder: string;
  readonly #programs: string;
  readonly #options: PostgresOptions;
  #process: Deno.ChildProcess | undefined;
  #schemas = 0;

  private constructor(folder: string, programs: string, options: PostgresOptions) {
    this.folder = folder;
    this.#programs = programs;
    this.#options = options;
  }

  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const server = await PostgresServer.#make(options);
    await server.#output("initdb", [
      ...["-D", server.data, "-U", "heliograph", "-A", "trust", "-E", "UTF8"],
      ...["--no-locale", "--no-sync"],
    ]);
    if (options.users !== undefined) {
      await Deno.writeTextFile(join(server.data, "pg_hba.conf"), options.users);
    }
    await server.resume();
    return server;
  }

  /** A standby that streams from this one, with the same settings and `more`. */
  async replicate(more: PostgresOptions["settings"] = {}): Promise<PostgresServer> {
    const settings = { ...this.#options.settings, ...more };
    const standby = await PostgresServer.#make({ ...this.#options, settings });
    await standby.#output("pg_basebackup", [
      ...["-D", standby.data, "-h", this.folder, "-U", "heliograph", "-R", "-X", "stream"],
      ...["-c", "fast", "--no-sync"],
    ]);
    await standby.resume();
    return standby;
  }

  /** A standby takes writes from here on. */
  async promote(): Promise<void> {
    await this.#output("pg_ctl", ["promote", "-w", "-D", this.data]);
  }

  static async #make(options: PostgresOptions): Promise<PostgresServer> {
    const programs = findPrograms();
    if (programs === undefined) throw new Error("no PostgreSQL here");
    // Not below the project: its user may not get there, and the path of a socket is at most 107 bytes long.
    const folder = await Deno.makeTempDir({ prefix: "heliograph-pg-" });
    if (isRoot()) await Deno.chown(folder, 65534, 65534);
    return new PostgresServer(folder, programs, options);
  }

  /** What it keeps. */
  get data(): string {
    return join(this.folder, "data");
  }

  /** Whether the process runs: it ends by itself where it cannot go on. */
  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Starts it again after `kill` or `stop`, or when it has ended. */
  async resume(): Promise<void> {
    const { isDurable = false, settings: more } = this.#options;
    const settings = {
      listen_addresses: "",
      unix_socket_directories: this.folder,
      fsync: isDurable ? "on" : "off",
      // What was committed is with the system, if not on the disk: it survives the end of a process.
      synchronous_commit: "on",
      full_page_writes: isDurable ? "on" : "off",
      max_connections: "60",
      shared_buffers: "32MB",
      // Nobody else reads what a test says.
      log_min_messages: "fatal",
      ...more,
    };
    const given = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const args = ["-D", this.data, ...given];
    await this.#answers(() => this.#command("postgres", args).spawn());
  }

  /** Where a new, empty schema of it is: as good as a database of its own, and made in no time. */
  newAddress(): PostgresAddress {
    return { ...this.address, schema: `test${++this.#schemas}` };
  }

  get address(): PostgresAddress & { readonly socket: { readonly path: string } } {
    const { port = "5432" } = this.#options.settings ?? {};
    return {
      socket: { transport: "unix", path: join(this.folder, `.s.PGSQL.${port}`) },
      user: "heliograph",
      password: undefined,
      database: "postgres",
      schema: "heliograph",
    };
  }

  /** A database with all tables, over one of `newAddress` or a new one. The caller closes it. */
  async open(address = this.newAddress()): Promise<PostgresDatabase> {
    const database = await this.connect(address);
    await migratePostgres(database);
    return database;
  }

  /** The same without the tables. */
  connect(address = this.newAddress()): Promise<PostgresDatabase> {
    return PostgresDatabase.open({ address, clock: systemClock, random: systemRandom });
  }

  /**
   * Makes a database of `open` as good as new: files that are made and removed for each test would take most of the time. The
   * numbers of rows go on.
   */
  async empty(database: PostgresDatabase): Promise<void> {
    const tables = await database.all(LIST_TABLES, database.schema);
    await database.transaction((transaction) =>
      transaction.script([
        // Rows that stay may go here, and nobody looks who refers to them.
        "SET LOCAL session_replication_role = replica",
        ...tables.map((table) => `DELETE FROM ${table}`),
        "INSERT INTO counter (name, value) VALUES ('audit', 0), ('broadcast', 0)",
        "INSERT INTO upload_total (id, size_bytes) VALUES (1, 0)",
        "INSERT INTO incarnation VALUES (0, replace(gen_random_uuid()::text, '-', ''))",
      ].join(";"))
    );
  }

  /** Ends it as a machine does that loses its power: nothing is written any more. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Ends it as an operator does; connections are cut. */
  stop(): Promise<void> {
    return this.#end("SIGINT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGINT");
    await Deno.remove(this.folder, { recursive: true });
  }

  /** At the end of the process, which waits for nothing. Doing it after `dispose` is fine. */
  abandon(): void {
    if (this.#process === undefined) return;
    this.#process.kill("SIGKILL");
    this.#process = undefined;
    Deno.removeSync(this.folder, { recursive: true });
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    process.kill(signal);
    await process.status;
  }

  async #output(program: string, args: readonly string[]): Promise<void> {
    const { success } = await this.#command(program, args).output();
    if (!success) throw new Error(`${program} failed`);
  }

  /** One that was killed has processes that end by themselves when they find it gone; the next one ends until then. */
  async #answers(spawn: () => Deno.ChildProcess): Promise<void> {
    const deadline = systemClock.deadline(START_WITHIN_MS);
    await using database = await this.connect(this.address);
    let isRunning = false;
    for (;;) {
      deadline.throwIfAborted();
      if (!isRunning) {
        const process = spawn();
        isRunning = true;
        this.#process = process;
        process.status.then(() => {
          isRunning = false;
          if (this.#process === process) this.#process = undefined;
        });
      }
      await systemClock.sleep(20);
      if (!await this.#listens()) continue;
      const answer = await database.integer("SELECT 1").catch(() => undefined);
      if (answer === 1) return;
    }
  }

  /** Without waiting for it, as a database would. */
  async #listens(): Promise<boolean> {
    try {
      using _connection = await Deno.connect({
        transport: "unix",
        path: this.address.socket.path,
      });
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      if (error instanceof Deno.errors.ConnectionRefused) return false;
      throw error;
    }
  }

  #command(program: string, args: readonly string[]): Deno.Command {
    const words = [...isRoot() ? RUN_AS : [], join(this.#programs, program), ...args];
    // `/`: whoever it runs as may not read the folder that the tests are in.
    return new Deno.Command(words[0], {
      args: words.slice(1),
      cwd: "/",
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
  }
}

const LIST_TABLES = query(
  "SELECT tablename::text FROM pg_tables WHERE schemaname = $1 AND tablename <> 'heliograph_schema'",
  (row) => row.text("tablename"),
);

/** The one server of this file, and how many of its tests have still to run. */
let shared: Promise<PostgresServer> | undefined;
let running: PostgresServer | undefined;
let declared = 0;

/**
 * For `Deno.test`: a test over the one server of its file, which the first test starts and the last one of them stops. Skipped where there is
 * none to start. `run` may kill it and start it again.
 */
export function postgresTest(
  name: string,
  run: (server: PostgresServer, test: Deno.TestContext) => Promise<void>,
): Deno.TestDefinition {
  declared++;
  return {
    name,
    ignore: !hasPostgres(),
    // The server outlives the test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (test) => {
      shared ??= PostgresServer.start();
      running = await shared;
      try {
        await run(running, test);
      } finally {
        if (--declared === 0) await running[Symbol.asyncDispose]();
      }
    },
  };
}

// Of a run that ends before its last test.
globalThis.addEventListener("unload", () => running?.abandon());
