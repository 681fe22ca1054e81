import { deepEqual, equal, match } from "node:assert/strict";
import { encodeBase64 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { hashBotToken, newBotToken } from "../../../lib/crypto/keys/token.ts";
import type { Scope } from "../../../lib/protocol/permissions.ts";
import { Operator } from "../../../lib/server/health/operator.ts";
import { findInFolder } from "../../kit/canary.ts";
import { type RawAccount, registered, signAsDevice } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

const HOUR_MS = 3600_000;

/** Gives the account's device a token. */
async function bind(server: TestServer, bot: RawAccount, scopes: readonly Scope[]) {
  const token = newBotToken(systemRandom);
  const nowMs = server.clock.nowMs();
  await server.parts.store.setBotToken({
    account: bot.person.accountId,
    device: bot.device.id,
    hash: await hashBotToken(token),
    scopes,
    createdMs: nowMs,
    expiresMs: nowMs + HOUR_MS,
  });
  return encodeBase64(token);
}

async function signIn(server: TestServer, bot: RawAccount, token: string | undefined) {
  const client = await server.handshake();
  const { header } = await client.ask("login.device", {
    account: bot.person.accountId,
    device: bot.device.id,
    signature: await signAsDevice(client.handshake, bot.person, bot.device),
    ...(token === undefined ? {} : { token }),
  });
  return { client, header };
}

Deno.test("SR-48: a device with a token needs key and token, and a device without one needs none", async () => {
  await using server = await TestServer.open();
  const bot = await registered(server, "bot");
  equal((await signIn(server, bot, undefined)).header.kind, "login.device-done");
  const token = await bind(server, bot, ["receive"]);
  const other = encodeBase64(newBotToken(systemRandom));
  for (const wrong of [undefined, other, token.slice(0, 40), ""]) {
    const { header } = await signIn(server, bot, wrong);
    equal(header.kind === "failure" ? header.code : header.kind, "bot-token-refused", wrong);
  }
  equal((await signIn(server, bot, token)).header.kind, "login.device-done");
  // The token of somebody else's device is of no use, and the token alone neither.
  const thief = await registered(server, "thief", { which: 1 });
  const client = await server.handshake();
  equal(
    await client.refused("login.device", {
      account: bot.person.accountId,
      device: bot.device.id,
      signature: await signAsDevice(client.handshake, thief.person, thief.device),
      token,
    }),
    "device-refused",
  );
});

Deno.test("SR-48: the router refuses what a token does not allow, whatever the request holds", async () => {
  await using server = await TestServer.open();
  const bot = await registered(server, "bot");
  const { client } = await signIn(server, bot, await bind(server, bot, ["receive"]));
  const refused = [
    ["relay.send", {}],
    ["login.password-start", { opaque: "x" }],
    ["login.logout", {}],
    ["device.remove", { sizes: [] }],
    ["moderation.grant", { account: "bot", role: "owner" }],
    ["moderation.kick", {}],
    ["broadcast.send", {}],
    ["room.create", {}],
    ["video.list", {}],
  ] as const;
  for (const [kind, fields] of refused) {
    equal(await client.refused(kind, fields), "not-permitted", kind);
  }
  const { header } = await client.ask("login.logout", {});
  match(String(header.message), /only: receive/);
  equal((await client.ask("relay.list", {})).header.kind, "relay.conversations");
});

Deno.test("SR-48: a token ends at its time, also under a session that is open", async () => {
  await using server = await TestServer.open();
  const bot = await registered(server, "bot");
  const token = await bind(server, bot, ["receive"]);
  const { client } = await signIn(server, bot, token);
  server.clock.jumpWallClock(HOUR_MS - 1);
  equal((await client.ask("relay.list", {})).header.kind, "relay.conversations");
  server.clock.jumpWallClock(1);
  client.send({ kind: "server.ping" });
  await client.ended;
  const { header } = await signIn(server, bot, token);
  equal(header.kind === "failure" && header.code, "bot-token-refused");
});

Deno.test("SR-47: a token dies with the sign-out of its device, and ends its sessions when it is replaced", async () => {
  await using server = await TestServer.open();
  const bot = await registered(server, "bot");
  const token = await bind(server, bot, ["receive"]);
  const { client } = await signIn(server, bot, token);
  const operator = new Operator(server.parts, server.host);
  equal(await operator.endDevice(bot.device.id), 1);
  await client.ended;
  await server.idle();
  equal(await operator.endDevice(bot.device.id), 0);
  // As a change of password does.
  const { accountId: account } = bot.person;
  await server.parts.store.setSignedIn({ account, device: bot.device.id, signedIn: false });
  const { header } = await signIn(server, bot, token);
  equal(header.kind === "failure" && header.code, "not-signed-in");
});

Deno.test("SR-47: the server keeps no token, only its hash", async () => {
  await using server = await TestServer.open();
  const bot = await registered(server, "bot");
  const token = await bind(server, bot, ["receive", "send"]);
  deepEqual(findInFolder(server.folder, token), []);
  const { store } = server.parts;
  const found = await store.findBotToken(bot.device.id);
  deepEqual(found?.scopes, ["receive", "send"]);
  const listed = await store.listBotTokens({ limit: 9 });
  deepEqual(listed.map(({ account }) => account), ["bot"]);
  deepEqual(
    [await store.removeBotToken(bot.device.id), await store.removeBotToken(bot.device.id)],
    [
      true,
      false,
    ],
  );
});

Deno.test("SR-48: a token that a device is given while it signs in is asked for, and one that is taken away holds no more", async () => {
  await using server = await TestServer.open();
  const bot = await registered(server, "bot");
  const { store } = server.parts;
  const { enter } = store;
  // The last that a sign-in asks of the store.
  const meanwhile = (action: () => Promise<unknown>) =>
    Object.assign(store, {
      enter: async (...args: Parameters<typeof enter>) => {
        Object.assign(store, { enter });
        await action();
        return await store.enter(...args);
      },
    });
  meanwhile(() => bind(server, bot, ["receive"]));
  const given = await signIn(server, bot, undefined);
  equal(given.header.kind === "failure" && given.header.code, "bot-token-refused");
  const token = await bind(server, bot, ["receive"]);
  meanwhile(() => bind(server, bot, ["receive"]));
  const replaced = await signIn(server, bot, token);
  equal(replaced.header.kind === "failure" && replaced.header.code, "bot-token-refused");
});
