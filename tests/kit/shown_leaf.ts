/** The certificate that a TLS server shows to who connects now, as hex. */

import { encodeHex } from "../../lib/base/bytes.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { TLS_SERVER_NAME } from "../../lib/net/dialling/dial.ts";
import { clientHello, readCertificates } from "../../lib/net/dialling/tls_probe.ts";

export async function shownLeaf(port: number): Promise<string> {
  using stream = await Deno.connect({ hostname: "127.0.0.1", port });
  await stream.write(clientHello(TLS_SERVER_NAME, systemRandom));
  const buffer = new Uint8Array(65_536);
  for (let length = 0;;) {
    const count = await stream.read(buffer.subarray(length));
    if (count === null) throw new Error("The server ended before it showed a certificate");
    length += count;
    const chain = readCertificates(buffer.slice(0, length));
    if (chain !== undefined) return encodeHex(chain[0]);
  }
}
