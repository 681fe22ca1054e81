import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { StorageError } from "../../../lib/base/errors.ts";
import type { Role } from "../../../lib/protocol/permissions.ts";
import { settle } from "../../kit/clock.ts";
import { person } from "../../kit/devices.ts";
import {
  guess,
  makeAccount,
  type RawAccount,
  ready,
  register,
  registered,
  signInAs,
} from "../../kit/raw_account.ts";
import { openPair, texts } from "../../kit/raw_conversation.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { TestServer } from "../../kit/test_server.ts";

const UNTIL = "2 Jan 2026 00:00 UTC";
const KICKED = `You were kicked by yoda: younglings. Until ${UNTIL}`;
const A_DAY = { forSeconds: 86_400, reason: "younglings" };

/** The operator's word. */
async function appoint(server: TestServer, account: RawAccount, role: Role): Promise<void> {
  const nowMs = server.clock.nowMs();
  const { store } = server.parts;
  const moderationAction = {
    by: "operator",
    account: account.person.accountId,
    role,
    nowMs,
  } as const;
  assert.equal((await store.grantRole(moderationAction)).result, "done");
}

/** Yoda owns, mace moderates, anakin is a member; yoda and mace are connected. */
async function council(server: TestServer) {
  const yoda = await registered(server, "yoda");
  const mace = await registered(server, "mace", { which: 1 });
  const anakin = await registered(server, "anakin", { which: 2 });
  await appoint(server, yoda, "owner");
  await appoint(server, mace, "moderator");
  return { anakin, owner: await ready(server, yoda), moderator: await ready(server, mace) };
}

async function failure(client: RawClient, kind: string, fields: object) {
  const { header } = await client.ask(kind, fields);
  assert.equal(header.kind, "failure", JSON.stringify(header));
  return { code: header.code, message: header.message };
}

Deno.test("SR-47: a kick ends every session of every device with the reason, and others hear it in one line", async () => {
  await using server = await TestServer.open();
  const { anakin, owner, moderator } = await council(server);
  const devices = [await ready(server, anakin), await ready(server, anakin)];
  await server.clock.advance(250);
  moderator.waiting.length = 0;
  const kicked = await owner.get("moderation.kick", { account: "anakin", ...A_DAY });
  assert.deepEqual([kicked.name, kicked.sessions], ["anakin", 2]);
  assert.equal(kicked.untilMs, server.clock.nowMs() + 86_400_000);
  for (const device of devices) {
    const { header } = await device.next("moderation.dismissed");
    // A begun minute counts whole.
    const message = KICKED.replace("00:00", "00:01");
    assert.deepEqual([header.code, header.message], ["kicked", message]);
    await device.ended;
  }
  await server.clock.advance(250);
  const news = moderator.waiting.filter(({ header }) => header.kind === "roster.change");
  assert.deepEqual(
    news.flatMap(({ header }) => header.changes as { account: string; change: string }[])
      .map(({ account, change }) => `${account} ${change}`),
    ["anakin kicked"],
  );
});

Deno.test("a kick holds at every door, in the same words, until it ends or is taken back", async () => {
  await using server = await TestServer.open();
  const { owner } = await council(server);
  const jarjar = await registered(server, "jarjar", { which: 3, password: "mesa" });
  const done = await owner.get("moderation.kick", { account: "jarjar", ...A_DAY });
  assert.equal(done.sessions, 0, "it works for one who is away");
  const stranger = await server.handshake();
  const { header } = await signInAs(stranger, jarjar);
  assert.deepEqual([header.code, header.message], ["kicked", KICKED]);
  const { finish } = await guess(stranger, "jarjar", "mesa");
  assert.deepEqual(await failure(stranger, "login.finish", finish ?? {}), {
    code: "kicked",
    message: KICKED,
  });
  const again = await register(server, stranger, {
    account: await makeAccount(server, "jarjar", 3),
  });
  assert.deepEqual([again.header.code, again.header.message], ["kicked", KICKED]);
  await server.clock.advance(1000);
  await owner.get("moderation.unkick", { account: "jarjar" });
  const back = await ready(server, jarjar);
  assert.equal((await back.get("moderation.roles")).own, "member");
  assert.equal(
    (await failure(owner, "moderation.unkick", { account: "jarjar" })).message,
    "jarjar is not kicked",
  );
});

