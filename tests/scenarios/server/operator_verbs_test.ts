import assert from "node:assert/strict";
import { ControlSocket } from "../../../lib/admin/operator_ends.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { runAdmin } from "../../../lib/admin/main.ts";
import { openData } from "../../../lib/admin/data_store.ts";
import { writeState } from "../../../lib/admin/state_file.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import { InstanceLock } from "../../../lib/storage/instance_lock.ts";
import { makeRunner } from "../../kit/console.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { hashBotToken, hashToken, parseBotToken } from "../../../lib/crypto/keys/token.ts";
import { parseInvite } from "../../../lib/net/addresses/invite.ts";
import { guess, ready, registered, signInAs } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

async function run(folder: string, ...args: string[]) {
  const io = fakeIo(Deno.realPathSync(folder));
  return { exit: await runAdmin([...args, "--data", "."], io), ...io };
}

/** Whether a server holds the folder, and does by its control socket what the command line asks. */
const WAYS = { "beside a server": true, "without a server": false } as const;

const STATE = {
  ...{ pid: 1, host: "127.0.0.1", port: 1, fingerprint: "SHA256:x", deno: "2" },
  ...{ tls: "auto", registration: "open", startedMs: 0, videos: "/videos" } as const,
};

async function openTemple(isRunning: boolean, wrapStore = (store: Store) => store) {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await TestServer.open({ wrapStore }));
  if (isRunning) {
    const lock = InstanceLock.take(server.folder);
    opening.defer(() => lock.release());
    const socket = ControlSocket.open(server.folder, makeRunner(server));
    assert.ok(socket);
    opening.use(socket);
  }
  await registered(server, "yoda");
  await registered(server, "anakin", { which: 1 });
  const owned = opening.move();
  return { folder: server.folder, server, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

for (const [way, isRunning] of Object.entries(WAYS)) {
  Deno.test(`${way} the operator gives the first role, and the last owner stays`, async () => {
    await using server = await openTemple(isRunning);
    const granted = await run(server.folder, "user", "grant", "Yoda", "1");
    assert.deepEqual([granted.exit, granted.output], [0, ["yoda is now owner (was member)"]]);
    const twice = await run(server.folder, "user", "grant", "yoda", "owner");
    assert.deepEqual(twice.output, ["yoda is already owner"]);
    const longest = await run(server.folder, "user", "mute", "anakin", "1m", "x".repeat(200));
    assert.equal(longest.exit, 0);
    const json = await run(server.folder, "user", "grant", "anakin", "moderator", "--json");
    assert.deepEqual(json.output.map((line) => JSON.parse(line)), [
      { v: 1, type: "role", account: "anakin", role: "moderator", before: "member" },
    ]);
    for (
      const [args, exit, says] of [
        [["user", "grant", "yoda", "member"], 6, /^yoda is the last owner/],
        [["user", "kick", "yoda"], 6, /^yoda is the last owner/],
        [["user", "grant", "palpatine", "owner"], 4, /No account "palpatine" on this server/],
        [["user", "grant", "yoda", "king"], 2, /A role is owner, moderator or member/],
        [["user", "kick", "anakin", "1dd"], 2, /I can't read the duration '1dd'/],
        [["user", "kick", "anakin", "x".repeat(201)], 2, /^The reason has 201 characters/],
        [["user", "mute", "anakin", "x".repeat(201)], 2, /^The reason has 201 characters/],
        [["user", "kick", "anakin", "8000d"], 2, /^The longest time is ten years/],
      ] as const
    ) {
      const refused = await run(server.folder, ...args);
      assert.equal(refused.exit, exit, args.join(" "));
      assert.match(refused.notes.join("\n"), says);
    }
  });

  Deno.test(`${way} the operator kicks, lists, takes back, and all of it is written down`, async () => {
    await using server = await openTemple(isRunning);
    const kicked = await run(server.folder, "user", "kick", "anakin", "1d", "killed", "younglings");
    assert.deepEqual(kicked.output, [
      "anakin was kicked until 2 Jan 2026 00:00 UTC. Undo: heliograph-server user unkick anakin",
    ]);
    const list = await run(server.folder, "user", "kicklist");
    assert.deepEqual(list.output, [
      "anakin by the operator until 2 Jan 2026 00:00 UTC: killed younglings",
    ]);
    const lifted = await run(server.folder, "user", "unkick", "anakin");
    assert.deepEqual(lifted.output, ["anakin may sign in again"]);
    const again = await run(server.folder, "user", "unkick", "anakin");
    assert.deepEqual([again.exit, again.notes], [4, ["anakin is not kicked"]]);
    assert.deepEqual((await run(server.folder, "user", "kicklist")).output, []);
    assert.deepEqual((await run(server.folder, "audit")).output, [
      "2026-01-01T00:00:00.000Z the operator: unkick anakin",
      "2026-01-01T00:00:00.000Z the operator: kick anakin until 2 Jan 2026 00:00 UTC: killed younglings",
    ]);
  });
}

for (const [way, isRunning] of Object.entries(WAYS)) {
  Deno.test(`${way} an invite, an import and a token are as good as those before`, async () => {
    await using temple = await openTemple(isRunning);
    const { folder, server: { parts: { store }, clock } } = temple;
    const invited = await run(folder, "invite", "--address", "chat.example.org", "--json");
    assert.equal(invited.exit, 0, invited.notes.join());
    const { type, uses, invite } = JSON.parse(invited.output[0]);
    assert.deepEqual([type, uses], ["invite", 1]);
    assert.match(invited.notes[0], /^Good for one account until 2026-01-08/);
    const token = parseInvite(invite)?.token;
    assert.ok(token);
    const hash = await hashToken(token);
    assert.ok(await store.checkToken({ hash, nowMs: clock.nowMs() }));

    await Deno.writeTextFile(`${folder}/list`, "obiwan hello there\nyoda again\nOBIWAN me\n");
    const imported = await run(folder, "user", "import", "list");
    assert.deepEqual([imported.exit, imported.output], [6, ["Imported obiwan"]]);
    assert.match(
      imported.notes.join("\n"),
      /^Line 2: The name.*taken\nLine 3: The name.*taken\nGive each /,
    );
    assert.equal((await run(folder, "user", "import", "nowhere")).exit, 4);
    const guessed = await guess(await temple.server.handshake(), "obiwan", "hello there");
    assert.notEqual(guessed.finish, undefined, "the account can be signed in to at once");

    const made = await run(folder, "token", "new", "anakin", "--token-file", "secret");
    assert.deepEqual([made.exit, made.output], [0, []], made.notes.join());
    const written = parseBotToken((await Deno.readTextFile(`${folder}/secret`)).trim());
    assert.ok(written);
    const [{ hash: kept }] = await store.listBotTokens({ limit: 9 });
    assert.deepEqual(kept, await hashBotToken(written));
    const refused = await run(folder, "token", "new", "dooku", "--token-file", "other");
    assert.equal(refused.exit, 4);
    assert.throws(() => Deno.statSync(`${folder}/other`), Deno.errors.NotFound);
    // The one before stays good where the file of a new one cannot be written.
    const taken = await run(folder, "token", "new", "anakin", "--token-file", "secret");
    assert.equal(taken.exit, 1);
    assert.deepEqual((await store.listBotTokens({ limit: 9 }))[0].hash, kept);
    assert.equal((await run(folder, "token", "remove", "anakin")).exit, 0);
    assert.deepEqual((await run(folder, "token", "list")).output, []);
  });
}

/** Each verb, and the call of the store that it comes to. */
const CALLS = [
  [["user", "list"], "listAccounts"],
  [["user", "grant", "yoda", "owner"], "grantRole"],
  [["user", "kick", "anakin"], "addSanction"],
  [["user", "kicklist"], "listSanctions"],
  [["user", "unkick", "anakin"], "liftSanction"],
  [["user", "import", "list"], "importAccount"],
  [["invite", "--address", "a:1"], "addToken"],
  [["token", "new", "anakin"], "setBotToken"],
  [["token", "list"], "listBotTokens"],
  [["token", "remove", "anakin"], "removeBotToken"],
  [["audit"], "listAudit"],
] as const;

Deno.test("what a verb does beside a server goes through that server's own store", async () => {
  const calls: PropertyKey[] = [];
  const wrapStore = (store: Store) =>
    new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => (calls.push(name), Reflect.apply(value, target, given));
      },
    });
  await using temple = await openTemple(true, wrapStore);
  await Deno.writeTextFile(`${temple.folder}/list`, "obiwan hello there\n");
  for (const [args, call] of CALLS) {
    calls.length = 0;
    const { exit, notes } = await run(temple.folder, ...args);
    assert.equal(exit, 0, `${args.join(" ")}: ${notes.join()}`);
    assert.ok(calls.includes(call), `${args.join(" ")}: ${calls.join()}`);
  }
});

