/**
 * People who talk over TCP with a server program that is killed again and again (`kill -9`), through a proxy that cuts their
 * connections. Everything is drawn from a seed but the moment in which a kill hits. What came of it is for `checkHistory`.
 */

import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import { TransportError } from "../../lib/base/errors.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { Client } from "../../lib/client/client.ts";
import { performHandshake } from "../../lib/client/link/handshake.ts";
import { KnownServers } from "../../lib/client/link/known_servers.ts";
import { refillKeyPackages } from "../../lib/client/groups/key_packages.ts";
import { ProfileKeeper } from "../../lib/client/profile/keeper.ts";
import { MIGRATIONS } from "../../lib/server/store/sqlite/schema.ts";
import { Database } from "../../lib/storage/database.ts";
import { SERVER_PERMISSIONS } from "../../tools/permissions.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { FaultProxy } from "./fault_proxy.ts";
import { HANG_MS } from "./hang.ts";
import type { HistoryEvent } from "./history_checker.ts";
import { addAccount, makeProfile } from "./profiles.ts";
import { seeded } from "./seeded.ts";
import { TestServer } from "./test_server.ts";

/** As many as there are identities in tests/fixtures. */
const NAMES = ["alice", "bob", "carol", "dave"] as const;
/** Between two tries to reach a server that is gone: it takes half a second to come back. */
const RETRY_MS = 50;

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
  const server = owned.use(await CrashingServer.start(folder, data));
  const proxy = owned.use(FaultProxy.open(server.port));
  const events: HistoryEvent[] = [];
  const people: Talker[] = [];
  for (const [i, name] of NAMES.entries()) {
    people.push(owned.use(await Talker.open(profiles[i], name, { port: proxy.port, events })));
  }
  const draw = seeded(plan.seed);
  const stop = new AbortController();
  const talking = people.map((person, i) => person.talk(seeded(plan.seed + 1 + i), stop.signal));
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
      await server.crash(isFaulty ? loseMail : undefined);
    }
  } finally {
    stop.abort();
    await Promise.all(talking);
  }
  // Receipts, and the first texts of conversations that two began at once, take more than one round.
  for (let round = 0; round < 6; round++) for (const person of people) await person.settle();
  for (const person of people) await person.readAll();
  return { events, kills: plan.kills, cuts, acknowledged: acknowledged() };
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