Deno.test("a kick by another process takes hold within a second", async () => {
  await using server = await TestServer.open();
  const { anakin } = await council(server);
  const device = await ready(server, anakin);
  const stop = new AbortController();
  const watching = server.parts.moderationEffects.follow(stop.signal).catch(() => {});
  await settle();
  const nowMs = server.clock.nowMs();
  await server.parts.store.addSanction({
    by: "operator",
    account: anakin.person.accountId,
    kind: "kick",
    untilMs: undefined,
    reason: "",
    nowMs,
  });
  await server.clock.advance(500);
  const { header } = await device.next("moderation.dismissed");
  assert.equal(header.message, "You were banned by the operator");
  await device.ended;
  stop.abort();
  await watching;
});

Deno.test("SR-47: a device that signs in while its account is being kicked does not stay", async () => {
  await using server = await TestServer.open();
  const { anakin, owner } = await council(server);
  const clients = await Promise.all(Array.from({ length: 4 }, () => server.handshake()));
  const answers = clients.map((client) => signInAs(client, anakin).catch(() => undefined));
  await owner.get("moderation.kick", { account: "anakin", ...A_DAY });
  await Promise.all(answers);
  await settle();
  assert.deepEqual(server.parts.sessions.of(anakin.person.accountId).filter(isOpen), []);
  assert.equal(server.parts.presence.isOnline(anakin.person.accountId), false);
});

const isOpen = ({ connection }: { connection: { isOpen: boolean } }) => connection.isOpen;

Deno.test("row S2.24: rights are judged by the server, in words that say what is missing", async () => {
  await using server = await TestServer.open();
  const { anakin, owner, moderator } = await council(server);
  const member = await ready(server, anakin);
  const need = (role: string, command: string) => ({
    code: "not-permitted",
    message: `You need the ${role} role for ${command}.`,
  });
  const who = { account: "mace" };
  const kick = { ...who, ...A_DAY };
  assert.deepEqual(await failure(member, "moderation.kick", kick), need("moderator", "/kick"));
  assert.deepEqual(
    await failure(member, "moderation.kick", { ...kick, account: "palpatine" }),
    need("moderator", "/kick"),
    "who may not learns nothing of names",
  );
  for (
    const [kind, fields, command] of [
      ["moderation.unkick", who, "/unkick"],
      ["moderation.mute", kick, "/mute-user"],
      ["moderation.unmute", who, "/unmute-user"],
      ["moderation.sanctions", { sanction: "kick" }, "/kicklist"],
      ["moderation.locks", {}, "/locks"],
      ["moderation.unlock", who, "/unlock"],
      ["moderation.audit", {}, "/audit"],
    ] as const
  ) {
    assert.deepEqual(await failure(member, kind, fields), need("moderator", command));
  }
  const promote = { account: "anakin", role: "moderator" };
  assert.deepEqual(await failure(moderator, "moderation.grant", promote), need("owner", "/grant"));
  assert.equal(
    (await failure(moderator, "moderation.kick", { ...kick, account: "yoda" })).message,
    "You need the owner role for /kick here: yoda is an owner.",
  );
  assert.equal(
    (await failure(owner, "moderation.kick", { ...kick, account: "palpatine" })).code,
    "unknown-account",
  );
  assert.deepEqual(await failure(owner, "moderation.kick", { ...kick, forSeconds: 0 }), {
    code: "bad-message",
    message: "Cannot do this for 0 seconds: 1 to 315360000",
  });
  assert.equal((await owner.get("moderation.grant", promote)).before, "member");
  assert.equal((await member.get("moderation.roles")).own, "moderator");
});

