/** SR-49 on addresses that are not loopback: needs a network interface besides `lo`, and permission to use it. */

import { equal, rejects, throws } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { TransportError, TrustError } from "../../../lib/base/errors.ts";
import { dialPlain } from "../../../lib/net/dialling/dial.ts";
import { Listener } from "../../../lib/net/listening/listener.ts";
import { isLoopback } from "../../../lib/net/addresses/address.ts";

const outside = Deno.networkInterfaces().find(({ family, address }) =>
  family === "IPv4" && !isLoopback(address)
)?.address;
const options = { clock: systemClock, limits: { connections: 10 } };
const refused = (error: unknown) =>
  error instanceof TrustError && error.code === "plain-not-loopback";

Deno.test("SR-49: a server without TLS does not listen on all addresses", () => {
  throws(() => Listener.open({ host: "0.0.0.0", port: 0 }, options), refused);
});

Deno.test({
  name: "SR-49: a client without TLS sends nothing to another address (needs a network)",
  ignore: outside === undefined,
  async fn() {
    const listener = Deno.listen({ hostname: outside ?? "", port: 0 });
    const dialling = rejects(
      dialPlain({ host: outside ?? "", port: listener.addr.port }, {
        clock: systemClock,
        timeoutMs: 5000,
      }),
      refused,
    );
    const stream = await listener.accept();
    await dialling;
    equal(await stream.read(new Uint8Array(10)), null);
    stream.close();
    listener.close();
  },
});

Deno.test("listener says that this machine has no such address", () => {
  // TEST-NET-3 (RFC 5737): nobody has it.
  throws(
    () => Listener.open({ host: "203.0.113.77", port: 0 }, options),
    (error: unknown) => error instanceof TransportError && error.code === "address-not-available",
  );
});

Deno.test("dial says that there is no such host", async () => {
  const dialling = dialPlain({ host: "no-such-host.invalid", port: 1 }, {
    clock: systemClock,
    timeoutMs: 30_000,
  });
  await rejects(
    dialling,
    (error: unknown) => error instanceof TransportError && error.code === "host-not-found",
  );
});
