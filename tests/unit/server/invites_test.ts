import assert from "node:assert/strict";
import { encodeBase64 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { hashToken, newToken } from "../../../lib/crypto/keys/token.ts";
import { makeAccount, ready, register, registered } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

const DAY_SECONDS = 86_400;

/** A server that wants invites, and somebody who is there already. */
async function openInvited(options: Parameters<typeof TestServer.open>[0] = {}) {
  const { registration = "invite" } = options;
  const server = await TestServer.open({ ...options, registration: "open" });
  const alice = await registered(server, "alice");
  await server.parts.accounts.setPolicy({ registration });
  return { server, alice, atAlice: await ready(server, alice) };
}

async function inviteFields(uses: number, forSeconds = DAY_SECONDS) {
  const token = newToken(systemRandom);
  return { token, fields: { hash: encodeBase64(await hashToken(token)), uses, forSeconds } };
}

Deno.test("SR-44: an invite of a member lets as many people register as it says, until it expires", async () => {
  const { server, atAlice } = await openInvited();
  await using _ = server;
  const { token, fields } = await inviteFields(1);
  const made = await atAlice.get("invite.make", fields);
  assert.equal(made.expiresMs, server.clock.nowMs() + DAY_SECONDS * 1000);
  const bob = await makeAccount(server, "bob", 1);
  const { header } = await register(server, await server.handshake(), { account: bob, token });
  assert.equal(header.kind, "login.registered");
  const carol = await makeAccount(server, "carol", 2);
  const again = await register(server, await server.handshake(), { account: carol, token });
  assert.equal(again.header.code, "token-refused");
  const late = await inviteFields(1, 60);
  await atAlice.get("invite.make", late.fields);
  await server.clock.advance(60_000);
  const expired = { account: carol, token: late.token };
  const refused = await register(server, await server.handshake(), expired);
  assert.equal(refused.header.code, "token-refused");
});

Deno.test("a member invites so many people a day, and after a day again; who may more is not counted", async () => {
  const { server, alice, atAlice } = await openInvited({ invites: 3 });
  await using _ = server;
  const make = async (uses: number) => (await inviteFields(uses)).fields;
  assert.equal(await atAlice.refused("invite.make", await make(4)), "not-permitted");
  await atAlice.get("invite.make", await make(2));
  assert.equal(await atAlice.refused("invite.make", await make(2)), "rate-limited");
  await atAlice.get("invite.make", await make(1));
  assert.equal(await atAlice.refused("invite.make", await make(1)), "rate-limited");
  await server.clock.advance(DAY_SECONDS * 1000);
  const tomorrow = await ready(server, alice);
  await tomorrow.get("invite.make", await make(3));
  await server.parts.moderation.grant("operator", alice.person.accountId, "moderator");
  await tomorrow.get("invite.make", await make(1000));
});

Deno.test("invites = 0 leaves inviting to moderators and owners, also while the server runs", async () => {
  const { server, alice, atAlice } = await openInvited();
  await using _ = server;
  server.parts.invites.setLimit(0);
  const { fields } = await inviteFields(1);
  assert.equal(await atAlice.refused("invite.make", fields), "not-permitted");
  await server.parts.moderation.grant("operator", alice.person.accountId, "moderator");
  await atAlice.get("invite.make", fields);
});

Deno.test("an invite is of no use to nobody, for no time, of no token, or for more than the limits", async () => {
  const { server, atAlice } = await openInvited({ invites: 1000 });
  await using _ = server;
  const { fields } = await inviteFields(1);
  const bad = [
    { ...fields, uses: 0 },
    { ...fields, forSeconds: 0 },
    { ...fields, hash: encodeBase64(new Uint8Array(31)) },
  ];
  for (const one of bad) {
    assert.equal(await atAlice.refused("invite.make", one), "bad-message", JSON.stringify(one));
  }
  await atAlice.get("invite.make", { ...fields, uses: 1000, forSeconds: 31_536_000 });
});

Deno.test("where everybody may register no token is kept, and where nobody may there is no invite", async () => {
  const { server, atAlice } = await openInvited({ registration: "open" });
  await using _ = server;
  const { token, fields } = await inviteFields(1);
  const made = await atAlice.get("invite.make", fields);
  assert.equal(made.expiresMs, undefined);
  const hash = await hashToken(token);
  assert.equal(await server.parts.store.checkToken({ hash, nowMs: server.clock.nowMs() }), false);
  await server.parts.accounts.setPolicy({ registration: "closed" });
  assert.equal(await atAlice.refused("invite.make", fields), "registration-closed");
});

Deno.test("a stranger makes no invite", async () => {
  const { server } = await openInvited();
  await using _ = server;
  const stranger = await server.handshake();
  assert.equal(
    await stranger.refused("invite.make", (await inviteFields(1)).fields),
    "not-signed-in",
  );
});

Deno.test("an invite says where others find the server, as its operator says, and whether only its machine does", async () => {
  const publicAddress = "chat.example.org";
  const { server, atAlice } = await openInvited({ publicAddress });
  await using _ = server;
  const made = await atAlice.get("invite.make", (await inviteFields(1)).fields);
  assert.deepEqual([made.address, made.local], [publicAddress, false]);
  const own = await openInvited({ listen: { host: "127.0.0.1", port: 9797 } });
  await using __ = own.server;
  const local = await own.atAlice.get("invite.make", (await inviteFields(1)).fields);
  assert.deepEqual([local.address, local.local], [undefined, true]);
});