Deno.test("nobody kicks or mutes themselves, the last owner or not", async () => {
  await using server = await TestServer.open();
  const { owner } = await council(server);
  await owner.get("moderation.grant", { account: "mace", role: "owner" });
  for (const kind of ["moderation.kick", "moderation.mute"]) {
    assert.deepEqual(await failure(owner, kind, { account: "yoda", reason: "" }), {
      code: "not-permitted",
      message: "This is you: choose another name",
    });
  }
  assert.deepEqual((await owner.get("moderation.sanctions", { sanction: "kick" })).entries, []);
});

Deno.test("whoever's role changed is told, by whichever process it was", async () => {
  await using server = await TestServer.open();
  const { anakin, owner } = await council(server);
  const device = await ready(server, anakin);
  const stop = new AbortController();
  const following = server.parts.moderationEffects.follow(stop.signal).catch(() => {});
  await settle();
  await owner.get("moderation.grant", { account: "anakin", role: "moderator" });
  const { header } = await device.next("moderation.role");
  assert.deepEqual([header.role, header.by], ["moderator", "yoda"]);
  await server.clock.advance(500);
  await appoint(server, anakin, "member");
  await server.clock.advance(500);
  const second = (await device.next("moderation.role")).header;
  assert.deepEqual([second.role, second.by], ["member", undefined]);
  await server.clock.advance(2_000);
  assert.equal(
    device.waiting.some(({ header: { kind } }) => kind === "moderation.role"),
    false,
    "each is told once",
  );
  stop.abort();
  await following;
});

