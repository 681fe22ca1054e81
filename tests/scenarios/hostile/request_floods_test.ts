/** What one account, one connection, or one address may cost a server by asking. */

import { equal, ok } from "node:assert/strict";
import { hashToken } from "../../../lib/crypto/keys/token.ts";
import {
  ACCOUNT_DATA_PAGE_MAX_BYTES,
  ACCOUNT_DATA_WRITE_RATE,
  LIBRARY_RATE,
  REGISTRATION_RATE,
  REQUEST_RATE,
  VIDEOS_MAX,
  VIDEOS_PER_ACCOUNT_MAX,
} from "../../../lib/protocol/limits.ts";
import { settle } from "../../kit/clock.ts";
import { makeAccount, ready, register, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { TestServer } from "../../kit/test_server.ts";

/** How many answers came, once nothing moves any more. */
async function answered(clients: readonly RawClient[]): Promise<number> {
  const count = () =>
    clients.reduce(
      (sum, { waiting }) =>
        sum + waiting.filter(({ header: { kind } }) => kind === "keys.left").length,
      0,
    );
  for (let same = 0, last = count(); same < 50;) {
    await settle();
    const now = count();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return count();
}

Deno.test("an account that floods is answered at its rate, over however many connections, and others at once", async () => {
  await using server = await TestServer.open();
  const account = await registered(server, "eve");
  const bob = await ready(server, await registered(server, "bob", { which: 1 }));
  const clients = [await ready(server, account), await ready(server, account)];
  const each = REQUEST_RATE.burst / 2 + 1_000;
  for (const client of clients) {
    for (let i = 0; i < each; i++) {
      client.send({ kind: "keys.count", request: 10_000 + i });
    }
  }
  equal(await answered(clients), REQUEST_RATE.burst);
  await bob.get("keys.count");
  await server.clock.advance(1000);
  const later = await answered(clients);
  ok(
    later > REQUEST_RATE.burst && later <= REQUEST_RATE.burst + REQUEST_RATE.perSecond,
    `${later}`,
  );
  // Nothing of it is refused or lost.
  while (await answered(clients) < 2 * each) await server.clock.advance(1000);
  // One that goes while it waits leaves nothing behind.
  for (let i = 0; i < 1000; i++) clients[0].send({ kind: "keys.count", request: 50_000 + i });
  await answered(clients);
  await clients[0].close();
  await server.clock.advance(5000);
  await settle();
  equal(server.parts.sessions.count, 2);
});

Deno.test("pages of the notebook are written at a rate, and what is refused changes nothing", async () => {
  await using server = await TestServer.open();
  const account = await registered(server, "alice");
  const [one, two] = [await ready(server, account), await ready(server, account)];
  const body = new Uint8Array(ACCOUNT_DATA_PAGE_MAX_BYTES);
  const most = Math.floor(ACCOUNT_DATA_WRITE_RATE.burst / body.length);
  let follows: string | undefined;
  let refused: unknown;
  let written = 0;
  for (let i = 0; i < most + 2; i++) {
    const version = `${i}`.padStart(32, "0");
    const link = follows === undefined ? {} : { follows };
    const fields = { page: "people", version, ...link };
    const { header } = await (i % 2 === 0 ? one : two).ask("device.write-page", fields, body);
    if (header.kind === "failure") {
      refused = header.code;
      break;
    }
    follows = version;
    written++;
  }
  equal(refused, "rate-limited");
  ok(written >= most - 1 && written <= most, `${written} of ${most}`);
  equal((await two.get("device.read-page", { page: "people" })).version, follows);
  const other = await ready(server, await registered(server, "bob", { which: 1 }));
  const first = { page: "people", version: "0".repeat(32) };
  equal((await other.get("device.write-page", first, body)).written, true);
  await server.clock.advance(1000);
  const next = { page: "people", version: "f".repeat(32), follows };
  equal((await one.get("device.write-page", next, body)).written, true);
});

Deno.test("the library is looked at so often, and then at a rate", async () => {
  await using server = await TestServer.open();
  const account = await registered(server, "alice");
  const [one, two] = [await ready(server, account), await ready(server, account)];
  for (let i = 0; i < LIBRARY_RATE.burst; i++) {
    await (i % 2 === 0 ? one : two).ask("video.list", {});
  }
  equal(await one.refused("video.list", {}), "rate-limited");
  const open = { video: "x", mode: "thirds", speed: 1 };
  equal(await two.refused("video.open", open), "rate-limited");
  await server.clock.advance(1000);
  equal(await two.refused("video.open", open), "unknown-video");
});

/** Opens whatever is asked for. Counts what was closed. */
function anyVideo(
  library: TestServer["parts"]["library"],
  { isReady = false } = {},
): { closed: number } {
  const count = { closed: 0 };
  library.open = (name, _mode, admit) => {
    admit({ name, isReady });
    return Promise.resolve({
      ...{ name, total: 1, durationMs: 1, plan: { ptsMs: [0] } },
      close: () => count.closed++,
      // deno-lint-ignore no-explicit-any
    } as any);
  };
  return count;
}

Deno.test("an account opens no more different videos than the limit, and a connection no more than its own", async () => {
  await using server = await TestServer.open();
  const account = await registered(server, "alice");
  const count = anyVideo(server.parts.library);
  const open = (video: number) => ({ video: `v${video}`, mode: "thirds", speed: 1 });
  const clients: RawClient[] = [];
  let next = 0;
  for (let i = 0; i < VIDEOS_PER_ACCOUNT_MAX / VIDEOS_MAX; i++) {
    const client = await ready(server, account);
    clients.push(client);
    for (let j = 0; j < VIDEOS_MAX; j++) await client.get("video.open", open(next++));
    equal(await client.refused("video.open", open(0)), "too-many");
  }
  const further = await ready(server, account);
  equal(await further.refused("video.open", open(next)), "too-many");
  // Another mode is another one.
  const other = { ...open(1), mode: "fixed:240p" };
  equal(await further.refused("video.open", other), "too-many");
  await clients[0].get("video.control", { stream: 1, action: "stop", epoch: 0 });
  // Two at once for one place.
  const late = await ready(server, account);
  const codes = await Promise.all(
    [further, late].map(async (client, i) =>
      (await client.ask("video.open", open(100 + i))).header.code
    ),
  );
  equal(codes.filter((code) => code === "too-many").length, 1);
  await Promise.all([...clients, further, late].map((client) => client.close()));
  await server.idle();
  equal(count.closed >= VIDEOS_PER_ACCOUNT_MAX, true);
});

Deno.test("D13: a class watches one video with one account, whatever else the account watches", async () => {
  await using server = await TestServer.open();
  const account = await registered(server, "guest");
  anyVideo(server.parts.library);
  const open = (video: string) => ({ video, mode: "thirds", speed: 1 });
  for (let i = 0; i < 30; i++) {
    const pupil = await ready(server, account);
    await pupil.get("video.open", open("lesson"));
    if (i < VIDEOS_PER_ACCOUNT_MAX - 1) await pupil.get("video.open", open(`own ${i}`));
    else equal(await pupil.refused("video.open", open(`own ${i}`)), "too-many");
  }
});

Deno.test("D13: a class watches as many different videos with one account as are ready", async () => {
  await using server = await TestServer.open();
  const account = await registered(server, "guest");
  anyVideo(server.parts.library, { isReady: true });
  for (let i = 0; i <= VIDEOS_PER_ACCOUNT_MAX; i++) {
    const pupil = await ready(server, account);
    await pupil.get("video.open", { video: `own ${i}`, mode: "thirds", speed: 1 });
  }
});

for (
  const [what, wrong] of [
    ["an epoch below zero", { action: "seek", epoch: -1 }],
    ["half an epoch", { action: "seek", epoch: 0.5 }],
    ["a speed of endless pictures", { action: "speed", epoch: 1, speed: 1e9 }],
    ["a negative place", { action: "seek", epoch: 1, positionMs: -1 }],
    ["no action that there is", { action: "explode", epoch: 1 }],
  ] as const
) {
  Deno.test(`a video is not controlled with ${what}`, async () => {
    await using server = await TestServer.open();
    const client = await ready(server, await registered(server, "alice"));
    equal(await client.refused("video.control", { stream: 1, ...wrong }), "bad-message");
    client.send({ kind: "video.credit", stream: 1, epoch: 0, frames: -1, bytes: 1 });
    await client.ended;
  });
}

Deno.test("who is open to everybody makes so many accounts for one network, then at a rate", async () => {
  const registrationRate = { burst: 2, perSecond: 1 / 60 };
  await using server = await TestServer.open({ registrationRate });
  const tryOne = async (name: string, address: string) => {
    const client = await server.handshake(address);
    const { header } = await register(server, client, { account: await makeAccount(server, name) });
    await client.close();
    return header.kind === "failure" ? header.code : header.kind;
  };
  equal(await tryOne("a1", "192.0.2.7"), "login.registered");
  equal(await tryOne("a2", "192.0.2.7"), "login.registered");
  equal(await tryOne("a3", "192.0.2.7"), "rate-limited");
  // Another network is not concerned; IPv6 counts by what one subscriber has.
  equal(await tryOne("b1", "2001:db8:0:1::1"), "login.registered");
  equal(await tryOne("b2", "2001:db8:0:1:ffff::9"), "login.registered");
  equal(await tryOne("b3", "2001:db8:0:1:1::2"), "rate-limited");
  equal(await tryOne("b3", "2001:db8:0:2::1"), "login.registered");
  await server.clock.advance(60_000);
  equal(await tryOne("a3", "192.0.2.7"), "login.registered");
  ok(REGISTRATION_RATE.burst >= 30, "a class registers at once");
});

Deno.test("an invite is not held back by what others of its network have registered", async () => {
  const registrationRate = { burst: 1, perSecond: 1 / 60 };
  await using server = await TestServer.open({ registrationRate, registration: "invite" });
  const token = new Uint8Array(16).fill(7);
  const expiresMs = server.clock.nowMs() + 1e9;
  await server.parts.store.addToken({ hash: await hashToken(token), uses: 3, expiresMs });
  for (const name of ["a1", "a2", "a3"]) {
    const client = await server.handshake("192.0.2.7");
    const account = await makeAccount(server, name);
    const { header } = await register(server, client, { account, token });
    equal(header.kind, "login.registered");
  }
});
