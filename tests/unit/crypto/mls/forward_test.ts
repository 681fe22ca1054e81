import assert from "node:assert/strict";
import { encodeHex } from "../../../../lib/base/bytes.ts";
import { forward, stepsTo } from "../../../../lib/crypto/mls/forward.ts";
import { MAX_FORWARD_STEPS } from "../../../../lib/crypto/mls/group_config.ts";
import { openMessage } from "../../../../lib/crypto/mls/open.ts";
import { suiteOf, SUITES } from "../../../../lib/crypto/mls/suite.ts";
import { defaultKeyRetentionConfig } from "ts-mls";
import { ratchetUntil } from "ts-mls/secretTree.js";
import { direct, FAST, skipAhead } from "../../../kit/groups.ts";

for (const suite of SUITES) {
  Deno.test(`RFC 9420 §9.1: a ratchet goes forward as that of ts-mls does, with ${suite}`, async () => {
    const { a } = await direct(suite);
    const tree = a.state.use().secretTree;
    const { kdf } = await suiteOf(suite);
    const config = {
      ...defaultKeyRetentionConfig,
      retainKeysForGenerations: 64,
      maximumForwardRatchetSteps: 1000,
    };
    let now = tree;
    // Within what is kept, beyond it, and on from there.
    for (const generation of [3, 64, 65, 200]) {
      const target = { leafIndex: 1, kind: "application", generation } as const;
      const [theirs] = await ratchetUntil(tree[2].application, generation, config, kdf);
      now = forward(now, target, suite).tree;
      const ours = now[2].application;
      assert.equal(ours.generation, generation);
      assert.equal(encodeHex(ours.secret), encodeHex(theirs.secret));
      const hex = (secrets: Record<number, Uint8Array>) =>
        Object.entries(secrets).map(([at, secret]) => [at, encodeHex(secret)]);
      assert.deepEqual(hex(ours.unusedGenerations), hex(theirs.unusedGenerations));
      assert.deepEqual(now[2].handshake, tree[2].handshake);
    }
  });
}

Deno.test("forward leaves the tree that it was given as it is, until it is told to wipe", async () => {
  const { a } = await direct(FAST);
  const tree = a.state.use().secretTree;
  const before = encodeHex(tree[2].application.secret);
  const target = { leafIndex: 1, kind: "application", generation: 100 } as const;
  const { consumed, tree: after } = forward(tree, target, FAST);
  assert.equal(encodeHex(tree[2].application.secret), before);
  assert.equal(tree[2].application.generation, 0);
  assert.deepEqual(consumed.map((secret) => encodeHex(secret)), [before]);
  assert.equal(stepsTo(after, target), 0);
  assert.equal(stepsTo(after, { ...target, generation: 99 }), 0);
  assert.equal(stepsTo(after, { ...target, generation: 101 }), 1);
  assert.equal(stepsTo(after, { ...target, leafIndex: 7 }), 0);
});

Deno.test("a message opens after as many as may be missing, and after one more it does not", async () => {
  const { a, b } = await direct(FAST);
  a.state = skipAhead(a.state, MAX_FORWARD_STEPS + 1);
  const beyond = (await a.seal("beyond")).message;
  assert.equal((await b.open(beyond)).kind, "not-yet");
  const c = await direct(FAST);
  c.a.state = skipAhead(c.a.state, MAX_FORWARD_STEPS);
  const last = (await c.a.seal("the last")).message;
  const next = (await c.a.seal("the next")).message;
  assert.equal(await c.b.read(last), "the last");
  assert.equal(await c.b.read(next), "the next");
});

Deno.test("SR-24: a message that costs more than may be spent now is not opened, and opens later", async () => {
  const { a, b } = await direct(FAST);
  a.state = skipAhead(a.state, 500);
  const { message } = await a.seal("later");
  const asked: number[] = [];
  let may = false;
  const gate = {
    isHeard: () => true,
    isClaimed: () => true,
    mayForward: (_: unknown, steps: number) => {
      asked.push(steps);
      return may;
    },
  };
  const refused = await openMessage(b.state, message, { ...b.context, gate });
  assert.equal(refused.kind, "not-yet");
  may = true;
  const opened = await openMessage(b.state, message, { ...b.context, gate });
  assert.equal(opened.kind, "application");
  assert.deepEqual(asked, [500, 500]);
});

Deno.test("what somebody says whom nobody wants to hear is not opened, and their commits are", async () => {
  const { a, b } = await direct(FAST);
  const unheard = {
    isHeard: () => false,
    isClaimed: () => true,
    mayForward: () => assert.fail("asked"),
  };
  const context = { ...b.context, gate: unheard };
  const { message } = await a.seal("hear me");
  assert.equal((await openMessage(b.state, message, context)).kind, "unheard");
  assert.equal((await openMessage(b.state, message, context)).kind, "unheard");
  const { commit } = await a.update();
  const applied = await openMessage(b.state, commit, context);
  assert.equal(applied.kind, "commit");
  if (applied.kind === "commit") b.state = applied.next;
  assert.equal(await b.read((await a.seal("and now")).message), "and now");
});
