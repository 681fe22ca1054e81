import { deepEqual, equal } from "node:assert/strict";
import {
  formatHostPort,
  isLoopback,
  networkOf,
  parseHostPort,
  parseIp,
  sourceOf,
} from "../../../../lib/net/addresses/address.ts";

Deno.test("parseHostPort reads names, addresses and ports", () => {
  const cases: [string, string, number][] = [
    ["chat.example.org", "chat.example.org", 9797],
    ["chat.example.org.:1", "chat.example.org.", 1],
    ["127.0.0.1:65535", "127.0.0.1", 65_535],
    ["localhost:0", "localhost", 0],
    ["[::1]", "::1", 9797],
    ["[fe80::1%eth0]:80", "fe80::1%eth0", 80],
  ];
  for (const [text, host, port] of cases) deepEqual(parseHostPort(text), { host, port }, text);
  deepEqual(parseHostPort("host", 1234), { host: "host", port: 1234 });
});

Deno.test("parseHostPort refuses what could mean something else", () => {
  const wrong = [
    "",
    ":9797",
    "host:",
    "host:65536",
    "host:-1",
    "host:1e3",
    "host:0x10",
    "::1",
    "::1:9797",
    "[::1",
    "[host]",
    "[]",
    "[::1]9797",
    "a b",
    "-host",
    "host-",
    "a..b",
    "999.1.1.1:0",
    "4000",
    "10.0.0",
    "ho/st",
    "user@host",
    "hôst",
    "x".repeat(64),
    `${"x.".repeat(130)}org`,
  ];
  for (const text of wrong) equal(parseHostPort(text), undefined, text);
});

Deno.test("formatHostPort puts brackets around IPv6 only, and is read back", () => {
  for (const text of ["a.b:1", "1.2.3.4:5", "[::1]:9797"]) {
    const parsed = parseHostPort(text);
    equal(parsed && formatHostPort(parsed), text);
  }
});

Deno.test("parseIp reads IPv4 and IPv6 in every form", () => {
  const hex = (text: string) => {
    const bytes = parseIp(text);
    return bytes && [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  equal(hex("1.2.3.255"), "010203ff");
  equal(hex("::"), "0".repeat(32));
  equal(hex("2001:db8::1"), "20010db8000000000000000000000001");
  equal(hex("1:2:3:4:5:6:7:8"), "00010002000300040005000600070008");
  equal(hex("::ffff:1.2.3.4"), "00000000000000000000ffff01020304");
  equal(hex("1:2:3:4:5:6:1.2.3.4"), "00010002000300040005000601020304");
  equal(hex("fe80::1%eth0"), "fe800000000000000000000000000001");
  const wrong = [
    "1.2.3",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4.5",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7::8",
    "12345::",
    "g::",
    "1.2.3.4::",
    "::1.2.3",
    "localhost",
  ];
  for (const text of wrong) equal(hex(text), undefined, text);
});

Deno.test("isLoopback is true for this machine's addresses only, whatever their form", () => {
  for (const ip of ["127.0.0.1", "127.255.0.3", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"]) {
    equal(isLoopback(ip), true, ip);
  }
  const others = ["0.0.0.0", "128.0.0.1", "::", "::2", "1::1", "::ffff:10.0.0.1", "localhost", ""];
  for (const ip of others) equal(isLoopback(ip), false, ip);
});

Deno.test("sourceOf is the address for IPv4 and the /64 for IPv6", () => {
  equal(sourceOf("192.0.2.7"), "192.0.2.7");
  equal(sourceOf("::ffff:192.0.2.7"), "192.0.2.7");
  equal(sourceOf("2001:db8:1:2:aaaa::1"), sourceOf("2001:db8:1:2::ffff:1"));
  equal(sourceOf("2001:db8:1:2::1") === sourceOf("2001:db8:1:3::1"), false);
  equal(sourceOf("unix"), "unix");
});

Deno.test("networkOf is the /24 around an IPv4 source and the /48 around an IPv6 one", () => {
  const cases = [
    ["192.0.2.7", "192.0.2.0/24"],
    ["2001:db8:1:2:aaaa::1", "2001:db8:1::/48"],
    ["::1", "0:0:0::/48"],
    ["unix", "unix"],
  ];
  for (const [ip, network] of cases) equal(networkOf(sourceOf(ip)), network);
});
