import assert from "node:assert/strict";
import { systemClock } from "../../../../lib/base/clock.ts";
import {
  accepted,
  type Contact,
  Contacts,
  judgeMeeting,
  requireTrust,
} from "../../../../lib/client/store/contacts.ts";
import type { RosterEntry } from "../../../../lib/crypto/statements/roster_entry.ts";
import { fingerprintOf } from "../../server/store_kit.ts";
import { accountId, TestStore } from "../profile_kit.ts";

const bob = accountId("bob");

function roster(identity: number, sequence = 1): RosterEntry {
  const fingerprint = fingerprintOf(identity);
  return {
    accountId: bob,
    accountName: "Bob",
    sequence,
    identity: { fingerprint },
    // Only these are looked at.
  } as unknown as RosterEntry;
}

function contact(more: Partial<Contact> = {}): Contact {
  const { contact: first } = { contact: judgeMeeting(undefined, roster(1), false).next };
  assert(first !== undefined);
  return { ...first, ...more };
}

Deno.test("SR-06: the first identity that is met is pinned, unverified", () => {
  assert.deepEqual(judgeMeeting(undefined, roster(1, 4), false), {
    meeting: "pinned",
    next: {
      account: bob,
      name: "Bob",
      pinned: fingerprintOf(1),
      trust: "unverified",
      changedTo: undefined,
      sequence: 4,
    },
  });
});

Deno.test("SR-06: the pinned identity is known, and its sequence never goes back", () => {
  assert.deepEqual(judgeMeeting(contact(), roster(1), false), {
    meeting: "known",
    next: undefined,
  });
  const met = judgeMeeting(contact({ sequence: 5 }), roster(1, 2), false);
  assert.deepEqual(met, { meeting: "known", next: undefined });
  assert.equal(judgeMeeting(contact({ sequence: 5 }), roster(1, 6), false).next?.sequence, 6);
});

Deno.test("SR-07: another identity is a change, told once, and taken back by the pinned one", () => {
  const changed = judgeMeeting(contact(), roster(2), false);
  assert.equal(changed.meeting, "changed");
  assert.equal(changed.next?.pinned, fingerprintOf(1));
  assert.equal(changed.next?.changedTo, fingerprintOf(2));
  assert(changed.next !== undefined);
  assert.throws(() => requireTrust(changed.next ?? contact()), { code: "identity-changed" });
  assert.deepEqual(judgeMeeting(changed.next, roster(2), false), {
    meeting: "held",
    next: undefined,
  });
  assert.equal(judgeMeeting(changed.next, roster(3), false).meeting, "changed");
  const back = judgeMeeting(changed.next, roster(1), false);
  assert.deepEqual([back.meeting, back.next?.changedTo], ["known", undefined]);
});

Deno.test("SR-07: an identity signed by the pinned one is followed, unless the contact was verified", () => {
  const rotated = judgeMeeting(contact(), roster(2, 3), true);
  assert.equal(rotated.meeting, "rotated");
  assert.deepEqual(rotated.next, contact({ pinned: fingerprintOf(2), sequence: 3 }));
  const verified = judgeMeeting(contact({ trust: "verified" }), roster(2, 3), true);
  assert.equal(verified.meeting, "changed");
  assert.equal(verified.next?.pinned, fingerprintOf(1));
});

Deno.test("SR-07: an accepted identity is pinned, and counts as unverified", () => {
  const held = contact({ trust: "verified", changedTo: fingerprintOf(2), sequence: 9 });
  assert.deepEqual(accepted(held), contact({ pinned: fingerprintOf(2), sequence: 0 }));
  assert.deepEqual(accepted(contact()), contact());
});

Deno.test("contacts that two processes change at once lose neither decision", async () => {
  await using store = await TestStore.open();
  const { vault } = store;
  const [left, right] = [store.database(), store.database()].map((database) =>
    new Contacts({ database, vault, clock: systemClock })
  );
  assert.equal((await left.prepare(contact(), undefined))(), true);
  assert.equal((await right.prepare(contact(), undefined))(), false);
  const stored = await left.read(bob);
  assert(stored !== undefined);
  const hold = await right.prepare({ ...stored.contact, changedTo: fingerprintOf(2) }, stored);
  assert.equal(hold(), true);
  assert.equal((await left.prepare({ ...stored.contact, trust: "verified" }, stored))(), false);
  assert.equal(await left.markVerified(bob, fingerprintOf(1)), true);
  const after = await right.find(bob);
  assert.deepEqual([after?.trust, after?.changedTo], ["verified", fingerprintOf(2)]);
  assert.deepEqual((await left.list()).map(({ account }) => account), [bob]);
  await assert.rejects(left.markVerified(accountId("zoe"), fingerprintOf(1)), {
    code: "unknown-contact",
  });
});

Deno.test("SR-08: an identity that took the place of the compared one meanwhile is not verified", async () => {
  await using store = await TestStore.open();
  const contacts = new Contacts({
    database: store.database(),
    vault: store.vault,
    clock: systemClock,
  });
  (await contacts.prepare(contact(), undefined))();
  const stored = await contacts.read(bob);
  (await contacts.prepare(contact({ pinned: fingerprintOf(2) }), stored))();
  assert.equal(await contacts.markVerified(bob, fingerprintOf(1)), false);
  assert.equal((await contacts.find(bob))?.trust, "unverified");
});
