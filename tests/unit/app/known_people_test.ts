import { deepEqual, equal } from "node:assert/strict";
import type { Attendant } from "../../../lib/app/attendance.ts";
import { People } from "../../../lib/app/conversations/people.ts";
import { accountId } from "../client/profile_kit.ts";

const BOB = accountId("bob");
const statement = new Uint8Array([1]);

function listed(more: Partial<Attendant["entry"]> = {}): Attendant {
  const entry = { account: "bob", name: "bob", identity: "", online: true, sinceMs: 1, ...more };
  return { entry, statement };
}

function people(): People {
  return new People({ account: accountId("alice"), name: "alice" });
}

Deno.test("that somebody is busy is told once each time", () => {
  const known = people();
  known.learn(listed({ busySinceMs: 5 }));
  deepEqual(known.takeBusy(BOB)?.sinceMs, 5);
  equal(known.takeBusy(BOB), undefined);
  // The list is read again with each connection.
  known.learn(listed({ busySinceMs: 5 }));
  equal(known.takeBusy(BOB), undefined);
  known.setBusy(BOB, { sinceMs: 9, statement });
  deepEqual(known.takeBusy(BOB)?.sinceMs, 9);
});

Deno.test("who is free, or has left, is not busy", () => {
  const known = people();
  known.learn(listed({ busySinceMs: 5 }));
  known.setBusy(BOB, undefined);
  equal(known.takeBusy(BOB), undefined);
  known.learn(listed({ busySinceMs: 6 }));
  known.apply([{ account: "bob", name: "bob", identity: "", change: "offline" }]);
  equal(known.takeBusy(BOB), undefined);
  known.learn(listed({ busySinceMs: 7 }));
  known.learn(listed());
  equal(known.takeBusy(BOB), undefined);
});
