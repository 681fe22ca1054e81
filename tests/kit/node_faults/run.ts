/** People who talk at several nodes while everything goes wrong that is asked for, and what is wrong with what came of it. */

import { systemClock } from "../../../lib/base/clock.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import { checkHistory, type HistoryEvent } from "../history_checker.ts";
import { HANG_MS } from "../hang.ts";
import { seeded } from "../seeded.ts";
import { Talker } from "../talker.ts";
import { type FaultyCluster, openCluster } from "./cluster.ts";
import type { Fault } from "./faults.ts";
import { Resident, type Town, type TownRoom } from "./resident.ts";
import { RoomModel } from "./room_model.ts";
import { epochsOf, wrongNumbers } from "./store_numbers.ts";

/** How much of everything. */
export interface RunPlan {
  readonly seed: number;
  readonly nodes: number;
  readonly people: number;
  /** Those that strike, in this order. */
  readonly faults: readonly Fault[];
  readonly holdMs: number;
  readonly pauseMs: number;
  /** Acknowledged texts between two faults, at most. */
  readonly textsPerFault: number;
  readonly tell: (line: string) => void;
}

/** What happened; `wrong` is empty when nothing was. */
export interface RunRecord {
  readonly counts: Town["counts"];
  readonly acknowledged: number;
  readonly wrong: readonly string[];
}

/** People to a room, and rooms to as many people. */
const CIRCLE = 10;
const PEOPLE_PER_ROOM = 5;
/** How many rounds of sending and reading everything may take: an invitation, its commit, what is told again. */
const MOST_ROUNDS = 40;

/** In `folder`, which is empty and stays the caller's. Rejects where somebody cannot go on, or nobody gets anywhere. */
export async function runThroughFaults(folder: string, plan: RunPlan): Promise<RunRecord> {
  await using owned = new AsyncDisposableStack();
  const cluster = owned.use(await openCluster(folder, plan));
  const events: HistoryEvent[] = [];
  const draw = seeded(plan.seed);
  const port = () => cluster.nodes[draw(cluster.nodes.length)].process.port;
  const talkers: Talker[] = [];
  for (const [name, profile] of cluster.profiles) {
    const parts = { port, events, toleratesRefusals: true };
    talkers.push(owned.use(await Talker.open(profile, name, parts)));
  }
  const town = await settleTown(talkers);
  const residents = talkers.map((talker, i) =>
    new Resident(talker, town, {
      draw: seeded(plan.seed * 1_000 + i),
      friends: [1, 2].map((step) => talkers[(i + step) % talkers.length].name),
    })
  );
  const acknowledged = () => events.filter(({ type }) => type === "acknowledged").length;
  const stop = new AbortController();
  const living = residents.map((resident) => resident.live(stop.signal));
  try {
    for (let i = 0; i < plan.faults.length;) {
      const both = plan.faults.slice(i, i + (mayMeet(plan.faults, i) && draw(3) === 0 ? 2 : 1));
      i += both.length;
      await whenAtLeast(acknowledged, acknowledged() + 1 + draw(plan.textsPerFault), living);
      const names = both.map(({ name }) => name).join(" and ");
      plan.tell(`${i} of ${plan.faults.length}: ${names}, ${acknowledged()} acknowledged`);
      const struck = Promise.all(both.map((fault) => fault.strike(cluster, { draw, ...plan })));
      // Who cannot go on is told at once, and the fault ends first.
      await Promise.race([struck, Promise.all(living)]).finally(() => struck);
      for (const { name, process } of cluster.nodes) {
        if (!process.isRunning) throw new Error(`${name} ended by itself: ${await process.said}`);
      }
    }
    await whenAtLeast(acknowledged, acknowledged() + plan.textsPerFault, living);
  } finally {
    stop.abort();
    await Promise.all(living);
  }
  plan.tell("quiet");
  const unsettled = await quiesce(residents, town, cluster);
  const wrong = [...unsettled, ...await judge(talkers, town, { events, cluster })];
  return { counts: town.counts, acknowledged: acknowledged(), wrong };
}

/** Whether a fault and the next one can strike at the same time. */
function mayMeet(faults: readonly Fault[], at: number): boolean {
  const [on, other] = [faults[at].on, faults[at + 1]?.on];
  return on !== undefined && other !== undefined && on !== other;
}

