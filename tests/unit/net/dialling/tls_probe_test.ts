import { deepEqual, equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { type Bytes, concatBytes, encodeHex } from "../../../../lib/base/bytes.ts";
import { HeliographError } from "../../../../lib/base/errors.ts";
import { clientHello, readCertificates } from "../../../../lib/net/dialling/tls_probe.ts";

const u24 = (value: number) => Uint8Array.of(value >>> 16, value >>> 8, value);
const u16 = (value: number) => Uint8Array.of(value >>> 8, value);
const record = (body: Uint8Array, type = 22) =>
  concatBytes(Uint8Array.of(type, 3, 3), u16(body.length), body);
const message = (type: number, body: Uint8Array) =>
  concatBytes(Uint8Array.of(type), u24(body.length), body);
/** A SEQUENCE of this many bytes in all. */
const der = (sizeBytes: number): Bytes => {
  const body = sizeBytes - 4;
  const bytes = new Uint8Array(sizeBytes);
  bytes.set([0x30, 0x82, body >>> 8, body]);
  return bytes;
};
const serverHello = (version = 0x0303) =>
  message(2, concatBytes(u16(version), new Uint8Array(32), Uint8Array.of(0, 0xc0, 0x2b, 0)));
const certificates = (...list: Uint8Array[]) => {
  const entries = concatBytes(...list.flatMap((one) => [u24(one.length), one]));
  return message(11, concatBytes(u24(entries.length), entries));
};
/** 38 bytes: version, random, empty session id, suite, compression. */
const hello = serverHello();
const leaf = der(600);
const ca = der(500);
const answer = concatBytes(record(hello), record(certificates(leaf, ca)));

function refused(code: string, bytes: Bytes) {
  throws(
    () => readCertificates(bytes),
    (error: unknown) => error instanceof HeliographError && error.code === code,
  );
}

Deno.test("clientHello offers TLS 1.2 only and names the server", () => {
  const bytes = clientHello("heliograph.internal", {
    bytes: (length) => new Uint8Array(length).fill(7),
    fraction: () => 0,
  });
  equal(encodeHex(bytes.subarray(0, 3)), "160301");
  equal(bytes.length, 5 + (bytes[3] << 8 | bytes[4]));
  equal(bytes.length, 9 + (bytes[6] << 16 | bytes[7] << 8 | bytes[8]));
  equal(encodeHex(bytes.subarray(9, 11)), "0303");
  ok(new TextDecoder("latin1").decode(bytes).includes("heliograph.internal"));
  // supported_versions (43) is how a client offers TLS 1.3.
  ok(!encodeHex(bytes).includes("002b00"));
});

Deno.test("readCertificates gives the chain, once all of it has arrived", () => {
  for (let length = 0; length < answer.length; length++) {
    equal(readCertificates(answer.subarray(0, length)), undefined, `${length} bytes`);
  }
  deepEqual(readCertificates(answer), [leaf, ca]);
  deepEqual(readCertificates(concatBytes(answer, Uint8Array.of(22, 3))), [leaf, ca]);
});

Deno.test("readCertificates joins messages that are spread over records", () => {
  const handshake = concatBytes(hello, certificates(leaf, ca));
  const records = [];
  for (let at = 0; at < handshake.length; at += 100) {
    records.push(record(handshake.subarray(at, at + 100)));
  }
  deepEqual(readCertificates(concatBytes(...records)), [leaf, ca]);
});

Deno.test("readCertificates refuses what is not TLS, and alerts", () => {
  refused("not-tls", new TextEncoder().encode("SSH-2.0-OpenSSH"));
  refused("not-tls", Uint8Array.of(22, 3, 3, 0, 0));
  refused("not-tls", Uint8Array.of(22, 3, 3, 0x40, 1));
  refused("not-tls", record(Uint8Array.of(1), 23));
  refused("tls-alert", record(Uint8Array.of(2, 70), 21));
});

Deno.test("readCertificates refuses messages out of order and wrong versions", () => {
  refused("bad-certificate-message", record(certificates(leaf)));
  refused("bad-certificate-message", concatBytes(record(hello), record(message(12, leaf))));
  refused("bad-certificate-message", record(serverHello(0x0304)));
  refused("bad-certificate-message", record(message(2, new Uint8Array(37))));
});

Deno.test("readCertificates refuses lists whose lengths lie", () => {
  const list = (body: Uint8Array) => concatBytes(record(hello), record(message(11, body)));
  refused("bad-certificate-message", list(u24(0)));
  refused("bad-certificate-message", list(Uint8Array.of(0, 0)));
  refused("bad-certificate-message", list(concatBytes(u24(5), u24(1))));
  refused("bad-certificate-message", list(concatBytes(u24(3), u24(0))));
  refused("bad-certificate-message", list(concatBytes(u24(10), u24(9), der(7))));
  const wrongDer = der(300);
  wrongDer[3]++;
  refused("bad-certificate-message", concatBytes(record(hello), record(certificates(wrongDer))));
  const nine = Array.from({ length: 9 }, () => der(300));
  refused("bad-certificate-message", concatBytes(record(hello), record(certificates(...nine))));
  deepEqual(
    readCertificates(concatBytes(record(hello), record(certificates(...nine.slice(1)))))?.length,
    8,
  );
});

Deno.test("readCertificates ends in a chain, in a wish for more, or in one of its errors on any noise", () => {
  const flips = fc.array(fc.tuple(fc.nat(answer.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 4,
  });
  let errors = 0;
  fc.assert(
    fc.property(flips, fc.nat(answer.length), (changes, length) => {
      const noisy = answer.slice(0, length);
      for (const [at, value] of changes) if (at < length) noisy[at] = value;
      try {
        readCertificates(noisy);
      } catch (error) {
        ok(error instanceof HeliographError && error.code !== "bug", String(error));
        errors++;
      }
    }),
    { numRuns: Deno.env.get("SLOW") === "1" ? 50_000 : 500, seed: 20_251_121 },
  );
  ok(errors > 10, `${errors} errors`);
});
