import { deepEqual, equal, rejects } from "node:assert/strict";
import { decodeHex } from "../../../../lib/base/bytes.ts";
import { ProtocolError } from "../../../../lib/base/errors.ts";
import { type Introduced, readProxyHeader } from "../../../../lib/net/listening/proxy_header.ts";
import { seeded } from "../../../kit/seeded.ts";

const SIGNATURE = "0d0a0d0a000d0a515549540a";
/** As HAProxy 2.6 sends them. */
const IPV4 = `${SIGNATURE}2111000cc0000201c633640ac35001bb`;
const IPV6 =
  `${SIGNATURE}21210024${"20010db8000000000000000000000007"}${"20010db8000000000000000000000001"}c35001bb`;
const LOCAL = `${SIGNATURE}20000000`;

/** Reads from `bytes`, at most `step` at a time, and counts what it read. */
async function read(hex: string, step = 4096) {
  const bytes = decodeHex(hex) ?? new Uint8Array();
  let at = 0;
  const stream = {
    read(buffer: Uint8Array) {
      if (at === bytes.length) return Promise.resolve(null);
      const part = bytes.subarray(at, at + Math.min(step, buffer.length));
      buffer.set(part);
      at += part.length;
      return Promise.resolve(part.length);
    },
  };
  const introduced: Introduced = await readProxyHeader(stream);
  return { introduced, restBytes: bytes.length - at };
}

const REST = "160301";

const GOOD: readonly (readonly [name: string, hex: string, Introduced])[] = [
  ["TCP over IPv4", IPV4, { host: "192.0.2.1", port: 50_000 }],
  ["TCP over IPv6", IPV6, { host: "2001:db8:0:0:0:0:0:7", port: 50_000 }],
  ["LOCAL", LOCAL, "proxy"],
  // §2.2: whatever LOCAL names is skipped.
  ["LOCAL with addresses", IPV4.replace("2111", "2011"), "proxy"],
  ["unspecified", `${SIGNATURE}21000000`, "proxy"],
  // §2.2.7: PP2_TYPE_NOOP, PP2_TYPE_ALPN, PP2_TYPE_CRC32C.
  [
    "with TLVs",
    `${SIGNATURE}2111001dc0000201c633640ac35001bb${"04000100"}${"010002" + "6832"}${
      "0300" + "04" + "00000000" + "00"
    }`,
    { host: "192.0.2.1", port: 50_000 },
  ],
];

for (const [name, hex, expected] of GOOD) {
  Deno.test(`PROXY header ${name} is read to its end and no further, however it arrives`, async () => {
    for (const step of [1, 2, 15, 16, 17, 4096]) {
      const { introduced, restBytes } = await read(hex + REST, step);
      deepEqual(introduced, expected);
      equal(restBytes, 3);
    }
  });
}

const BAD: Readonly<Record<string, string>> = {
  "version 1": "50524f58592054435034203139322e302e322e3120",
  "TLS": `16030100fa010000f60303${"00".repeat(16)}`,
  "another version": IPV4.replace("2111", "1111"),
  "a command to come": IPV4.replace("2111", "2211"),
  "UDP": IPV4.replace("2111", "2112"),
  "a family to come": IPV4.replace("2111", "2141"),
  "a socket of the machine": `${SIGNATURE}213100d8${"00".repeat(216)}`,
  "addresses that are cut off": `${SIGNATURE}2111000bc0000201c633640ac35001`,
  "IPv4 as IPv6": IPV4.replace("2111", "2121"),
  "more than it may have": `${SIGNATURE}21110801${"00".repeat(2049)}`,
  "one wrong bit in its signature": IPV4.replace("0d0a0d", "0d0a0c"),
};

for (const [name, hex] of Object.entries(BAD)) {
  Deno.test(`no PROXY header: ${name}`, async () => {
    await rejects(read(hex), { name: "ProtocolError", code: "bad-proxy-header" });
  });
}

Deno.test("a PROXY header of the greatest length is read", async () => {
  const { introduced } = await read(
    `${SIGNATURE}21110800c0000201c633640ac35001bb${"00".repeat(2036)}`,
  );
  deepEqual(introduced, { host: "192.0.2.1", port: 50_000 });
});

Deno.test("a PROXY header that is cut off anywhere is none", async () => {
  for (const whole of [IPV4, IPV6, LOCAL]) {
    for (let at = 0; at < whole.length; at += 2) {
      await rejects(read(whole.slice(0, at), 7), { code: "bad-proxy-header" });
    }
  }
});

Deno.test("noise in place of a PROXY header is refused or read, and nothing else", async () => {
  const random = seeded(59);
  const runs = Number(Deno.env.get("SLOW") ?? 0) > 0 ? 100_000 : 3000;
  for (let run = 0; run < runs; run++) {
    const bytes = (decodeHex([IPV4, IPV6, LOCAL][random(3)]) ?? new Uint8Array()).slice();
    for (let flips = random(4); flips >= 0; flips--) bytes[random(bytes.length)] ^= 1 << random(8);
    const cut = bytes.subarray(0, random(bytes.length + 1));
    const hex = Array.from(cut, (byte) => byte.toString(16).padStart(2, "0")).join("");
    try {
      const { introduced } = await read(hex, 1 + random(20));
      if (introduced !== "proxy") equal(introduced.port >= 0 && introduced.port < 65_536, true);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw new Error(hex, { cause: error });
    }
  }
});
