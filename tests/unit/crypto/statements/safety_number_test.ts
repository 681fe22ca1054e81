import assert from "node:assert/strict";
import { formatSafetyNumber } from "../../../../lib/app/safety.ts";
import {
  isSameSafetyNumber,
  safetyNumber,
} from "../../../../lib/crypto/statements/safety_number.ts";
import { OTHER_SERVER_ID, person, SERVER_ID } from "../../../kit/devices.ts";

async function sides() {
  const alice = await person("alice", 0);
  const bob = await person("bob", 1);
  return {
    alice: { accountId: alice.accountId, identity: alice.identity.key.fingerprint },
    bob: { accountId: bob.accountId, identity: bob.identity.key.fingerprint },
  };
}

Deno.test("SR-08: the safety number is 60 digits and the same on both sides", async () => {
  const { alice, bob } = await sides();
  const number = safetyNumber(SERVER_ID, alice, bob);
  assert.match(number, /^\d{60}$/);
  assert.equal(safetyNumber(SERVER_ID, bob, alice), number);
  assert.match(formatSafetyNumber(number), /^(\d{5} ){11}\d{5}$/);
});

Deno.test("SR-08: the safety number changes with server, account and identity of either side", async () => {
  const { alice, bob } = await sides();
  const numbers = [
    safetyNumber(SERVER_ID, alice, bob),
    safetyNumber(OTHER_SERVER_ID, alice, bob),
    safetyNumber(SERVER_ID, { ...alice, accountId: bob.accountId }, bob),
    safetyNumber(SERVER_ID, { ...alice, identity: bob.identity }, bob),
    safetyNumber(SERVER_ID, alice, { ...bob, accountId: alice.accountId }),
    safetyNumber(SERVER_ID, alice, { ...bob, identity: alice.identity }),
  ];
  assert.equal(new Set(numbers).size, numbers.length);
});

Deno.test("SR-08: a typed number counts only with all 60 digits right, blanks ignored", async () => {
  const { alice, bob } = await sides();
  const number = safetyNumber(SERVER_ID, alice, bob);
  const typed = formatSafetyNumber(number);
  assert.equal(isSameSafetyNumber(number, number), true);
  assert.equal(isSameSafetyNumber(typed, number), true);
  assert.equal(isSameSafetyNumber(` ${typed.replaceAll(" ", "\n\t ")}\r\n`, number), true);
  assert.equal(isSameSafetyNumber("", number), false);
  assert.equal(isSameSafetyNumber("", ""), false);
  assert.equal(isSameSafetyNumber(number.slice(0, 59), number), false);
  assert.equal(isSameSafetyNumber(number.slice(0, 30), number), false);
  assert.equal(isSameSafetyNumber(number + "0", number), false);
  assert.equal(isSameSafetyNumber(typed.replaceAll(" ", "-"), number), false);
  for (let i = 0; i < 60; i++) {
    const digit = (Number(number[i]) + 1) % 10;
    assert.equal(
      isSameSafetyNumber(number.slice(0, i) + digit + number.slice(i + 1), number),
      false,
    );
  }
});

Deno.test("SR-08: the safety number of fixed inputs never changes", async () => {
  const { alice, bob } = await sides();
  // Computed by another program (Python's hashlib) from the layout in the doc comment.
  assert.equal(
    safetyNumber(SERVER_ID, alice, bob),
    "267785310883542328521850440671771775835839710482391478389264",
  );
});
