import assert from "node:assert/strict";
import { ControlSocket } from "../../../lib/admin/control_socket.ts";
import { runAdmin } from "../../../lib/admin/main.ts";
import { InstanceLock } from "../../../lib/storage/instance_lock.ts";
import { makeRunner } from "../../kit/console.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

async function run(folder: string, ...args: string[]) {
  const io = fakeIo(Deno.realPathSync(folder));
  return { exit: await runAdmin([...args, "--data", "."], io), ...io };
}

/** Whether a server holds the folder, and does by its control socket what the command line asks. */
const WAYS = { "beside a server": true, "without a server": false } as const;

async function openTemple(isRunning: boolean) {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await TestServer.open());
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
    assert.deepEqual([granted.exit, granted.output], [0, ["yoda is owner now, and was member"]]);
    const twice = await run(server.folder, "user", "grant", "yoda", "owner");
    assert.deepEqual(twice.output, ["yoda is owner already"]);
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
        [["user", "grant", "palpatine", "owner"], 4, /There is nobody called palpatine here/],
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
    assert.deepEqual(lifted.output, ["anakin may come back"]);
    const again = await run(server.folder, "user", "unkick", "anakin");
    assert.deepEqual([again.exit, again.notes], [4, ["anakin is not kicked"]]);
    assert.deepEqual((await run(server.folder, "user", "kicklist")).output, []);
    assert.deepEqual((await run(server.folder, "audit")).output, [
      "2026-01-01T00:00:00.000Z the operator: unkick anakin",
      "2026-01-01T00:00:00.000Z the operator: kick anakin until 2 Jan 2026 00:00 UTC: killed younglings",
    ]);
  });
}

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
