import assert from "node:assert/strict";
import { accountId, conversationId, openPair } from "./store_kit.ts";
import type { Cases } from "./store_contract.ts";

const NOBODYS_LIFE = "00".repeat(16);

export const restoreCases: Cases = {
  "SR-58: store has one incarnation, and nothing to tell before it was restored": async (store) => {
    await openPair(store);
    const known = await store.findIncarnation();
    assert.match(known, /^[0-9a-f]{32}$/);
    assert.equal(await store.findIncarnation(), known);
    const asked = { account: accountId("alice"), after: undefined, limit: 9 };
    assert.deepEqual(await store.listRestored({ ...asked, known }), []);
    assert.deepEqual(await store.listRestored({ ...asked, known: NOBODYS_LIFE }), []);
    const after = conversationId(1);
    assert.deepEqual(await store.listRestored({ ...asked, known, after }), []);
  },
};
