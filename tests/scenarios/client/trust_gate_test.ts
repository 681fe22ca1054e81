/** What the client asks the directory before anything leaves for somebody (SR-07). */

import { equal } from "node:assert/strict";
import type { Hooks, Pass } from "../../kit/man_in_the_middle.ts";
import { openSenders } from "../../kit/file_senders.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";

/** Resolves when the client is told of another identity of somebody. */
function identityOf({ client }: TestClient): Promise<void> {
  return new Promise((resolve) =>
    client.listen(({ type }) => {
      if (type === "identity") resolve();
    })
  );
}

Deno.test("many files for one person ask the directory once", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  await bob.test.disconnect();
  await alice.test.disconnect();
  const names = Array.from({ length: 12 }, (_, index) => `${index}.txt`);
  for (const name of names) {
    await scene.write(name, new Uint8Array(10));
    await scene.offer(name);
  }
  let asked = 0;
  const up: Hooks["up"] = ({ header, payload }, pass) => {
    if (header.kind === "keys.account" && header.account === pair.bob.account) asked++;
    pass(header, payload);
  };
  await alice.back({ middle: { up } });
  await scene.until(async () => (await alice.states()).every((state) => state === "uploaded"));
  equal(asked, 1);
});

Deno.test("SR-07: an identity that is announced while an older answer is on its way is asked for anew", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  let older: (() => void) | undefined;
  let isHeld = false;
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
  const down = ({ header, payload }: Parameters<NonNullable<Hooks["down"]>>[0], pass: Pass) => {
    if (header.account === talk.alice.account && !isHeld) {
      isHeld = true;
      older = () => pass(header, payload);
      return isAsked();
    }
    pass(header, payload);
    if (header.kind === "roster.change") older?.();
  };
  await bob.disconnect();
  await bob.connect({ middle: { down } });
  const noticed = identityOf(bob);
  await bob.client.write(talk.alice.account, "for the first alice");
  const flushed = bob.client.flush();
  await asked;
  await (await world.reset("alice", 2)).connect();
  await world.clock.advance(300);
  await noticed;
  await flushed;
  await bob.client.write(talk.alice.account, "after the change");
  const [held] = await bob.client.flush();
  equal(held?.error?.code, "identity-changed");
});

Deno.test("SR-07: an older answer about an identity that comes after a newer one changes nothing", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  const { promise: older, resolve: hold } = Promise.withResolvers<() => void>();
  let isHeld = false;
  const down = ({ header, payload }: Parameters<NonNullable<Hooks["down"]>>[0], pass: Pass) => {
    if (header.account !== talk.alice.account || header.identity === undefined || isHeld) {
      return pass(header, payload);
    }
    isHeld = true;
    hold(() => pass(header, payload));
  };
  await bob.disconnect();
  await bob.connect({ middle: { down } });
  const noticed = identityOf(bob);
  await bob.client.write(talk.alice.account, "for the first alice");
  const flushed = bob.client.flush();
  const pass = await older;
  await (await world.reset("alice", 2)).connect();
  await world.clock.advance(300);
  await noticed;
  pass();
  const [first] = await flushed;
  equal(first?.error?.code, "identity-changed");
  const [held] = await bob.client.flush();
  equal(held?.error?.code, "identity-changed");
});
