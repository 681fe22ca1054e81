import { equal } from "node:assert/strict";
import { systemRandom } from "../../../../lib/base/random.ts";
import { Authority } from "../../../../lib/crypto/certificates/authority.ts";
import { formatPem, parsePem } from "../../../../lib/crypto/certificates/der.ts";
import { readStoredLeaf } from "../../../../lib/crypto/certificates/stored_leaf.ts";

const random = systemRandom;
const nowMs = Date.UTC(2026, 10, 21);
const { authority } = await Authority.create({ nowMs, random });
const leaf = await authority.issueLeaf({ nowMs, random });
const [first] = leaf.chain.split(/(?<=-----END CERTIFICATE-----\n)/);
const der = parsePem("CERTIFICATE", first) ?? new Uint8Array(0);

function changed(at: number, bits: number): string {
  const bytes = der.slice();
  bytes[at] ^= bits;
  return formatPem("CERTIFICATE", bytes);
}

Deno.test("stored leaf is read from its chain: its end, and that its CA signed it", async () => {
  const read = readStoredLeaf(leaf.chain);
  equal(read?.notAfterMs, leaf.notAfterMs);
  equal(read?.isSignedBy(authority.certificate.spki), true);
  const other = await Authority.create({ nowMs, random });
  equal(read?.isSignedBy(other.authority.certificate.spki), false);
});

Deno.test("stored leaf with any one byte changed is damaged or not signed", () => {
  const accepted = [...der.keys()].filter((at) =>
    readStoredLeaf(changed(at, 0x01))?.isSignedBy(authority.certificate.spki) === true
  );
  // What stands between body and signature names the algorithm a second time; only one is ever used.
  equal(accepted.every((at) => at > der.length - 90 && at < der.length - 70), true);
});

Deno.test("stored leaf that is cut, longer, none or noise is damaged", () => {
  for (let length = 0; length < der.length; length++) {
    equal(readStoredLeaf(formatPem("CERTIFICATE", der.slice(0, length))), undefined);
  }
  const longer = new Uint8Array(der.length + 1);
  longer.set(der);
  equal(readStoredLeaf(formatPem("CERTIFICATE", longer)), undefined);
  for (const text of ["", "noise", leaf.privateKey, "-----END CERTIFICATE-----"]) {
    equal(readStoredLeaf(text), undefined);
  }
});
