/** Broadcasts and busy texts: what is signed comes back, and nothing else is believed, whatever the bytes (SR-60, SR-61). */

import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { type Bytes, encodeHex, utf8 } from "../../lib/base/bytes.ts";
import { newBroadcastId, newDeviceId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { makeBroadcast, openBroadcast } from "../../lib/crypto/statements/broadcast.ts";
import { makeBusy, openBusy } from "../../lib/crypto/statements/busy.ts";
import { signDeviceStatement } from "../../lib/crypto/statements/device_statement.ts";
import { makeDeviceCertificate } from "../../lib/crypto/statements/device_certificate.ts";
import { generateDeviceKeys } from "../../lib/crypto/statements/device_keys.ts";
import { numberField } from "../../lib/crypto/statements/statement.ts";
import { MAX_BROADCAST_BYTES, MAX_BROADCAST_TEXT_BYTES } from "../../lib/protocol/hop/broadcast.ts";
import { MAX_BUSY_BYTES, MAX_BUSY_TEXT_BYTES } from "../../lib/protocol/hop/roster.ts";
import { OTHER_SERVER_ID, person, SERVER_ID } from "../kit/devices.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 5_000 : 100;
const times = fc.nat({ max: 4_000_000_000_000 });

/** The account of the longest id. */
async function device() {
  const { identity, accountId } = await person("\u{20000}".repeat(90), 0);
  const keys = await generateDeviceKeys(systemRandom);
  const certificate = await makeDeviceCertificate(identity, {
    serverId: SERVER_ID,
    accountId,
    deviceId: newDeviceId(systemRandom),
    mlsKey: keys.mls.publicKey,
    statementKey: keys.statement.publicKey,
    nowMs: 1_800_000_000_000,
  });
  const signer = {
    serverId: SERVER_ID,
    account: accountId,
    certificateHash: certificate.hash,
    privateKey: keys.statement.privateKey,
  };
  return { signer, certificate };
}

const ALICE = await device();
const BOB = await device();
const texts = (maxBytes: number) =>
  fc.string({ unit: "grapheme", maxLength: 200 }).filter((text) => utf8(text).length <= maxBytes);

Deno.test("SR-60: a broadcast comes back as it was signed, and is believed of its own device alone", async () => {
  await fc.assert(
    fc.asyncProperty(texts(MAX_BROADCAST_TEXT_BYTES), times, async (text, sentAtMs) => {
      const broadcast = { id: newBroadcastId(systemRandom), sentAtMs, text: `${text}.` };
      const bytes = await makeBroadcast(ALICE.signer, broadcast);
      const opened = openBroadcast(bytes, SERVER_ID);
      if (!opened.ok) throw new Error(opened.code);
      deepEqual(opened.broadcast, broadcast);
      equal(opened.account, ALICE.signer.account);
      equal(await opened.isSignedBy(ALICE.certificate), true);
      equal(await opened.isSignedBy(BOB.certificate), false);
      equal(openBroadcast(bytes, OTHER_SERVER_ID).ok, false);
      equal(openBusy(bytes, SERVER_ID).ok && await opened.isSignedBy(BOB.certificate), false);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("SR-61: a busy text that its device has signed, and is none, is refused", async () => {
  const good = [numberField(1), numberField(2), utf8("hi")];
  const bad = [new Uint8Array(3), new Uint8Array(3), Uint8Array.of(0xff, 0xfe)];
  const open = async (fields: readonly Bytes[]) =>
    openBusy(await signDeviceStatement("presence", ALICE.signer, fields), SERVER_ID);
  equal((await open(good)).ok, true);
  for (const [place, field] of bad.entries()) {
    deepEqual(await open(good.with(place, field)), { ok: false, code: "bad-field" });
  }
  const long = good.with(2, utf8("x".repeat(MAX_BUSY_TEXT_BYTES + 1)));
  deepEqual(await open(long), { ok: false, code: "bad-field" });
});

Deno.test("SR-60: no byte of a broadcast or a busy text can be changed", async () => {
  const id = newBroadcastId(systemRandom);
  const broadcast = await makeBroadcast(ALICE.signer, { id, sentAtMs: 1, text: "hi" });
  const busy = await makeBusy(ALICE.signer, { sinceMs: 1, untilMs: 2, text: "hi" });
  const believed: string[] = [];
  for (const [open, bytes] of [[openBroadcast, broadcast], [openBusy, busy]] as const) {
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i] ^= 1 << (i % 8);
      const opened = open(changed, SERVER_ID);
      if (opened.ok && await opened.isSignedBy(ALICE.certificate)) {
        believed.push(encodeHex(changed));
      }
    }
  }
  deepEqual(believed, []);
});

Deno.test("SR-61: a busy text comes back as it was signed", async () => {
  await fc.assert(
    fc.asyncProperty(
      texts(MAX_BUSY_TEXT_BYTES),
      times,
      fc.option(fc.integer({ min: 1, max: 4_000_000_000_000 }), { nil: undefined }),
      async (text, sinceMs, untilMs) => {
        const busy = { sinceMs, untilMs, text };
        const opened = openBusy(await makeBusy(ALICE.signer, busy), SERVER_ID);
        if (!opened.ok) throw new Error(opened.code);
        deepEqual(opened.busy, busy);
        equal(await opened.isSignedBy(ALICE.certificate), true);
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("the longest text of the longest name is within what a packet takes, and one more byte is refused", async () => {
  const broadcast = (text: string) =>
    makeBroadcast(ALICE.signer, { id: newBroadcastId(systemRandom), sentAtMs: 1, text });
  const longest = await broadcast("x".repeat(MAX_BROADCAST_TEXT_BYTES));
  equal(longest.length <= MAX_BROADCAST_BYTES, true);
  equal(openBroadcast(longest, SERVER_ID).ok, true);
  const tooLong = await broadcast("x".repeat(MAX_BROADCAST_TEXT_BYTES + 1));
  deepEqual(openBroadcast(tooLong, SERVER_ID), { ok: false, code: "bad-field" });
  deepEqual(openBroadcast(await broadcast(""), SERVER_ID), { ok: false, code: "bad-field" });
  const busy = (text: string) => makeBusy(ALICE.signer, { sinceMs: 1, untilMs: undefined, text });
  const longestBusy = await busy("x".repeat(MAX_BUSY_TEXT_BYTES));
  equal(longestBusy.length <= MAX_BUSY_BYTES, true);
  equal(openBusy(longestBusy, SERVER_ID).ok, true);
  const busyTooLong = await busy("x".repeat(MAX_BUSY_TEXT_BYTES + 1));
  deepEqual(openBusy(busyTooLong, SERVER_ID), { ok: false, code: "bad-field" });
});

Deno.test("noise is no broadcast and no busy text, and never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
      const bytes = new Uint8Array(noise);
      equal(openBroadcast(bytes, SERVER_ID).ok, false);
      equal(openBusy(bytes, SERVER_ID).ok, false);
    }),
    { numRuns: RUNS },
  );
});
