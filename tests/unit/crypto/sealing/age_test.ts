import assert from "node:assert/strict";
import { type Bytes, concatBytes, utf8 } from "../../../../lib/base/bytes.ts";
import {
  type AgeKey,
  type AgeLock,
  isAgeFile,
  openAge,
  sealAge,
} from "../../../../lib/crypto/sealing/age.ts";

/** Made for these tests; nothing else is sealed for them. */
const IDENTITY = "AGE-SECRET-KEY-15F7SNF7VCLFKWV6JY766HCXE34GSLSGJVD0XE2SG5TRKXZM9X4AS5PV3TC";
const OTHER = "AGE-SECRET-KEY-1N0WRG2H85P3N86UP7VAGM85N9PNSF2RKK2CZ4PA7TLKNRY94LT2SY0FNSM";
const RECIPIENT = "age19e9fkq5vmzp20vzmc7ecshk2zhv4xl03a0xz50hrp9dg7a0enp2svsnhz8";
const TO_KEY: AgeLock = { kind: "recipients", recipients: [RECIPIENT] };
const BY_KEY: AgeKey = { kind: "identities", text: `# created: today\n\n${IDENTITY}\n` };

/**
 * age-encryption 0.3.1 begins to derive the recipient of an identity when that is given to it, and nobody waits for the end of
 * that where the head of the file is refused before.
 */
const UNAWAITED = { sanitizeOps: false };

function streamOf(...pieces: readonly Bytes[]): ReadableStream<Bytes> {
  return ReadableStream.from(pieces);
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Bytes> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return concatBytes(...pieces);
}

Deno.test(
  "a file of age is opened by its identity, in pieces, and by no other",
  UNAWAITED,
  async () => {
    const text = new Uint8Array(200_000).map((_, i) => i * 7);
    const sealed = await collect(
      await sealAge(streamOf(text.subarray(0, 1), text.subarray(1)), TO_KEY),
    );
    assert.equal(isAgeFile(sealed), true);
    assert.equal(isAgeFile(text), false);
    assert.equal(isAgeFile(new Uint8Array(0)), false);
    const opened = await openAge(streamOf(sealed.subarray(0, 100), sealed.subarray(100)), BY_KEY);
    assert.deepEqual(await collect(opened), text);
    for (
      const wrong of [
        { kind: "passphrase", passphrase: "something else" },
        { kind: "identities", text: OTHER },
      ] as const
    ) {
      await assert.rejects(openAge(streamOf(sealed), wrong), { code: "wrong-key" });
    }
    await assert.rejects(openAge(streamOf(text), BY_KEY), { code: "damaged" });
  },
);

Deno.test(
  "a file of age that is cut or changed in its head is called damaged, and no key is called wrong",
  UNAWAITED,
  async () => {
    const sealed = await collect(await sealAge(streamOf(new Uint8Array(1000)), TO_KEY));
    const head = sealed.length - 1000 - 16;
    for (let size = 0; size < head; size += 7) {
      await assert.rejects(openAge(streamOf(sealed.slice(0, size)), BY_KEY), { code: "damaged" });
    }
    const text = new TextDecoder("latin1").decode(sealed);
    for (const changed of [0, text.indexOf("-> ") + 1, text.indexOf("--- ") + 5]) {
      const bytes = sealed.slice();
      bytes[changed] ^= 1;
      await assert.rejects(openAge(streamOf(bytes), BY_KEY), { code: "damaged" });
    }
  },
);

Deno.test("a file of age that is cut or changed fails where that is", async () => {
  const sealed = await collect(await sealAge(streamOf(new Uint8Array(200_000)), TO_KEY));
  const flipped = sealed.slice();
  flipped[150_000] ^= 1;
  for (const damaged of [flipped, sealed.slice(0, 150_000), sealed.slice(0, -1)]) {
    const opened = await openAge(streamOf(damaged), BY_KEY);
    await assert.rejects(collect(opened));
  }
});

Deno.test("a passphrase seals and opens, and a short one does neither", async () => {
  const passphrase = "correct horse battery";
  const sealed = await collect(
    await sealAge(streamOf(utf8("kept")), { kind: "passphrase", passphrase }),
  );
  assert.deepEqual(
    await collect(await openAge(streamOf(sealed), { kind: "passphrase", passphrase })),
    utf8("kept"),
  );
  const wrong: AgeKey = { kind: "passphrase", passphrase: "correct horse batter" };
  await assert.rejects(openAge(streamOf(sealed), wrong), { code: "wrong-key" });
  const short: AgeLock = { kind: "passphrase", passphrase: "eleven char" };
  await assert.rejects(sealAge(streamOf(), short), { code: "short-passphrase" });
});

Deno.test("what is no recipient and no identity is refused, and no secret is in the words", async () => {
  for (const recipient of ["", "age1", "alice", IDENTITY, `${RECIPIENT}x`]) {
    const lock: AgeLock = { kind: "recipients", recipients: [RECIPIENT, recipient] };
    await assert.rejects(sealAge(streamOf(), lock), { code: "bad-recipient" });
  }
  for (const text of ["", "# nothing", RECIPIENT, `${IDENTITY}x`]) {
    await assert.rejects(openAge(streamOf(), { kind: "identities", text }), (error) => {
      assert(error instanceof Error && "code" in error);
      assert.equal(error.code, "bad-identity");
      assert.equal(error.message.includes("SECRET"), false);
      return true;
    });
  }
});