/** Rooms with their hosts and half of their circles in them. */
async function settleTown(talkers: readonly Talker[]): Promise<Town> {
  for (const talker of talkers) await talker.connect();
  let moments = 0;
  const tick = () => ++moments;
  const rooms: TownRoom[] = [];
  for (let at = 0; at < talkers.length; at += PEOPLE_PER_ROOM) {
    const size = Math.min(CIRCLE, talkers.length);
    const those = Array.from({ length: size }, (_, i) => talkers[(at + i) % talkers.length]);
    const circle = those.map(({ client }) => client.profile.own.account);
    const [host] = those;
    const model = new RoomModel();
    const guests = circle.slice(1, 1 + Math.ceil(size / 2));
    for (const account of [host.name, ...guests]) model.invite(account, tick());
    rooms.push({ room: await found(host, guests), host: host.name, circle, model });
  }
  return { rooms, tick, counts: { texts: 0, invited: 0, removed: 0, left: 0, restarts: 0 } };
}

async function found({ client }: Talker, guests: readonly AccountId[]) {
  const contacts = await Promise.all(guests.map((guest) => client.findContact(guest)));
  const room = { guests: contacts, forceNew: false, name: "", topic: "" };
  return (await client.rooms.found(room)).room;
}

/** Waits for an event, not for a time; rejects when somebody has stopped, or nothing happens any more. */
async function whenAtLeast(
  count: () => number,
  wanted: number,
  living: readonly Promise<void>[],
): Promise<void> {
  const ended = Promise.race(living).then(() => true);
  const hang = systemClock.deadline(HANG_MS);
  while (count() < wanted) {
    hang.throwIfAborted();
    const pause = systemClock.sleep(5).then(() => false);
    if (await Promise.race([ended, pause])) throw new Error("somebody stopped");
  }
}

/** Everybody sends and reads until nothing comes of it any more. Returns what did not settle, in words. */
async function quiesce(
  residents: readonly Resident[],
  town: Town,
  cluster: FaultyCluster,
): Promise<readonly string[]> {
  let unsettled: readonly string[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    for (const resident of residents) {
      while (!await resident.finish());
      await resident.talker.settle();
      await resident.look();
    }
    unsettled = await disagreements(residents.map(({ talker }) => talker), town, cluster);
    if (unsettled.length === 0 && round >= 6) return [];
  }
  return unsettled;
}

/** Where the members of a room and the store see different things. */
async function disagreements(
  talkers: readonly Talker[],
  town: Town,
  { database: { primary } }: FaultyCluster,
): Promise<readonly string[]> {
  await using database = await primary.connect(primary.address);
  const epochs = await epochsOf(database);
  const wrong: string[] = [];
  for (const { name, client } of talkers) {
    const waiting = client.messenger.outbox.after(0, 10);
    if (waiting.length > 0) wrong.push(`${name} has not sent everything`);
    for (
      const { room, circle, model } of town.rooms.filter((one) =>
        one.circle.includes(client.profile.own.account)
      )
    ) {
      const known = await client.rooms.find(room);
      const isIn = model.presentOf(name) !== undefined;
      if (!isIn) {
        if (known !== undefined) wrong.push(`${name} sees ${room} and is out`);
        continue;
      }
      const members = [...known?.members.keys() ?? []].toSorted().join();
      if (members !== model.inside.join()) {
        wrong.push(
          `${name} sees ${members} in ${room}, where ${model.inside} of ${circle.length} are`,
        );
      }
      const group = known && await client.messenger.groups.load(known.conversation);
      const epoch = known && epochs.get(known.conversation);
      if (group?.state.epoch !== epoch) {
        wrong.push(`${name} is in epoch ${group?.state.epoch} of ${room}, which is in ${epoch}`);
      }
    }
  }
  return wrong;
}

async function judge(
  talkers: readonly Talker[],
  town: Town,
  { events, cluster: { database: { primary } } }: {
    events: HistoryEvent[];
    cluster: FaultyCluster;
  },
): Promise<readonly string[]> {
  for (const talker of talkers) {
    await talker.readAll((peer) => peer.startsWith("#") ? peer : talker.name);
  }
  const isRoom = (to: string) => to.startsWith("#");
  const findings = checkHistory(events, (to) => isRoom(to) ? [] : [to]);
  const wrong = findings.map(({ violation, by, text, at }) =>
    `${violation}: "${text}" of ${by} with ${at}`
  );
  for (const { room, circle, model } of town.rooms) {
    for (const account of circle) {
      const read = events.flatMap((event) =>
        event.type === "shown" && event.at === account && event.to === room ? [event.text] : []
      );
      wrong.push(...model.judge(account, new Set(read)).map((one) => `${one} in ${room}`));
    }
  }
  await using database = await primary.connect(primary.address);
  return [...wrong, ...await wrongNumbers(database)];
}