Deno.test("without a server a verb holds the folder's lock, so none begins meanwhile", async () => {
  await using temple = await openTemple(false);
  {
    await using _data = await openData(temple.folder, {
      clock: temple.server.clock,
      random: systemRandom,
    });
    assert.throws(() => InstanceLock.take(temple.folder), { code: "in-use" });
  }
  InstanceLock.take(temple.folder).release();
  // What a server leaves that was killed.
  await Deno.writeTextFile(`${temple.folder}/control.sock`, "");
  await writeState(temple.folder, { ...STATE, version: "0.0.1" });
  assert.equal((await run(temple.folder, "user", "list")).exit, 0);
});

Deno.test("a server of another version that has no control socket is not worked beside", async () => {
  await using temple = await openTemple(false);
  const lock = InstanceLock.take(temple.folder);
  await writeState(temple.folder, { ...STATE, version: "0.0.1" });
  const beside = await run(temple.folder, "user", "list");
  assert.deepEqual([beside.exit, beside.notes.length], [5, 1]);
  assert.match(beside.notes[0], /the running server has version 0\.0\.1, this program/);
  lock.release();
  assert.equal((await run(temple.folder, "user", "list")).exit, 0);
});

Deno.test("a bot whose token is removed from the command line is sent away at once, and refused", async () => {
  await using temple = await openTemple(true);
  const { server, folder } = temple;
  const bot = await registered(server, "r2d2", { which: 2 });
  const client = await ready(server, bot);
  assert.equal((await run(folder, "token", "new", "r2d2")).exit, 0);
  await client.ended;
  const { header } = await signInAs(await server.handshake(), bot);
  assert.equal(header.code, "bot-token-refused");
});

Deno.test("who is kicked from the command line is sent away by the server that runs, at once", async () => {
  await using temple = await openTemple(true);
  const obiwan = await registered(temple.server, "obiwan", { which: 2 });
  const client = await ready(temple.server, obiwan);
  const { exit } = await run(temple.folder, "user", "kick", "obiwan");
  assert.equal(exit, 0);
  const { header } = await client.next("moderation.dismissed");
  assert.equal(header.code, "kicked");
  await client.ended;
});
