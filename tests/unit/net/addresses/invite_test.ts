import { deepEqual, equal } from "node:assert/strict";
import { fingerprint } from "../../../../lib/base/ids.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { formatInvite, parseInvite } from "../../../../lib/net/addresses/invite.ts";
import {
  encodeCertificatePem,
  fingerprintOfPem,
  formatServerFingerprint,
  parseServerFingerprint,
} from "../../../../lib/net/addresses/server_fingerprint.ts";

const server = await fingerprint(utf8("certificate"));
const shown = formatServerFingerprint(server);
const token = Uint8Array.from({ length: 16 }, (_, i) => 255 - i);

Deno.test("server fingerprint is shown as SHA256 and base64 without padding, and read back", () => {
  equal(shown, "SHA256:A9Zt0Ig1wco/EozOrNHzGslBYwlrIPRFroQoW8CDLXI");
  equal(parseServerFingerprint(shown), server);
});

Deno.test("server fingerprint is refused in any other spelling", () => {
  const last = shown.slice(0, -1);
  const wrong = [
    shown.slice(7),
    shown.toLowerCase(),
    `${shown}=`,
    `${last}!`,
    last,
    `${shown}A`,
    ` ${shown}`,
    // The last digit carries two bits only: another spelling of the same bytes.
    last + String.fromCharCode(shown.charCodeAt(shown.length - 1) + 1),
  ];
  for (const text of wrong) equal(parseServerFingerprint(text), undefined, text);
});

Deno.test("fingerprintOfPem takes the last certificate, which is the CA", async () => {
  const leaf = encodeCertificatePem(utf8("leaf".repeat(40)));
  const ca = encodeCertificatePem(utf8("certificate"));
  equal(await fingerprintOfPem(leaf + ca), server);
  equal(await fingerprintOfPem("no certificate"), undefined);
});

Deno.test("invite is read back as it was written, with and without a token", () => {
  for (const host of ["chat.example.org", "192.0.2.1", "2001:db8::1"]) {
    const address = { host, port: 4000 };
    const bare = { address, fingerprint: server };
    deepEqual(parseInvite(formatInvite(bare)), bare);
    const secret = { ...bare, token };
    deepEqual(parseInvite(`\n ${formatInvite(secret)}\n`), secret);
  }
  equal(
    formatInvite({ address: { host: "a.b", port: 1 }, fingerprint: server, token }),
    `heliograph://a.b:1/__79_Pv6-fj39vX08_Lx8A#${shown}`,
  );
});

Deno.test("invite without a port means the default port", () => {
  equal(parseInvite(`heliograph://host#${shown}`)?.address.port, 9797);
  equal(parseInvite(`heliograph://host/#${shown}`)?.address.port, 9797);
});

Deno.test("invite with any wrong part is refused whole", () => {
  const wrong = [
    "",
    "heliograph://",
    `https://host:1#${shown}`,
    `heliograph://host:1`,
    `heliograph://host:1#`,
    `heliograph://host:1#SHA256:short`,
    `heliograph://host:0#${shown}`,
    `heliograph://host:99999#${shown}`,
    `heliograph://user@host:1#${shown}`,
    `heliograph://host:1/dG9vc2hvcnQ#${shown}`,
    `heliograph://host:1/__79_Pv6-fj39vX08_Lx8A/x#${shown}`,
    `heliograph://host:1/__79_Pv6-fj39vX08_Lx8A?x#${shown}`,
    `heliograph://host:1/__79_Pv6-fj39vX08_Lx8B#${shown}`,
    `heliograph://host:1#${shown} and more`,
  ];
  for (const text of wrong) equal(parseInvite(text), undefined, text);
});
