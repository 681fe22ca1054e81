/** Several nodes of one server over real PostgreSQL and NATS, and people with accounts on it. */

import { join } from "node:path";
import { PostgresStore } from "../../../lib/server/store/postgres/postgres_store.ts";
import { NatsServer } from "../nats.ts";
import { addAccount, makeProfile } from "../profiles.ts";
import { TestServer } from "../test_server.ts";
import { DatabasePair } from "./database_pair.ts";
import { FaultyNode } from "./node.ts";

/** As many as there are in tests/fixtures; accounts take turns in them. */
const IDENTITIES = 4;

/** Closing it ends everything. */
export interface FaultyCluster extends AsyncDisposable {
  readonly database: DatabasePair;
  readonly nats: NatsServer;
  readonly nodes: readonly FaultyNode[];
  /** Folders of profiles, by the names of their people. */
  readonly profiles: ReadonlyMap<string, string>;
}

/** In `folder`, which is empty and stays the caller's. */
export async function openCluster(
  folder: string,
  { nodes: nodeCount, people }: { nodes: number; people: number },
): Promise<FaultyCluster> {
  await using owned = new AsyncDisposableStack();
  const database = owned.use(await DatabasePair.start());
  const keys = join(folder, "keys");
  await Deno.mkdir(keys);
  const profiles = await makePeople(database, { folder, keys, count: people });
  const nats = owned.use(await NatsServer.start());
  const nodes: FaultyNode[] = [];
  for (let i = 1; i <= nodeCount; i++) {
    nodes.push(owned.use(
      await FaultyNode.start({
        ...{ name: `n${i}`, folder: join(folder, `n${i}`), keys },
        ...{ bus: { port: nats.port }, database: database.socket },
        user: database.primary.address.user,
      }),
    ));
  }
  const opened = owned.move();
  return {
    ...{ database, nats, nodes, profiles },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Accounts in the store, the server's keys in `keys`, and profiles that a session opens. */
async function makePeople(
  { primary }: DatabasePair,
  { folder, keys, count }: { folder: string; keys: string; count: number },
): Promise<ReadonlyMap<string, string>> {
  await using store = new PostgresStore(await primary.open(primary.address));
  await using server = await TestServer.open({ folder: keys, wrapStore: () => store });
  const profiles = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const name = `p${i}`;
    const profile = join(folder, name);
    await Deno.mkdir(profile);
    const made = await makeProfile(server.parts, { folder: profile, name, which: i % IDENTITIES });
    await addAccount(server.parts, made);
    profiles.set(name, profile);
  }
  return profiles;
}
