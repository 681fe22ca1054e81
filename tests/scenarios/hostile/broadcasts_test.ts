/** A server that lies about broadcasts and busy texts: nothing is shown that its sender did not sign (SR-60, SR-61). */

import { deepEqual, equal } from "node:assert/strict";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { newBroadcastId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { makeBroadcast, openBroadcast } from "../../../lib/crypto/statements/broadcast.ts";
import { makeBusy } from "../../../lib/crypto/statements/busy.ts";
import { signerOf } from "../../../lib/client/contacts/signed_statement.ts";
import { joinSections } from "../../../lib/protocol/sections.ts";
import { OTHER_SERVER_ID } from "../../kit/devices.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import { openPair, type TestClient } from "../../kit/test_client.ts";

/** Hands out these statements in the place of what the server has, when everything that waits is asked for. */
function handingOut(statements: readonly Bytes[], atMs: number): Hooks {
  return {
    down({ header, payload }, pass) {
      if (header.kind !== "broadcast.page") return pass(header, payload);
      const joined = joinSections(statements);
      const entries = statements.map((_, i) => ({ number: i + 1, atMs }));
      pass({ ...header, entries, sizes: joined.sizes, latest: statements.length }, joined.payload);
    },
  };
}

/** What `client` makes of such a server: texts that are shown, and why the others are not. */
async function whatIsShown(client: TestClient, statements: readonly Bytes[]) {
  const refused: string[] = [];
  const stop = client.client.listen((event) => {
    if (event.type === "broadcast-refused") refused.push(`#${event.number} ${event.code}`);
  });
  await client.connect({ middle: handingOut(statements, client.world.clock.nowMs()) });
  await client.client.sync();
  stop();
  const entries = (await client.entries()).filter(({ kind }) => kind === "broadcast");
  return { shown: entries.map(({ number, text }) => `#${number} ${text}`), refused };
}

function own(client: TestClient) {
  return signerOf(client.client.profile.own);
}

function said(client: TestClient, text: string) {
  return { id: newBroadcastId(systemRandom), sentAtMs: client.world.clock.nowMs(), text };
}

Deno.test("SR-60: forged, changed, foreign and repeated broadcasts are not shown", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await alice.client.findContact("bob");
  const good = await makeBroadcast(own(bob), said(bob, "good"));
  const again = openBroadcast(good, own(bob).serverId);
  const changed = good.slice();
  changed[changed.length - 67] ^= 1;
  const signature = good.slice();
  signature[signature.length - 1] ^= 1;
  const mls = bob.client.profile.own.deviceKeys.mls.privateKey;
  const statements = [
    good,
    good,
    changed,
    signature,
    await makeBroadcast({ ...own(bob), serverId: OTHER_SERVER_ID }, said(bob, "elsewhere")),
    await makeBroadcast({ ...own(bob), privateKey: mls }, said(bob, "MLS key")),
    await makeBroadcast({ ...own(alice), account: bob.account }, said(bob, "not bob")),
    await makeBroadcast(
      { ...own(bob), certificateHash: own(alice).certificateHash },
      said(bob, "x"),
    ),
    await makeBusy(own(bob), { sinceMs: 1, untilMs: undefined, text: "busy" }),
    new Uint8Array([1, 2, 3]),
    again.ok ? await makeBroadcast(own(bob), { ...again.broadcast, text: "same id" }) : good,
    await makeBroadcast(own(bob), said(bob, "last")),
  ];
  deepEqual(await whatIsShown(alice, statements), {
    shown: ["#1 good", "#12 last"],
    refused: [
      ...["#2 repeated", "#3 not-signed", "#4 not-signed", "#5 malformed", "#6 not-signed"],
      ...["#7 not-signed", "#8 not-signed", "#9 malformed", "#10 malformed", "#11 repeated"],
    ],
  });
});

Deno.test("SR-60: a repetition is known after a restart, and a number keeps what it was", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  const [one, two] = [
    await makeBroadcast(own(bob), said(bob, "one")),
    await makeBroadcast(own(bob), said(bob, "two")),
  ];
  deepEqual((await whatIsShown(alice, [one])).shown, ["#1 one"]);
  await alice.restart();
  deepEqual(await whatIsShown(alice, [one, one]), { shown: ["#1 one"], refused: ["#2 repeated"] });
  // What is read anew is judged by what is known.
  await alice.connect({ middle: handingOut([two, one], alice.world.clock.nowMs()) });
  deepEqual(await Array.fromAsync(alice.client.publicly.broadcastsSince(0)), []);
});

Deno.test("SR-60: after a server came back from a backup its new broadcasts are shown, and no old one again", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  const statements = await Promise.all(
    ["one", "two", "lost", "new"].map((text) => makeBroadcast(own(bob), said(bob, text))),
  );
  const [one, two, lost, fresh] = statements;
  const before = ["#1 one", "#2 two", "#3 lost"];
  deepEqual(await whatIsShown(alice, [one, two, lost]), { shown: before, refused: [] });
  deepEqual(await whatIsShown(alice, [one, two]), { shown: before, refused: [] });
  const after = [...before, "#3 new"];
  deepEqual(await whatIsShown(alice, [one, two, fresh]), { shown: after, refused: [] });
  deepEqual(await whatIsShown(alice, [one, two, fresh, lost]), { shown: after, refused: [] });
});

Deno.test("SR-60: a device that the account's pinned identity did not certify broadcasts nothing", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  await alice.client.findContact("bob");
  // The server makes an identity for bob, and a device of it.
  const impostor = await world.reset("bob", 3);
  const statement = await makeBroadcast(own(impostor), said(bob, "trust me"));
  deepEqual(await whatIsShown(alice, [statement]), { shown: [], refused: ["#1 other-identity"] });
});

Deno.test("SR-60: a server that always says that there is more does not keep a client", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  const statement = await makeBroadcast(own(bob), said(bob, "one"));
  const { down } = handingOut([statement], world.clock.nowMs());
  await alice.connect({
    middle: {
      down: (packet, pass) =>
        down?.(packet, (header, payload) =>
          pass(
            { ...header, ...(header.kind === "broadcast.page" ? { more: true } : {}) },
            payload,
          )),
    },
  });
  await alice.client.sync();
  equal((await alice.entries()).length, 1);
});

Deno.test("SR-61: of a busy text that its account did not sign, only the server's word is left", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  const nowMs = world.clock.nowMs();
  const busy = { sinceMs: nowMs, untilMs: nowMs + 1000, text: "lunch" };
  const read = (statement: Bytes, account = bob.account) =>
    alice.client.publicly.readBusy({ account, statement });
  const good = await makeBusy(own(bob), busy);
  deepEqual(await read(good), busy);
  const forged = good.slice();
  forged[forged.length - 1] ^= 1;
  equal(await read(forged), undefined);
  equal(await read(good, alice.account), undefined, "somebody else's");
  equal(await read(await makeBusy({ ...own(alice), account: bob.account }, busy)), undefined);
  const elsewhere = await makeBusy({ ...own(bob), serverId: OTHER_SERVER_ID }, busy);
  equal(await read(elsewhere), undefined);
  equal(await read(new Uint8Array(0)), undefined);
  await world.clock.advance(1000);
  equal(await read(good), undefined, "an old one that the server repeats");
});
