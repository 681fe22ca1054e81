import { deepEqual, equal, ok } from "node:assert/strict";
import { parseAddressList } from "../../../../lib/net/addresses/address_list.ts";

Deno.test("a list has its addresses and networks, and no others", () => {
  const parsed = parseAddressList("10.0.0.2, 10.1.0.0/16 fd00:1::/33,2001:db8::7");
  ok(parsed.ok);
  for (
    const ip of [
      ...["10.0.0.2", "::ffff:10.0.0.2", "10.1.0.0", "10.1.255.255", "2001:db8::7"],
      ...["fd00:1:7fff::1", "fd00:1::"],
    ]
  ) equal(parsed.list.has(ip), true, ip);
  for (
    const ip of [
      ...["10.0.0.3", "10.2.0.0", "10.0.255.255", "2001:db8::8", "fd00:1:8000::1", "fd00:2::"],
      ...["", "localhost", "10.0.0.2.", "::a00:2"],
    ]
  ) equal(parsed.list.has(ip), false, ip);
});

Deno.test("a list of which one entry is wrong is refused, and says which", () => {
  for (
    const wrong of [
      ...["10.0.0", "10.0.0.2/33", "10.0.0.0/7", "0.0.0.0/0", "::/0", "fc00::/7", "10.0.0.1/24"],
      ...["::ffff:10.0.0.0/104", "proxy.example", "10.0.0.2/", "/8", "10.0.0.2/x", "fd00::1/64"],
    ]
  ) {
    deepEqual(parseAddressList(`10.0.0.2, ${wrong}`), { ok: false, wrong });
  }
  equal(parseAddressList("").ok, false);
  equal(parseAddressList(" , ").ok, false);
  equal(parseAddressList("10.0.0.2 ".repeat(256)).ok, true);
  equal(parseAddressList("10.0.0.2 ".repeat(257)).ok, false);
});
