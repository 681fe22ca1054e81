/** Gives the names that a dialogue knows to the shells of its person. */

import { decodeUtf8, utf8 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { type Random, randomHex } from "../base/random.ts";
import { closeConnection, UnixServer, writeWhole } from "../net/streams/unix_server.ts";
import { makePrivateFolder } from "../storage/private_files.ts";
import type { Context } from "./context.ts";
import type { Dialogue } from "./dialogue/dialogue.ts";
import { videoNamesOf } from "./dialogue/video_names.ts";
import { basename, join } from "node:path";

/** Until it is closed. Undefined where there can be none. */
export function serveNames(
  { options: { clock, random, folders, profileFolder } }: Pick<Context, "options">,
  { people, rooms, client }: Pick<Dialogue, "people" | "rooms" | "client">,
): Promise<NameSocket | undefined> {
  return NameSocket.open({
    ...{ clock, random, runtimeFolder: folders.runtime, profile: basename(profileFolder) },
    answer: async (request) => {
      const names = videoNamesOf(client);
      if (request.startsWith("video ")) await names.fetch();
      const profiles = await profilesIn(folders.data);
      return answerNames(request, { people, rooms, profiles, videos: names.known });
    },
  });
}

/** A profile is a folder with a database in it. */
async function profilesIn(dataFolder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dataFolder)) {
    if (isDirectory && await isFile(`${dataFolder}/${name}/profile.db`)) found.push(name);
  }
  return found.sort();
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

// Which names a client that runs gives the shell of its own person, who is typing a command (decision 0093). Pure.

/** A menu with more is not read. */
const LIMIT_NAMES = 200;
/** The scripts read twice as much. */
const LIMIT_BYTES = 32_768;

/**
 * Names are chosen by strangers, and a shell runs what stands in `$(…)`: nothing but letters, digits, `_ . -` and single blanks
 * is offered. Other names can be typed.
 */
const PLAIN = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*(?: [\p{L}\p{M}\p{N}_.-]+)*$/u;

/** Who and what can be named. */
export interface KnownNames extends Pick<Dialogue, "people" | "rooms"> {
  /** Profiles of this person on this machine. */
  readonly profiles: readonly string[];
  /** Of the server. */
  readonly videos: readonly string[];
}

/** Answers `KIND TYPED`: names of the kind that begin with what is typed, a line each; empty for a kind that is none. */
export function answerNames(request: string, names: KnownNames): string {
  const [kind] = request.split(" ", 1);
  const typed = request.slice(kind.length + 1).toLowerCase();
  const lines: string[] = [];
  let sizeBytes = 0;
  for (const name of namesOf(kind, names)) {
    if (!PLAIN.test(name.replace(/^#/, "")) || !name.toLowerCase().startsWith(typed)) continue;
    sizeBytes += utf8(name).length + 1;
    if (sizeBytes > LIMIT_BYTES || lines.length === LIMIT_NAMES) break;
    lines.push(`${name}\n`);
  }
  return lines.join("");
}

/** Where only a room can stand it needs no `#`, which begins a comment in a shell. */
function namesOf(kind: string, { people, rooms, profiles, videos }: KnownNames): readonly string[] {
  const persons = people.others.map(({ name }) => name);
  switch (kind) {
    case "person":
      return persons;
    case "room":
      return rooms.all.map((label) => label.slice(1));
    case "conversation":
      return [...persons, ...rooms.all];
    case "profile":
      return profiles;
    case "video":
      return videos;
    default:
      return [];
  }
}

// Where the shell of this client's own person asks for names while a command is typed: a unix socket in the runtime folder, 0600
// in a folder of 0700. Nothing of it is on a disk but its name, which has the profile's (SR-80). Windows has none.

const log = logger("cli", "names");

const FOLDER = "completion";
const ENDING = ".sock";
/** A kind, and an account name of 360 bytes. */
const REQUEST_LIMIT_BYTES = 512;
/** A shell asks at once, and waits no longer. */
const REQUEST_MS = 1_000;
/** One person has one keyboard. */
const LIMIT_CONNECTIONS = 8;
const NEWLINE = 0x0a;

/** What a socket is made with. */
interface NameSocketOptions {
  readonly runtimeFolder: string;
  readonly profile: string;
  /** What is written to whoever asks. */
  readonly answer: (request: string) => Promise<string>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Owns the socket and the connections over it. Each client has one of its own, so that none takes another's away. */
export class NameSocket implements AsyncDisposable {
  readonly #path: string;
  readonly #options: NameSocketOptions;
  readonly #server: UnixServer;

  private constructor(listener: Deno.UnixListener, path: string, options: NameSocketOptions) {
    this.#path = path;
    this.#options = options;
    this.#server = new UnixServer(listener, {
      most: LIMIT_CONNECTIONS,
      serve: (connection) => this.#serve(connection),
      // The client goes on.
      onFailed: (error) => log.warn("socket for names failed", { reason: describeError(error) }),
    });
  }

  /** Undefined where there can be none, which is logged: a shell completes no names then. */
  static async open(options: NameSocketOptions): Promise<NameSocket | undefined> {
    if (Deno.build.os === "windows") return undefined;
    const { runtimeFolder, profile, random } = options;
    const folder = join(runtimeFolder, FOLDER);
    const id = randomHex(random, 4);
    const path = join(folder, `${profile}.${id}${ENDING}`);
    const unseen = join(folder, id);
    try {
      await makePrivateFolder(folder);
      await removeDead(folder);
      // Shells look for its name, and others that start now for sockets of the dead: it gets that when it listens.
      const listener = Deno.listen({ transport: "unix", path: unseen });
      try {
        await Deno.chmod(unseen, 0o600);
        await Deno.rename(unseen, path);
      } catch (error) {
        listener.close();
        await removeQuietly(unseen);
        throw error;
      }
      return new NameSocket(listener, path, options);
    } catch (error) {
      // A file system without sockets, or a path that is too long for one.
      log.warn("no socket for names", { reason: describeError(error) });
      return undefined;
    }
  }

  /** Ends what is under way. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#server.close();
    await removeQuietly(this.#path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One line asks, names answer, and that is all. */
  async #serve(connection: Deno.UnixConn): Promise<void> {
    const { answer, clock } = this.#options;
    const stopWaiting = clock.after(REQUEST_MS, () => closeConnection(connection));
    try {
      const request = await readRequest(connection);
      if (request === undefined) return;
      await writeWhole(connection, utf8(await answer(request)));
    } catch (error) {
      // Whoever asked has gone, or took too long, or the socket is being closed.
      log.debug("a shell was not answered", { reason: describeError(error) });
    } finally {
      stopWaiting();
    }
  }
}

/** The first line, undefined for one that is too long, not UTF-8, or never ends. */
async function readRequest(connection: Deno.UnixConn): Promise<string | undefined> {
  const buffer = new Uint8Array(REQUEST_LIMIT_BYTES);
  for (let count = 0; count < buffer.length;) {
    const read = await connection.read(buffer.subarray(count));
    if (read === null) return undefined;
    count += read;
    const end = buffer.subarray(0, count).indexOf(NEWLINE);
    if (end >= 0) return decodeUtf8(buffer.slice(0, end));
  }
  return undefined;
}

/** Sockets of clients that were killed: nobody listens there. */
async function removeDead(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (!name.endsWith(ENDING)) continue;
    try {
      (await Deno.connect({ transport: "unix", path })).close();
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) await removeQuietly(path);
    }
  }
}

async function removeQuietly(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      log.warn("cannot remove a socket", { reason: describeError(error) });
    }
  }
}
