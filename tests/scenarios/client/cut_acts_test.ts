/**
 * What a person is told of invitations, files and devices when the line breaks at any packet of the command: what was said is
 * what becomes true (decision 0060).
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { systemRandom } from "../../../lib/base/random.ts";
import { linkByCode } from "../../../lib/client/devices/linking.ts";
import { EXIT } from "../../../lib/commands/exit_code.ts";
import { makeLinkRequest } from "../../../lib/crypto/keys/linking.ts";
import { settle as macrotask } from "../../kit/clock.ts";
import { Machine, PASSWORD } from "../../kit/machine.ts";
import { givePassword } from "../../kit/passwords.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";
import { found, infoOf, settle, town } from "../../kit/town.ts";
import { cutEverywhere, type Fate, runVerbOf } from "../../kit/verb_runs.ts";

/** What a good line does with what waits. */
async function goodLine(person: TestClient): Promise<void> {
  await person.connect();
  await person.client.sync();
  await person.client.flush();
}

Deno.test("room invite says what became of the invitation at a cut behind any packet", async () => {
  await using place = await town(3);
  const { alice, bob, carol } = place;
  carol.client.rooms.invited.asksFirst = true;
  const room = await found(alice, [bob]);
  await settle(alice, bob);
  await alice.client.findContact("carol");
  const isInvited = async () =>
    (await carol.client.rooms.invited.list()).some((one) => one.room === room);
  await alice.disconnect();
  await cutEverywhere(
    (cutAfter) => runVerbOf(alice, ["room", "invite", room, "carol", "--json"], { cutAfter }),
    async (ended, cutAfter) => {
      const at = `cut after ${cutAfter}: ${ended.notes}`;
      const { kept, state } = ended.last;
      if (ended.exit !== EXIT.done) equal(ended.exit, EXIT.unreachable, at);
      const said: Fate = kept !== true ? "nothing" : state === "queued" ? "queued" : "sent";
      if (ended.exit !== EXIT.done) match(ended.notes, INVITED[said], at);
      if (said !== "queued") equal(await isInvited(), said === "sent", at);
      await goodLine(alice);
      equal(await isInvited(), said !== "nothing", at);
      if (said !== "nothing") {
        await alice.client.rooms.remove(await infoOf(alice, room), carol.account);
        await alice.client.sync();
      }
      await alice.disconnect();
      return said;
    },
  );
});

const INVITED: Readonly<Record<Fate, RegExp>> = {
  nothing: /Nobody was invited$/m,
  queued:
    /The invitation is stored here and will be sent by the next command that reaches the server$/m,
  sent: /The server has the invitation$/m,
};

Deno.test("file send says what became of the offer at a cut behind any packet, and the same command offers it once", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const folder = await world.folder();
  await bob.disconnect();
  await alice.disconnect();
  const passTime = () => world.clock.advance(20);
  await cutEverywhere(async (cutAfter) => {
    // The server counts subscriptions and openings.
    await world.clock.advance(10_000);
    const path = join(folder, `${cutAfter}.txt`);
    await Deno.writeTextFile(path, `what is sent in round ${cutAfter}`);
    const args = ["file", "send", "bob", path, "--wait", "uploaded", "--json"];
    const ended = await runVerbOf(alice, args, { cutAfter, comesBack: true, passTime });
    const { kept } = ended.last;
    const at = `cut after ${cutAfter}: ${ended.exit} ${ended.notes}`;
    equal(typeof kept, "boolean", at);
    if (ended.exit === EXIT.resumable) equal(ended.last.state, "uploaded", at);
    else equal(ended.exit, EXIT.unreachable, at);
    const mine = async () =>
      (await alice.client.transfers.newest(100)).filter(({ items }) =>
        items[0].path === `${cutAfter}.txt`
      );
    equal((await mine()).length, kept === true ? 1 : 0, at);
    if (ended.exit !== EXIT.resumable) {
      match(ended.notes, OFFERED[kept === true ? "queued" : "nothing"], at);
    }
    const again = await runVerbOf(alice, args, { passTime });
    deepEqual([again.exit, again.last.state, again.last.kept], [EXIT.resumable, "uploaded", true]);
    equal((await mine()).length, 1, at);
    // As `cutEverywhere` wants it: the server has all of it.
    return ended.wasCut ? ended : { ...ended, exit: EXIT.done };
  }, ({ exit, last }) => {
    if (exit !== EXIT.unreachable) return Promise.resolve("sent");
    return Promise.resolve(last.kept === true ? "queued" : "nothing");
  });
  await bob.connect();
  await bob.client.sync();
  const names = (await bob.client.transfers.waiting()).map(({ items }) => items[0].path);
  equal(new Set(names).size, names.length);
});

