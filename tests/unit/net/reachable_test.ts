import assert from "node:assert/strict";
import { findFreePort, localAddress, reachableAddress } from "../../../lib/net/reachable.ts";

const INTERFACES = [
  { family: "IPv4", address: "127.0.0.1" },
  { family: "IPv6", address: "2001:db8::1" },
  { family: "IPv4", address: "169.254.7.7" },
  { family: "IPv4", address: "192.0.2.7" },
] as const;

Deno.test("an address that others reach is the machine's first outer IPv4 address", () => {
  const at = (host: string, interfaces: typeof INTERFACES | [] = INTERFACES) =>
    reachableAddress({ host, port: 1 }, interfaces).host;
  assert.equal(at("0.0.0.0"), "192.0.2.7");
  assert.equal(at("::"), "192.0.2.7");
  assert.equal(at("0.0.0.0", []), "127.0.0.1");
  assert.equal(at("198.51.100.1"), "198.51.100.1");
  assert.equal(at("::1"), "::1");
});

Deno.test("this machine reaches a server on all addresses by its loopback", () => {
  assert.deepEqual(localAddress({ host: "0.0.0.0", port: 1 }), { host: "127.0.0.1", port: 1 });
  assert.deepEqual(localAddress({ host: "::", port: 1 }), { host: "::1", port: 1 });
  assert.deepEqual(localAddress({ host: "192.0.2.1", port: 1 }), { host: "192.0.2.1", port: 1 });
});

Deno.test("a free port is suggested when one is taken, and none when the address is not ours", () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const free = findFreePort({ host: "127.0.0.1", port: taken.addr.port });
  if (taken.addr.port < 65_000) assert.ok(free !== undefined && free.port > taken.addr.port);
  assert.equal(findFreePort({ host: "127.0.0.1", port: 65_535 }), undefined);
});
