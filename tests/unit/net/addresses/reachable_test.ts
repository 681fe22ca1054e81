import assert from "node:assert/strict";
import {
  addressTowards,
  findFreePort,
  invitedAddress,
  localAddress,
  reachableAddress,
} from "../../../../lib/net/addresses/reachable.ts";

const INTERFACES = [
  { family: "IPv4", address: "127.0.0.1" },
  { family: "IPv6", address: "2001:db8::1" },
  { family: "IPv4", address: "169.254.7.7" },
  { family: "IPv4", address: "192.0.2.7" },
] as const;

Deno.test("U10: an address that others reach is the machine's first outer IPv4 address", () => {
  const at = (host: string, interfaces: typeof INTERFACES | [] = INTERFACES) =>
    reachableAddress({ host, port: 1 }, interfaces).host;
  assert.equal(at("0.0.0.0"), "192.0.2.7");
  assert.equal(at("::"), "192.0.2.7");
  assert.equal(at("0.0.0.0", []), "127.0.0.1");
  assert.equal(at("198.51.100.1"), "198.51.100.1");
  assert.equal(at("::1"), "::1");
  const v6 = [{ family: "IPv6", address: "fe80::1" }, INTERFACES[1]] as const;
  const of = (host: string) => reachableAddress({ host, port: 1 }, v6).host;
  assert.equal(of("::"), "2001:db8::1");
  assert.equal(of("0.0.0.0"), "127.0.0.1", "nobody listens there");
});

Deno.test("SR-44: an invite says the address that the operator gave, with its port or the server's", () => {
  const at = (given: string | undefined, host = "0.0.0.0") =>
    invitedAddress({ host, port: 4000 }, given, INTERFACES);
  assert.deepEqual(at(undefined), { host: "192.0.2.7", port: 4000 });
  assert.deepEqual(at("chat.example.org"), { host: "chat.example.org", port: 4000 });
  assert.deepEqual(at("chat.example.org:443"), { host: "chat.example.org", port: 443 });
  assert.deepEqual(at("chat.example.org", "127.0.0.1").host, "chat.example.org");
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

Deno.test("S1.08: addressTowards is the own address of the other one's network, loopback for loopback", () => {
  const interfaces = [
    { family: "IPv4", address: "127.0.0.1", cidr: "127.0.0.1/8" },
    { family: "IPv4", address: "169.254.1.2", cidr: "169.254.1.2/16" },
    { family: "IPv4", address: "10.1.2.3", cidr: "10.1.2.3/20" },
    { family: "IPv4", address: "192.168.0.21", cidr: "192.168.0.21/24" },
    { family: "IPv6", address: "fe80::1", cidr: "fe80::1/64" },
    { family: "IPv6", address: "2001:db8::5", cidr: "2001:db8::5/64" },
  ] as const;
  const towards = (host: string) => addressTowards(host, interfaces);
  assert.equal(towards("127.0.0.1"), "127.0.0.1");
  assert.equal(towards("127.9.9.9"), "127.0.0.1");
  assert.equal(towards("localhost"), "127.0.0.1");
  assert.equal(towards("::1"), "::1");
  assert.equal(towards("192.168.0.77"), "192.168.0.21");
  assert.equal(towards("192.168.0.21"), "192.168.0.21");
  assert.equal(towards("10.1.15.1"), "10.1.2.3");
  assert.equal(towards("203.0.113.9"), "10.1.2.3");
  assert.equal(towards("192.168.1.77"), "10.1.2.3");
  assert.equal(towards("chat.example.org"), "10.1.2.3");
  assert.equal(towards("2001:db8::9"), "2001:db8::5");
  assert.equal(addressTowards("203.0.113.9", interfaces.slice(0, 2)), "127.0.0.1");
});
