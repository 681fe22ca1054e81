/**
 * Run by `nodelay_test.ts` in a process of its own, because it gives up a permission for good. Prints what it finds as JSON:
 * the options of the sockets that a TLS listener accepts, before and after, and whether native code still loads.
 */

import { SocketTuner } from "../../../lib/net/listening/nodelay.ts";
import { testAuthority } from "../../kit/certificates.ts";

const LIBC = "libc.so.6";
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_USER_TIMEOUT = 18;
const TCP_NOTSENT_LOWAT = 25;
const LOWAT_BYTES = 128 * 1024;
const SYMBOLS = {
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
} as const;

// Loaded before the permission goes; what is loaded stays.
const canLook = (await Deno.permissions.query({ name: "ffi" })).state === "granted";
const libc = canLook ? Deno.dlopen(LIBC, SYMBOLS) : undefined;

/** How many of this process's sockets have `value` for a TCP option. */
function countSockets(option: number, value: number): number {
  let count = 0;
  for (let descriptor = 3; descriptor < 256; descriptor++) {
    const found = new Int32Array(1);
    const size = new Uint32Array([4]);
    const result = libc?.symbols.getsockopt(descriptor, IPPROTO_TCP, option, found, size);
    if (result === 0 && found[0] === value) count++;
  }
  return count;
}

const identity = await (await testAuthority()).issue();
const listener = Deno.listenTls({
  hostname: "127.0.0.1",
  port: 0,
  cert: identity.certificateChainPem,
  key: identity.privateKeyPem,
});
const { port } = listener.addr;

/** Options of the socket that the listener accepts, without those of the listener itself and of the client. */
async function acceptedOptions() {
  const before = [
    countSockets(TCP_NODELAY, 1),
    countSockets(TCP_USER_TIMEOUT, 60_000),
    countSockets(TCP_NOTSENT_LOWAT, LOWAT_BYTES),
  ];
  const accepting = listener.accept();
  const client = await Deno.connect({ hostname: "127.0.0.1", port });
  client.setNoDelay(false);
  const accepted = await accepting;
  const found = {
    noDelay: countSockets(TCP_NODELAY, 1) - before[0],
    userTimeout: countSockets(TCP_USER_TIMEOUT, 60_000) - before[1],
    unsentLimit: countSockets(TCP_NOTSENT_LOWAT, LOWAT_BYTES) - before[2],
  };
  client.close();
  accepted.close();
  return found;
}

const before = await acceptedOptions();
const tuner = await SocketTuner.take();
const result = tuner.tune(port);
const after = await acceptedOptions();
let loadsNativeCode = true;
try {
  Deno.dlopen(LIBC, SYMBOLS).close();
} catch (error) {
  loadsNativeCode = !(error instanceof Deno.errors.NotCapable);
}
tuner.giveBackMemory();
const { canGiveBack } = tuner;
const again = (await SocketTuner.take()).tune(port);
listener.close();
const second = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const later = tuner.tune(second.addr.port);
second.close();
tuner.close();
tuner.giveBackMemory();
const found = { before, result, after, loadsNativeCode, again, later };
console.log(JSON.stringify({ ...found, canGiveBack, givesBackClosed: tuner.canGiveBack }));
