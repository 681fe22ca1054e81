/** Several processes on one profile, some of them killed: everything arrives once, and no key is used twice (SR-22). */

import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { Client } from "../../../lib/client/client.ts";
import { performHandshake } from "../../../lib/client/link/handshake.ts";
import { ProfileKeeper } from "../../../lib/client/profile/keeper.ts";
import { KnownServers } from "../../../lib/client/link/known_servers.ts";
import { Server } from "../../../lib/server/server.ts";
import { addAccount, makeProfile } from "../../kit/profiles.ts";

const IS_SLOW = Deno.env.get("SLOW") === "1";
const PROCESSES = IS_SLOW ? 8 : 3;
const TEXTS = IS_SLOW ? 200 : 20;
/** How often each process is killed. A killed receiver's lease runs out after 10 s. */
const KILLS = IS_SLOW ? 6 : 1;

const surroundings = { clock: systemClock, random: systemRandom };

async function openServer(folder: string): Promise<Server> {
  const videoFolder = join(folder, "videos");
  await Deno.mkdir(videoFolder);
  return await Server.open({
    ...surroundings,
    dataFolder: join(folder, "data"),
    cacheFolder: join(folder, "cache"),
    videoFolder,
    listen: { host: "127.0.0.1", port: 0 },
    tls: "off",
    registration: "open",
    loginAttempts: 3,
    lockSeconds: 60,
    ffmpegPath: undefined,
    frameQuotaBytes: 1 << 20,
    maxConnections: 100,
    spoolDescriptors: 100,
  });
}

async function openClient(folder: string, port: number, owned: AsyncDisposableStack) {
  const keeper = owned.use(await ProfileKeeper.open(folder, surroundings));
  const client = owned.use(new Client(await keeper.unlock()));
  const known = new KnownServers(keeper.database, systemClock);
  await client.connect(
    await performHandshake({ host: "127.0.0.1", port }, {
      ...surroundings,
      known,
      trust: { kind: "none" },
      tls: "off",
    }),
  );
  return client;
}

/** One process, and the lines that it prints. */
class User {
  readonly child: Deno.ChildProcess;
  readonly lines: AsyncIterator<string>;

  constructor(...args: string[]) {
    const script = join(import.meta.dirname ?? ".", "profile_user.ts");
    this.child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", script, ...args],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.lines = lines(this.child.stdout);
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    while (!(await this.lines.next()).done);
    await this.child.status;
  }
}

async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

/** Sends all texts of one name, killed and started again on the way. */
async function sendAll(folder: string, port: number, name: string): Promise<void> {
  let next = 1;
  for (let kills = 0; next <= TEXTS; kills++) {
    const user = new User(folder, String(port), "send", String(next), String(TEXTS), name);
    const until = kills < KILLS ? Math.ceil(TEXTS * (kills + 1) / (KILLS + 1)) : TEXTS + 1;
    for (;;) {
      const line = await user.lines.next();
      if (line.done) break;
      next = Number(line.value) + 1;
      if (next > until) break;
    }
    if (next > TEXTS) assert.equal((await user.child.status).code, 0);
    else await user.kill();
  }
}

/** Receives until `count` texts are stored, killed and started again on the way. */
async function receiveAll(
  args: readonly [folder: string, port: string],
  count: number,
  stored: () => Promise<number>,
): Promise<void> {
  for (let kills = 0; await stored() < count; kills++) {
    const user = new User(...args, "receive");
    const until = kills < KILLS ? Math.ceil(count * (kills + 1) / (KILLS + 1)) : count;
    // A line comes after what it tells is stored; a killed one may have stored more than it told.
    while (!(await user.lines.next()).done && await stored() < until);
    await user.kill();
  }
}

Deno.test("SR-22: many processes send beside one that receives, all killed at times: everything arrives once", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "processes-" });
  await using owned = new AsyncDisposableStack();
  owned.defer(() => Deno.remove(folder, { recursive: true }));
  const server = owned.use(await openServer(folder));
  const { port } = server.address;
  const shared = join(folder, "alice");
  const [alice, bob] = [{ folder: shared, name: "alice", which: 0 }, {
    folder: join(folder, "bob"),
    name: "bob",
    which: 1,
  }];
  for (const facts of [alice, bob]) {
    await addAccount(server.parts, await makeProfile(server.parts, facts));
  }
  const peer = await openClient(bob.folder, port, owned);
  await peer.publishKeys();
  const reader = await openClient(alice.folder, port, owned);
  await reader.publishKeys();

  const count = PROCESSES * TEXTS;
  const names = Array.from({ length: PROCESSES }, (_, i) => `sender${i}`);
  const textsOf = async (client: Client) =>
    (await client.messenger.history.after(0)).filter(({ kind, own }) => kind === "text" && !own);
  await peer.receiving(async () => {
    // Bob answers each text, so that the receiver has as much to do as the senders.
    const { promise: answered, resolve, reject } = Promise.withResolvers<void>();
    let answers = 0;
    const answer = async (text: string) => {
      await peer.write(reader.profile.own.account, `re: ${text}`);
      await peer.flush();
      if (++answers === count) resolve();
    };
    peer.listen((event) => {
      if (event.type !== "entry" || event.entry.kind !== "text") return;
      answer(event.entry.text).catch(reject);
    });
    const receiving = receiveAll(
      [shared, String(port)],
      count,
      async () => (await textsOf(reader)).length,
    );
    await Promise.all(names.map((name) => sendAll(shared, port, name)));
    await answered;
    await receiving;
  });

  const wanted = names.flatMap((name) =>
    Array.from({ length: TEXTS }, (_, i) => `${name} ${i + 1}`)
  );
  const received = await textsOf(peer);
  assert.deepEqual(received.map(({ text }) => text).sort(), wanted.toSorted());
  for (const name of names) {
    const own = received.filter(({ text }) => text.startsWith(`${name} `));
    assert.deepEqual(own.map(({ text }) => text), wanted.filter((it) => it.startsWith(`${name} `)));
  }

  const answers = (await textsOf(reader)).map(({ text }) => text);
  assert.deepEqual(answers.toSorted(), wanted.map((text) => `re: ${text}`).toSorted());
  for (const client of [peer, reader]) {
    const notices = (await client.messenger.history.after(0)).filter(({ kind }) =>
      kind === "notice"
    );
    assert.deepEqual(notices.map(({ id, text }) => `${id}: ${text}`), []);
  }
});
