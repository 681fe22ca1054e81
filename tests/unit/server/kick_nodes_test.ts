/** Who was kicked at one node changes nothing at another that has not heard of it. */

import { equal } from "node:assert/strict";
import { encodeBase64 } from "../../../lib/base/bytes.ts";
import { LineHub } from "../../kit/bad_line.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import { openLocalNodes } from "../../kit/two_nodes.ts";

const INVITE = { hash: encodeBase64(new Uint8Array(32)), uses: 1, forSeconds: 60 };

Deno.test("SR-47: who was kicked at a node that did not hear of it invites nobody there, and takes nobody's key packages", async () => {
  await using owner = new AsyncDisposableStack();
  const hub = new LineHub();
  owner.defer(() => hub.close());
  const [one, two] = await openLocalNodes({ line: () => hub.line(), owner });
  const alice = await registered(one, "alice");
  await registered(one, "bob", { which: 1 });
  const client = await ready(two, alice);
  await client.get("invite.make", INVITE);
  equal(await client.refused("keys.fetch", { account: "bob" }), "no-device");
  await one.parts.store.addSanction({
    ...{ kind: "kick", by: "operator", account: alice.person.accountId, reason: "Enough" },
    ...{ nowMs: one.clock.nowMs(), untilMs: undefined },
  });
  for (const [kind, fields] of [["invite.make", INVITE], ["keys.fetch", { account: "bob" }]]) {
    // It may have looked by itself just now: then the session is over.
    const ended = client.next("moderation.dismissed").then(({ header }) => header.code);
    equal(await Promise.race([client.refused(kind as string, fields as object), ended]), "kicked");
  }
});
