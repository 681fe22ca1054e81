/**
 * Where a PostgreSQL database is, as libpq's URLs say it (PostgreSQL manual §34.1.1.2), the part of them that is needed:
 * `postgres://USER@HOST:PORT/DATABASE`, `postgres:///DATABASE?host=/run/postgresql` for a socket on this machine. Pure.
 */

import { isLoopback } from "../../net/addresses/address.ts";

/** A database, without what lets anybody in. */
export interface StorePlace {
  readonly socket:
    | { readonly transport: "unix"; readonly path: string }
    | {
      readonly transport: "tcp";
      readonly hostname: string;
      readonly port: number;
      readonly isEncrypted: boolean;
    };
  readonly user: string;
  readonly database: string;
  /** PEM of whom to trust besides those that the system does; only where it is encrypted. */
  readonly caFile: string | undefined;
}

/** A database, and where its password is. */
export interface StoreChoice {
  readonly place: StorePlace;
  /** The place as the operator wrote it. */
  readonly url: string;
  readonly passwordFile: string | undefined;
}

/** `message` never repeats the text: somebody may have put a password into it. */
export type ParsedStore =
  | { readonly ok: true; readonly place: StorePlace }
  | { readonly ok: false; readonly message: string };

const DEFAULT_PORT = 5432;
/** Where the socket is below its folder (PostgreSQL manual §20.3.1). */
const socketPath = (folder: string, port: number) => `${folder}/.s.PGSQL.${port}`;

const KNOWN_PARAMETERS: readonly string[] = ["host", "sslmode", "sslrootcert"];

/** Reads one. */
export function parseStoreUrl(text: string): ParsedStore {
  const url = parseUrl(text);
  if (url === undefined) return wrong("is postgres://USER@HOST/DATABASE");
  if (url.password !== "") return wrong("must not hold the password: use store-password-file");
  const unknown = [...url.searchParams.keys()].find((name) => !KNOWN_PARAMETERS.includes(name));
  if (unknown !== undefined) return wrong(`has an unknown parameter ${unknown}`);
  const user = decodeUrlPart(url.username);
  const database = decodeUrlPart(url.pathname.slice(1)) || user;
  if (user === "" || user === undefined || database === undefined) {
    return wrong("names no user: postgres://USER@HOST/DATABASE");
  }
  const place = url.hostname === "" ? readSocket(url) : readHost(url);
  if (typeof place === "string") return wrong(place);
  return { ok: true, place: { ...place, user, database } };
}

/** The same as a text, for people and files: without a password, as there is none in it. */
export function formatStore({ socket, user, database }: StorePlace): string {
  const [host, query] = socket.transport === "unix"
    ? ["", `?host=${socket.path.slice(0, socket.path.lastIndexOf("/"))}`]
    : [`${socket.hostname}:${socket.port}`, ""];
  return `postgres://${encodeURIComponent(user)}@${host}/${encodeURIComponent(database)}${query}`;
}

function wrong(message: string): ParsedStore {
  return { ok: false, message };
}

/** Undefined where a percent sign encodes nothing. */
export function decodeUrlPart(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // No text, then.
    return undefined;
  }
}

/** Hosts of other schemes than the web's may be empty, which the standard's parser knows. */
function parseUrl(text: string): URL | undefined {
  const plain = text.replace(/^postgresql:/, "postgres:");
  if (!plain.startsWith("postgres://")) return undefined;
  // A user without a host, `postgres://me@/base`, is libpq's, and no URL.
  const [, user, rest] = /^postgres:\/\/([^@/?#]*)@(\/.*)$/.exec(plain) ?? [];
  try {
    if (user === undefined) return new URL(plain);
    const url = new URL(`postgres://${user}@socket${rest}`);
    return Object.defineProperty(url, "hostname", { value: "" });
  } catch {
    return undefined;
  }
}

type Place = Pick<StorePlace, "socket" | "caFile">;

function readSocket(url: URL): Place | string {
  const folder = url.searchParams.get("host");
  if (folder === null || !folder.startsWith("/")) {
    return "names no host; for a socket add ?host=/run/postgresql";
  }
  if (url.searchParams.has("sslmode") || url.searchParams.has("sslrootcert")) {
    return "is a socket of this machine, which has no TLS";
  }
  const path = socketPath(folder.replace(/\/+$/, ""), DEFAULT_PORT);
  return { socket: { transport: "unix", path }, caFile: undefined };
}

function readHost(url: URL): Place | string {
  if (url.searchParams.has("host")) return "names two hosts";
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isNear = hostname === "localhost" || isLoopback(hostname);
  const mode = url.searchParams.get("sslmode") ?? (isNear ? "disable" : "verify-full");
  if (mode !== "disable" && mode !== "verify-full") {
    return "has an sslmode that checks no name: use verify-full, or disable";
  }
  const caFile = url.searchParams.get("sslrootcert") ?? undefined;
  const isEncrypted = mode === "verify-full";
  if (caFile !== undefined && !isEncrypted) return "has sslrootcert without sslmode=verify-full";
  if (caFile !== undefined && !caFile.startsWith("/")) {
    return "has an sslrootcert that is no absolute path";
  }
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  return { socket: { transport: "tcp", hostname, port, isEncrypted }, caFile };
}