/** The server program on one port, over and over. */
class CrashingServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #data: string;
  #child: Deno.ChildProcess | undefined;
  #pid: number | undefined;
  port = 0;

  private constructor(folder: string, data: string) {
    this.#folder = folder;
    this.#data = data;
  }

  static async start(folder: string, data: string): Promise<CrashingServer> {
    const server = new CrashingServer(folder, data);
    await server.#start();
    return server;
  }

  /** `kill -9`, and a start on what that left, and on what `meanwhile` made of it. */
  async crash(meanwhile?: (data: string) => void): Promise<void> {
    await this.#kill();
    meanwhile?.(this.#data);
    await this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kill();
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    // From source the program may be a child of what was started (decision 0051), which ends with it.
    if (this.#pid === undefined) child.kill("SIGKILL");
    else Deno.kill(this.#pid, "SIGKILL");
    await child.status;
  }

  async #start(): Promise<void> {
    const readyFile = join(this.#folder, "ready.json");
    await Deno.remove(readyFile).catch(() => undefined);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-check", "--config", join(PROJECT_ROOT, "deno.json")],
        ...[...SERVER_PERMISSIONS, join(PROJECT_ROOT, "server.ts"), "serve", "--no-console"],
        ...["--listen", `127.0.0.1:${this.port}`, "--tls", "off", "--data", this.#data],
        ...["--ready-file", readyFile],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#child = child;
    this.#pid = undefined;
    const said = new Response(child.stderr).text();
    let ended: number | undefined;
    void child.status.then(({ code }) => ended = code);
    const limit = performance.now() + HANG_MS;
    for (let text = ""; !text.trimEnd().endsWith("}");) {
      if (ended !== undefined) {
        this.#child = undefined;
        throw new Error(`the server ended with ${ended} instead of coming back: ${await said}`);
      }
      if (performance.now() > limit) throw new Error("the server did not come back");
      await new Promise((resolve) => setTimeout(resolve, 10));
      text = await Deno.readTextFile(readyFile).catch(() => "");
      if (text.trimEnd().endsWith("}")) {
        const ready = JSON.parse(text);
        this.port = ready.port;
        this.#pid = ready.pid;
      }
    }
  }
}

/** One person, whose program lives on while connections come and go. */
class Talker implements AsyncDisposable {
  readonly name: string;
  readonly #keeper: ProfileKeeper;
  readonly #client: Client;
  readonly #at: { port: number; events: HistoryEvent[] };
  readonly #unacknowledged = new Map<string, string>();
  #count = 0;

  private constructor(
    name: string,
    opened: { keeper: ProfileKeeper; client: Client },
    at: { port: number; events: HistoryEvent[] },
  ) {
    this.name = name;
    this.#keeper = opened.keeper;
    this.#client = opened.client;
    this.#at = at;
  }

  static async open(
    profile: string,
    name: string,
    at: { port: number; events: HistoryEvent[] },
  ): Promise<Talker> {
    const keeper = await ProfileKeeper.open(profile, { clock: systemClock, random: systemRandom });
    return new Talker(name, { keeper, client: new Client(await keeper.unlock()) }, at);
  }

  /** Says and reads until `stop` aborts. */
  async talk(draw: (below: number) => number, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#tolerate(async () => {
        await this.#say(draw);
        await this.#client.flush();
        this.#noteAcknowledged();
        if (draw(4) === 0) await this.#client.sync();
      });
    }
  }

  /** Sends and takes up what waits. */
  async settle(): Promise<void> {
    for (let isDone = false; !isDone;) {
      isDone = await this.#tolerate(async () => {
        await this.#client.flush();
        this.#noteAcknowledged();
        await this.#client.sync();
      });
    }
  }

  /** Writes down what this person was shown. */
  async readAll(): Promise<void> {
    for (const { kind, own, from, text } of await this.#client.messenger.history.after(0)) {
      if (kind !== "text" || own) continue;
      this.#at.events.push({ type: "shown", at: this.name, by: from, to: this.name, text });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    this.#keeper.close();
  }

  async #say(draw: (below: number) => number): Promise<void> {
    const others = NAMES.filter((name) => name !== this.name);
    const to = others[draw(others.length)];
    const contact = await this.#client.findContact(to);
    const text = `${this.name} ${++this.#count}`;
    this.#at.events.push({ type: "said", by: this.name, to, text });
    this.#unacknowledged.set(await this.#client.write(contact.account, text), text);
  }

  #noteAcknowledged(): void {
    for (const [id, text] of this.#unacknowledged) {
      const state = this.#client.deliveryOf(id);
      if (state !== "sent" && state !== "delivered") continue;
      this.#unacknowledged.delete(id);
      this.#at.events.push({ type: "acknowledged", by: this.name, text });
    }
  }

  /** Does what needs a connection; false when there was none, after a pause. */
  async #tolerate(action: () => Promise<void>): Promise<boolean> {
    try {
      if (!this.#client.isOnline) await this.#connect();
      await action();
      return true;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      await systemClock.sleep(RETRY_MS);
      return false;
    }
  }

  async #connect(): Promise<void> {
    const { profile } = this.#client;
    await this.#client.close();
    const handshake = await performHandshake({ host: "127.0.0.1", port: this.#at.port }, {
      known: new KnownServers(profile.database, systemClock),
      trust: { kind: "none" },
      tls: "off",
      clock: systemClock,
      random: systemRandom,
    });
    await this.#client.connect(handshake);
    await refillKeyPackages(profile, this.#client.link, { atMost: 6 });
  }
}
