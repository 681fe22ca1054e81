/** Devices of a crowd at a server, each on a link of its own. */

import { decodeHex, encodeBase64 } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { parseDeviceId } from "../../../lib/base/ids.ts";
import { parseAccountName } from "../../../lib/base/account_name.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { greetStream } from "../../../lib/client/link/handshake.ts";
import type { Link } from "../../../lib/client/link/link.ts";
import { signSignIn } from "../../../lib/crypto/statements/sign_in.ts";
import { dialTls } from "../../../lib/net/dialling/dial.ts";

/** The lines of the devices in the file that `makeCrowd` made. */
export async function crowdLines(path: string): Promise<readonly string[]> {
  return (await Deno.readTextFile(path)).trimEnd().split("\n").slice(1);
}

/** Signs a device of the crowd in over TLS, and keeps it connected. */
export async function signIn(
  line: string,
  { port, caPem }: { readonly port: number; readonly caPem: string },
): Promise<Link> {
  const [name, id, , key] = line.split(" ");
  const account = parseAccountName(name);
  const [deviceId, secret] = [parseDeviceId(id), decodeHex(key)];
  if (!account.ok || deviceId === undefined || secret === undefined) throw new Error(line);
  const surroundings = { clock: systemClock, random: systemRandom };
  const address = { host: "127.0.0.1", port };
  const { stream } = await dialTls(address, caPem, { ...surroundings, timeoutMs: 30_000 });
  const { link, serverId, certificate, serverNonce, clientNonce } = await greetStream(stream, {
    ...{ ...surroundings, address, judge: undefined },
  });
  const signature = await signSignIn(secret, {
    ...{ serverId, caFingerprint: certificate.fingerprint, serverNonce, clientNonce },
    ...{ accountId: account.id, deviceId },
  });
  const proof = { account: account.id, device: deviceId, signature: encodeBase64(signature) };
  await link.ask("login.device", proof);
  return link;
}
