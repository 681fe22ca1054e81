/**
 * People who talk over TCP with a server program that is killed again and again (`kill -9`), through a proxy that cuts their
 * connections. Everything is drawn from a seed but the moment in which a kill hits. What came of it is for `checkHistory`.
 */

import { join } from "node:path";
import { MIGRATIONS } from "../../lib/server/store/sqlite/schema.ts";
import { Database } from "../../lib/storage/database.ts";
import { FaultProxy } from "./fault_proxy.ts";
import type { HistoryEvent } from "./history_checker.ts";
import { addAccount, makeProfile } from "./profiles.ts";
import { seeded } from "./seeded.ts";
import { ServerProcess } from "./server_process.ts";
import { Talker } from "./talker.ts";
import { TestServer } from "./test_server.ts";

/** As many as there are identities in tests/fixtures. */
const NAMES = ["alice", "bob", "carol", "dave"] as const;

/** How much is talked, and how often the server dies. */
export interface TalkPlan {
  readonly seed: number;
  readonly kills: number;
  /** Acknowledged texts between two kills, at most. */
  readonly textsPerKill: number;
  /** A planted fault: at the last kill the server's disk loses what waits. Only to see that it is found. */
  readonly losesMail?: boolean;
}

/** What was seen. */
export interface TalkRecord {
  readonly events: readonly HistoryEvent[];
  readonly kills: number;
  readonly cuts: number;
  readonly acknowledged: number;
}

/** Runs the plan in `folder`, which is empty. In the end everything that was said has had time to arrive. */
export async function talkThroughCrashes(folder: string, plan: TalkPlan): Promise<TalkRecord> {
  await using owned = new AsyncDisposableStack();
  const data = join(folder, "data");
  await Deno.mkdir(data);
  const profiles = await makePeople(folder, data);
  const server = owned.use(await ServerProcess.start({ folder, data }));
  const proxy = owned.use(FaultProxy.open(server.port));
  const events: HistoryEvent[] = [];
  const people: Talker[] = [];
  for (const [i, name] of NAMES.entries()) {
    people.push(
      owned.use(await Talker.open(profiles[i], name, { port: () => proxy.port, events })),
    );
  }
  const draw = seeded(plan.seed);
  const stop = new AbortController();
  const talking = people.map((person, i) => talk(person, seeded(plan.seed + 1 + i), stop.signal));
  const acknowledged = () => events.filter(({ type }) => type === "acknowledged").length;
  let cuts = 0;
  try {
    for (let kill = 0; kill < plan.kills; kill++) {
      await whenAtLeast(acknowledged, acknowledged() + 1 + draw(plan.textsPerKill), talking);
      if (draw(3) === 0) {
        proxy.cut();
        cuts++;
      }
      const isFaulty = plan.losesMail === true && kill === plan.kills - 1;
      await server.kill();
      if (isFaulty) loseMail(data);
      await server.resume();
    }
  } finally {
    stop.abort();
    await Promise.all(talking);
  }
  // Receipts, and the first texts of conversations that two began at once, take more than one round.
  for (let round = 0; round < 6; round++) for (const person of people) await person.settle();
  for (const person of people) await person.readAll(() => person.name);
  return { events, kills: plan.kills, cuts, acknowledged: acknowledged() };
}

/** Says and reads until `stop` aborts. */
async function talk(
  person: Talker,
  draw: (below: number) => number,
  stop: AbortSignal,
): Promise<void> {
  const others = NAMES.filter((name) => name !== person.name);
  while (!stop.aborted) {
    await person.tolerate(async () => {
      const contact = await person.client.findContact(others[draw(others.length)]);
      await person.say(contact.account);
      await person.flush();
      if (draw(4) === 0) await person.client.sync();
    });
  }
}

/** Waits for an event, not for a time; rejects when somebody has stopped talking. */
async function whenAtLeast(
  count: () => number,
  wanted: number,
  talking: readonly Promise<void>[],
): Promise<void> {
  const failed = Promise.race(talking).then(() => true);
  while (count() < wanted) {
    const pause = new Promise<false>((resolve) => setTimeout(() => resolve(false), 5));
    if (await Promise.race([failed, pause])) throw new Error("somebody stopped talking");
  }
}

/** Accounts in a server's data, and profiles that a session opens. */
async function makePeople(folder: string, data: string): Promise<readonly string[]> {
  await using server = await TestServer.open({ folder: data });
  const profiles: string[] = [];
  for (const [which, name] of NAMES.entries()) {
    const profile = join(folder, name);
    await Deno.mkdir(profile);
    await addAccount(
      server.parts,
      await makeProfile(server.parts, { folder: profile, name, which }),
    );
    profiles.push(profile);
  }
  return profiles;
}

/** Forgets the texts that wait in a server's data. */
function loseMail(data: string): void {
  using database = Database.open(join(data, "server.db"), { migrations: MIGRATIONS });
  const lost = database.command(
    "UPDATE envelope SET body = NULL WHERE type = 'message' AND body IS NOT NULL",
  ).run();
  if (lost === 0) throw new Error("nothing waited: another seed is needed");
}