const OFFERED = {
  nothing: /Nothing was sent$/m,
  queued: /The request is stored, and the same command resumes it/,
} as const;

Deno.test("device link says whether the new device is linked at a cut behind any packet", async () => {
  await using talk = await openTalk();
  const { world, alice } = talk;
  await givePassword(alice);
  await alice.disconnect();
  const { links } = world.server.parts.sessions;
  const said = new Set<unknown>();
  await cutEverywhere(
    async (cutAfter) => {
      await using machine = await Machine.open(world, 0);
      const entered = await machine.signIn("alice", PASSWORD);
      const shown = Promise.withResolvers<string>();
      let isLinked: boolean | undefined;
      const linking = linkByCode({
        ...entered,
        ...machine.options,
        signal: new AbortController().signal,
        showCode: (code) => Promise.resolve(shown.resolve(code)),
      }).then(() => isLinked = true, () => isLinked = false);
      const args = ["device", "link", await shown.promise, "--json"];
      const ended = await runVerbOf(alice, args, {
        cutAfter,
        passTime: () => isLinked === true ? world.clock.advance(250) : macrotask(),
      });
      const at = `cut after ${cutAfter}: ${ended.notes}`;
      const { kept, state } = ended.last;
      said.add(state);
      if (ended.exit === EXIT.done) {
        deepEqual([kept, state], [true, "delivered"], at);
        await linking;
        equal(isLinked, true, at);
      } else {
        deepEqual([ended.exit, kept], [EXIT.unreachable, false], at);
        match(
          ended.notes,
          state === "unknown"
            ? /Cannot tell whether the new device is linked: see device list$/m
            : /is not linked$/m,
        );
        // Nothing was handed over: it still asks.
        if (state === undefined) equal(links.list(alice.account).length, 1, at);
      }
      await entered.handshake.link.close();
      await linking;
      return ended;
    },
    ({ last: { kept, state } }) =>
      Promise.resolve(kept === true ? "sent" : state === "unknown" ? "queued" : "nothing"),
  );
  ok(said.has("unknown"));
});

Deno.test("device link that is stopped while the new device does not sign in ends at once, and says what is not known", async () => {
  await using talk = await openTalk();
  const { world, alice } = talk;
  await givePassword(alice);
  await alice.disconnect();
  await using machine = await Machine.open(world, 0);
  const { handshake: { link, serverId }, signedIn } = await machine.signIn("alice", PASSWORD);
  const request = await makeLinkRequest({ serverId, account: signedIn.account }, systemRandom);
  await link.ask("device.link-ask", {}, request.bytes);
  let isGiven = false;
  link.on("device.link-result", () => isGiven = true);
  const stop = new AbortController();
  let [steps, after] = [0, 0];
  const { exit, last, notes } = await runVerbOf(
    alice,
    ["device", "link", request.code, "--json"],
    {
      stop: stop.signal,
      // Time stands still: a wait that does not hear the signal never ends.
      async passTime() {
        ok(steps++ < 20_000, "it does not end");
        if (isGiven && after++ === 200) stop.abort(new DOMException("Stopped", "AbortError"));
        await macrotask();
      },
    },
  );
  deepEqual([exit, last.kept, last.state], [EXIT.interrupted, false, "unknown"]);
  match(notes, /^Stopped\. Cannot tell whether the new device is linked/m);
  await link.close();
});
