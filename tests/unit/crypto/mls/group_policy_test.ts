/** What no group has, whoever proposes it (SR-07, SR-17). */

import { equal } from "node:assert/strict";
import { systemRandom } from "../../../../lib/base/random.ts";
import type { GroupMember } from "../../../../lib/crypto/mls/group_state.ts";
import { judgeMembers, shapeOfCommit } from "../../../../lib/crypto/mls/group_policy.ts";

/** Of a device that nobody else has, but for what is given. */
function member(given: object): GroupMember {
  const own = {
    accountId: "alice",
    deviceId: systemRandom.bytes(16).toString(),
    identity: "11",
    mlsKey: systemRandom.bytes(32),
  };
  return { ...own, ...given } as unknown as GroupMember;
}

const FIRST = member({});

Deno.test("devices of several accounts, and several of one, are a group", () => {
  const bob = { accountId: "bob", identity: "22" };
  equal(judgeMembers([FIRST, member({}), member(bob), member(bob)]), undefined);
});

Deno.test("a device or a key that is there twice makes no group", () => {
  const { deviceId, mlsKey } = FIRST;
  equal(judgeMembers([FIRST, member({ deviceId })]), "duplicate-device");
  equal(judgeMembers([FIRST, member({ mlsKey })]), "duplicate-device");
  equal(judgeMembers([FIRST, member({ accountId: "bob", mlsKey })]), "duplicate-device");
  // Two accounts may have named a device alike.
  equal(judgeMembers([FIRST, member({ accountId: "bob", deviceId })]), undefined);
});

Deno.test("SR-07: an account with two identities makes no group", () => {
  equal(judgeMembers([FIRST, member({ identity: "22" })]), "second-identity");
});

type Proposals = Parameters<typeof shapeOfCommit>[0];
const ADD = { proposal: { proposalType: "add" } };
const REMOVE = { proposal: { proposalType: "remove", remove: { removed: 3 } } };
const INIT = { proposal: { proposalType: "external_init" } };
const KEY = { proposal: { proposalType: "psk" } };

Deno.test("SR-15: a commit renews, adds one, removes some, or comes in from outside, and nothing else", () => {
  const shape = (proposals: readonly object[], isExternal = false) =>
    shapeOfCommit(proposals as unknown as Proposals, isExternal)?.kind;
  equal(shape([]), "update");
  equal(shape([ADD]), "add");
  equal(shape([REMOVE, REMOVE]), "remove");
  equal(shape([INIT], true), "external");
  equal(shape([INIT, REMOVE], true), "external");
  for (const none of [[ADD, ADD], [ADD, REMOVE], [INIT], [KEY], [REMOVE, KEY]]) {
    equal(shape(none), undefined);
  }
  for (const none of [[], [ADD], [INIT, INIT], [INIT, ADD], [INIT, REMOVE, REMOVE], [REMOVE]]) {
    equal(shape(none, true), undefined);
  }
});