Deno.test("what is applied twice is done once, and what failed is tried again", async () => {
  let isBroken = false;
  await using server = await TestServer.open({
    wrapStore: (store) =>
      new Proxy(store, {
        get(target, name) {
          if (name === "findSanction" && isBroken) {
            return () => Promise.reject(new StorageError("full", "The disk is full"));
          }
          const value = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
  });
  const { anakin } = await council(server);
  const device = await ready(server, anakin);
  const { store, moderationEffects } = server.parts;
  const account = anakin.person.accountId;
  const done = await store.addSanction({
    ...{ by: "operator", account, kind: "kick", untilMs: undefined, reason: "" },
    nowMs: server.clock.nowMs(),
  });
  assert.ok(done.result === "done");
  isBroken = true;
  await assert.rejects(moderationEffects.apply(done.moderationAction), { code: "full" });
  isBroken = false;
  const counts = [done.moderationAction, done.moderationAction].map((moderationAction) =>
    moderationEffects.apply(moderationAction)
  );
  assert.deepEqual(await Promise.all(counts), [1, 1]);
  await device.ended;
});

Deno.test("the last owner can be neither demoted nor kicked", async () => {
  await using server = await TestServer.open();
  const { anakin, owner } = await council(server);
  // An owner who is kicked does not count, also while the last of their connections ends.
  await appoint(server, anakin, "owner");
  const other = await ready(server, anakin);
  await server.parts.store.addSanction({
    ...{ by: "operator", account: anakin.person.accountId, kind: "kick", untilMs: undefined },
    ...{ reason: "", nowMs: server.clock.nowMs() },
  });
  const yoda = { account: "yoda" };
  const refused = await failure(owner, "moderation.grant", { ...yoda, role: "member" });
  assert.equal(refused.code, "last-owner");
  assert.match(String(refused.message), /^yoda is the last owner/);
  const kicked = await failure(other, "moderation.kick", { ...yoda, reason: "" });
  assert.deepEqual([kicked.code, kicked.message], ["kicked", "You were banned by the operator"]);
});

Deno.test("a muted account is refused in words, and still receives", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  await appoint(server, bob.account, "owner");
  await bob.client.get("moderation.mute", { account: "alice", forSeconds: 60, reason: "sh\nh" });
  const { header } = await alice.send(conversation, "x");
  assert.deepEqual([header.code, header.message], [
    "muted",
    "You are muted by bob: sh h. Until 1 Jan 2026 00:01 UTC",
  ]);
  const anything = utf8("not even read");
  assert.equal(await alice.client.refused("broadcast.send", {}, anything), "muted");
  assert.equal(await alice.client.refused("presence.set", { busy: true }, anything), "muted");
  assert.equal((await bob.send(conversation, "hear me")).header.kind, "relay.sent");
  assert.deepEqual(texts(await alice.subscribe()), ["hear me"]);
  const list = await bob.client.get("moderation.sanctions", { sanction: "mute" });
  assert.deepEqual((list.entries as { name: string; by: string }[])[0].by, "bob");
  await bob.client.get("moderation.unmute", { account: "alice" });
  assert.equal((await alice.send(conversation, "y")).header.kind, "relay.sent");
});

Deno.test("messages beyond the rate are refused in one piece with the time to wait, none of them stored", async () => {
  await using server = await TestServer.open({ messageRate: { burst: 4, perSecond: 2 } });
  const { alice, bob, conversation } = await openPair(server);
  const sending = Array.from({ length: 7 }, (_, i) => alice.send(conversation, `${i}`));
  const answers = (await Promise.all(sending)).map(({ header }) => header);
  assert.deepEqual(answers.map(({ code }) => code ?? "sent"), [
    ...Array(4).fill("sent"),
    ...Array(3).fill("rate-limited"),
  ]);
  assert.equal(answers[4].retryAfterSeconds, 2);
  await server.clock.advance(1999);
  assert.equal((await alice.send(conversation, "early")).header.code, "rate-limited");
  assert.equal((await bob.send(conversation, "bob")).header.kind, "relay.sent", "each account");
  await server.clock.advance(1);
  assert.equal((await alice.send(conversation, "again")).header.kind, "relay.sent");
  assert.deepEqual(texts(await bob.subscribe()), ["welcome", "0", "1", "2", "3", "again"]);
});

Deno.test("row S3.10: locks are listed for accounts that there are, and taken away", async () => {
  await using server = await TestServer.open();
  const { owner } = await council(server);
  for (const name of ["anakin", "my-secret-password"]) {
    for (let i = 0; i < 3; i++) {
      const thief = await server.handshake("203.0.113.7");
      await guess(thief, name, "wrong");
      await thief.close();
    }
  }
  const { entries } = await owner.get("moderation.locks");
  assert.deepEqual(entries, [{ account: "anakin", name: "anakin", retryAfterSeconds: 60 }]);
  assert.equal((await owner.get("moderation.unlock", { account: "anakin" })).wasLocked, true);
  assert.deepEqual((await owner.get("moderation.locks")).entries, []);
  const [line] = (await owner.get("moderation.audit")).entries as Record<string, unknown>[];
  assert.deepEqual([line.by, line.action, line.target], ["yoda", "unlock", "anakin"]);
});

Deno.test("roles, kicks and the record are there after a restart", async () => {
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "moderation-" });
  await using _removed = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  let anakin: RawAccount;
  {
    await using server = await TestServer.open({ folder });
    const people = await council(server);
    anakin = people.anakin;
    await people.moderator.get("moderation.kick", { account: "anakin", ...A_DAY });
  }
  await using server = await TestServer.open({ folder });
  const { header } = await signInAs(await server.handshake(), anakin);
  assert.equal(header.message, `You were kicked by mace: younglings. Until ${UNTIL}`);
  assert.deepEqual(
    (await server.parts.store.listAudit({ limit: 9 })).map(({ action }) => action),
    ["kick", "grant", "grant"],
  );
});

Deno.test("nobody becomes owner but by the operator's word, given before or after the account is made", async () => {
  await using server = await TestServer.open({ owner: (await person("yoda", 0)).accountId });
  const first = await ready(server, await registered(server, "anakin", { which: 1 }));
  assert.equal((await first.get("moderation.roles")).own, "member");
  const yoda = await ready(server, await registered(server, "yoda"));
  const roles = await yoda.get("moderation.roles");
  assert.deepEqual([roles.own, roles.entries], [
    "owner",
    [{ account: "yoda", name: "yoda", role: "owner" }],
  ]);
});
