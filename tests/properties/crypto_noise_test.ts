/** Every decoder of lib/crypto refuses what is cut, longer or changed, and throws nothing. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bytes } from "../../lib/base/bytes.ts";
import { verifyDeviceCertificate } from "../../lib/crypto/statements/device_certificate.ts";
import { decodeDeviceKeys, encodeDeviceKeys } from "../../lib/crypto/statements/device_keys.ts";
import { importIdentity, importIdentityKey, RSA_PSS_3072 } from "../../lib/crypto/keys/identity.ts";
import { decodeGroupState, encodeGroupState } from "../../lib/crypto/mls/group_state.ts";
import { joinByWelcome } from "../../lib/crypto/mls/join.ts";
import { openMessage } from "../../lib/crypto/mls/open.ts";
import {
  checkKeyPackage,
  decodeOwnKeyPackage,
  encodeOwnKeyPackage,
  generateKeyPackage,
  welcomeRefs,
} from "../../lib/crypto/mls/key_package.ts";
import { makeRosterEntry, verifyRosterEntry } from "../../lib/crypto/statements/roster_entry.ts";
import { makeRotation, verifyRotation } from "../../lib/crypto/statements/rotation.ts";
import { person, SERVER_ID } from "../kit/devices.ts";
import { ANYONE, direct, FAST, NOW_MS, tryEnter } from "../kit/groups.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 2000 : 40;
const SEED = 20_260_801;

const { a, b, directory, alice, bob } = await direct();
const phone = await directory.device(bob, NOW_MS);
const own = await generateKeyPackage(phone.own, { suite: FAST, nowMs: NOW_MS });
const added = a.accept(await a.tryAdd(bob, own.publicBytes));
const facts = { serverId: SERVER_ID, accountId: alice.accountId };
const newKey = (await person("alice", 1)).identity.key;
const atGroup = { groupId: a.state.groupId, directory, policy: ANYONE };

interface Format {
  readonly bytes: Bytes;
  /** Whether the bytes were believed. */
  readonly isAccepted: (bytes: Bytes) => Promise<boolean>;
  /** Formats without a signature or key of their own: only cutting must be noticed. */
  readonly isUnsealed?: boolean;
}

const formats: Readonly<Record<string, Format>> = {
  "device certificate": {
    bytes: phone.certificate.bytes,
    isAccepted: async (bytes) => (await verifyDeviceCertificate(bytes, SERVER_ID)).ok,
  },
  "roster entry": {
    bytes: await makeRosterEntry(alice.identity, {
      ...facts,
      accountName: alice.accountName,
      sequence: 1,
    }),
    isAccepted: async (bytes) => (await verifyRosterEntry(bytes, SERVER_ID)).ok,
  },
  "rotation": {
    bytes: await makeRotation(alice.identity, { ...facts, newKey, nowMs: NOW_MS }),
    isAccepted: async (bytes) => (await verifyRotation(bytes, SERVER_ID, alice.identity.key)).ok,
  },
  "identity key": {
    bytes: alice.identity.key.spki,
    isAccepted: async (bytes) => await importIdentityKey(RSA_PSS_3072, bytes) !== undefined,
    isUnsealed: true,
  },
  "device keys": {
    bytes: encodeDeviceKeys(phone.keys),
    isAccepted: async (bytes) => (await decodeDeviceKeys(bytes)).ok,
    isUnsealed: true,
  },
  "own KeyPackage": {
    bytes: encodeOwnKeyPackage(own),
    isAccepted: async (bytes) => (await decodeOwnKeyPackage(bytes)).ok,
    isUnsealed: true,
  },
  "group state": {
    bytes: encodeGroupState(b.state),
    isAccepted: (bytes) => Promise.resolve(decodeGroupState(bytes).ok),
    isUnsealed: true,
  },
  "KeyPackage": {
    bytes: own.publicBytes,
    isAccepted: async (bytes) => {
      const checked = await checkKeyPackage(bytes, FAST, {
        verifier: directory.verifier,
        accountId: bob.accountId,
        pinned: bob.identity.key.fingerprint,
        nowMs: NOW_MS,
        isRevoked: () => false,
      });
      return checked.kind === "checked";
    },
    // The inner signature of the leaf is for ts-mls to check when it is added (adding_test.ts flips each byte).
    isUnsealed: true,
  },
  "Welcome": {
    bytes: added.welcome ?? new Uint8Array(0),
    isAccepted: async (bytes) => {
      welcomeRefs(bytes);
      const joined = await joinByWelcome(bytes, {
        device: phone.own,
        keyPackage: own,
        verifier: directory.verifier,
        choosePolicy: () => ANYONE,
      });
      return joined.kind === "joined";
    },
  },
  "GroupInfo": {
    bytes: added.groupInfo,
    isAccepted: async (bytes) => (await tryEnter(phone, bytes, atGroup)).kind === "pending",
  },
  "commit": {
    bytes: added.commit,
    isAccepted: async (bytes) => {
      const opened = await openMessage(b.state, bytes, b.context);
      return opened.kind === "commit" || opened.kind === "application";
    },
  },
};

for (const [name, { bytes, isAccepted, isUnsealed }] of Object.entries(formats)) {
  Deno.test(`${name} that is cut, continued, changed or made up is refused without an error, seed ${SEED}`, async () => {
    const changes = fc.oneof(
      fc.nat(bytes.length - 1).map((length) => ({ kind: "cut", bytes: bytes.slice(0, length) })),
      fc.uint8Array({ minLength: 1, maxLength: 40 }).map((tail) => {
        const longer = new Uint8Array(bytes.length + tail.length);
        longer.set(bytes);
        longer.set(tail, bytes.length);
        return { kind: "continued", bytes: longer };
      }),
      fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)).map(([at, bit]) => {
        const flipped = bytes.slice();
        flipped[at] ^= 1 << bit;
        return { kind: "flipped", bytes: flipped };
      }),
      fc.uint8Array({ maxLength: 600 }).map((noise) => ({
        kind: "made up",
        bytes: new Uint8Array(noise),
      })),
    );
    await fc.assert(
      fc.asyncProperty(changes, async (change) => {
        const accepted = await isAccepted(change.bytes);
        if (change.kind === "flipped" && isUnsealed === true) return;
        assert.equal(accepted, false, change.kind);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
}

Deno.test("formats of the noise tests are all accepted as they were made", async () => {
  for (const [name, { bytes, isAccepted }] of Object.entries(formats)) {
    // The commit last: opening it ends the state that the others are tried with.
    if (name !== "commit") assert.equal(await isAccepted(bytes), true, name);
  }
  assert.equal(await formats["commit"].isAccepted(formats["commit"].bytes), true);
});

Deno.test("PKCS 8 noise is refused without an error", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (noise) => {
      assert.equal(await importIdentity(new Uint8Array(noise)), undefined);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
