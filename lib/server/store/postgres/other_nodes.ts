/**
 * Which other nodes of a server are on its database, as the names of their connections say, and whether one that starts goes
 * together with them: it meets them on the bus, and is no more than one minor version apart.
 */

import type { Clock } from "../../../base/clock.ts";
import { StorageError } from "../../../base/errors.ts";
import { VERSION } from "../../../base/version.ts";
import type { NodeOnStore } from "../opened_store.ts";
import { NODE_APPLICATION, type PostgresQuery, query, type Statements } from "./database.ts";

/** What is read of a node's connections. */
export interface OtherNode {
  readonly version: string;
  readonly bus: string;
  readonly instance: string;
  readonly authority: number;
}

/** A node asks its database at least every 5 s; what was silent for longer than that is half-open and has nobody behind it. */
const SILENT_SECONDS = 15;
/** So long something is waited for that shows whether a connection still has somebody. */
const PROOF_MS = 6_000;
const LOOK_EVERY_MS = 200;
const NOT_HEARD = "node-not-heard";

/** What the connections of a node are named, in at most 63 bytes. */
export function nameConnections({ bus, instance, authority }: NodeOnStore): string {
  return [NODE_APPLICATION, VERSION, bus, instance, authority].join("/");
}

/** Undefined for what a node does not name its connections. */
function readConnectionName(name: string): OtherNode | undefined {
  const [program, version, bus, instance, authority] = name.split("/");
  if (program !== NODE_APPLICATION || authority === undefined) return undefined;
  return { version, bus, instance, authority: Number(authority) };
}

/**
 * Waits until it is known whether those that it does not go together with still run: connections that break off without a word
 * stay for hours. Rejects with StorageError `another-ca`, `another-bus`, `node-not-heard` or `version-apart`.
 */
export async function requireFittingNodes(
  database: Statements,
  own: NodeOnStore,
  clock: Clock,
): Promise<void> {
  const beganMs = await database.integer(NOW) ?? 0;
  const endsMs = clock.monotonicMs() + PROOF_MS;
  for (;;) {
    const found = await database.all(LIST, `${NODE_APPLICATION}/%`, SILENT_SECONDS);
    const nodes = found.flatMap(({ name, lastMs }) => {
      const node = readConnectionName(name);
      return node === undefined || node.instance === own.instance ? [] : [{ node, lastMs }];
    });
    const misfit = findMisfit(own, nodes.map(({ node }) => node));
    if (misfit === undefined) return;
    const suspects = nodes.filter(({ node }) => findMisfit(own, [node]) !== undefined);
    const isProven = suspects.some(({ lastMs }) => lastMs > beganMs);
    const isLast = clock.monotonicMs() >= endsMs;
    // On a machine that works hard it takes a while to be heard.
    if (isProven && (isLast || misfit.code !== NOT_HEARD)) throw misfit;
    if (isLast) return;
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Why a node does not go together with those that run; undefined when it does. */
function findMisfit(
  own: NodeOnStore,
  others: readonly OtherNode[],
): StorageError | undefined {
  const apart = others.find((other) => !isBeside(VERSION, other.version));
  if (apart !== undefined) {
    return new StorageError(
      "version-apart",
      `Cannot open the database: a node of version ${apart.version} is running on it, and this is ${VERSION}. ` +
        "Side by side run only those that are at most one minor version apart: stop it first",
    );
  }
  const foreign = others.find(({ authority }) => authority !== own.authority);
  if (foreign !== undefined) {
    const [who, other] = foreign.authority > own.authority
      ? ["this one", "that"]
      : ["that", "this one"];
    return new StorageError(
      "another-ca",
      `Cannot open the database: a node with another CA is running on it, and clients that have seen the new one do not go back. ` +
        `Stop it, and give ${who} the CA of ${other}: heliograph-server node ask, node admit, node join`,
    );
  }
  const elsewhere = others.find(({ bus }) => bus !== own.bus);
  if (elsewhere !== undefined) {
    const [theirs, ours] = [elsewhere.bus, own.bus].map((bus) => BUSES[bus] ?? bus);
    return new StorageError(
      "another-bus",
      `Cannot open the database: another node is running on it ${theirs}, and this one is started ${ours}. ` +
        "All nodes of a server need the same: stop it, or choose another database",
    );
  }
  if (others.length === 0 || own.bus === "none") return undefined;
  if (own.bus === "alone") {
    return new StorageError(
      "another-bus",
      "Cannot open the database: another node is running on it, and neither knows of the other. " +
        "Start both with --bus, or choose another database",
    );
  }
  const heard = own.hears();
  if (others.some(({ instance }) => heard.includes(instance))) return undefined;
  return new StorageError(
    NOT_HEARD,
    "Cannot open the database: another node is running on it, and is not heard on the NATS of this one. " +
      "Choose the NATS that it has, or end what keeps it from it",
  );
}

const BUSES: Readonly<Record<string, string>> = {
  alone: "without --bus",
  none: "with --bus none",
  nats: "with --bus nats://…",
};

/** The same major version, and at most one minor version between. */
function isBeside(own: string, other: string): boolean {
  const [mine, theirs] = [own, other].map((version) => version.split(".").map(Number));
  return mine[0] === theirs[0] && Math.abs(mine[1] - theirs[1]) <= 1;
}

const NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
/** Those of another user are not shown, and not looked at. */
const LIST: PostgresQuery<{ name: string; lastMs: number }> = query(
  `SELECT application_name AS name,
      (extract(epoch FROM max(greatest(state_change, query_start))) * 1000)::bigint AS last_ms
    FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE $1
      AND greatest(state_change, query_start) > clock_timestamp() - $2 * interval '1 second'
    GROUP BY application_name`,
  (row) => ({ name: row.text("name"), lastMs: row.integer("last_ms") }),
);
