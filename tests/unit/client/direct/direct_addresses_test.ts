/** Which addresses contacts are told, and which of theirs are dialled. */

import { deepEqual, equal } from "node:assert/strict";
import {
  dialable,
  ownAddresses,
  withSeenAddress,
} from "../../../../lib/client/direct/direct_addresses.ts";
import type { HostPort } from "../../../../lib/net/addresses/address.ts";
import { MAX_DIRECT_ADDRESSES } from "../../../../lib/protocol/peer/direct.ts";

const NOBODY: HostPort[] = [];
const at = (...hosts: string[]) => hosts.map((host) => ({ host, port: 4000 }));

Deno.test("SR-77: loopback, link-local, multicast, broadcast and names are neither told nor dialled", () => {
  const wrong = [
    ...["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "0.1.2.3"],
    ...["169.254.1.2", "fe80::1", "fe80::1%eth0", "febf::1", "224.0.0.1", "239.255.255.250"],
    ...["255.255.255.255", "10.0.255.255", "240.0.0.1", "ff02::1", "ff0e::1", "::ffff:10.0.0.1"],
    ...["localhost", "router.lan", "", "10.0.0", "1.2.3.4.5", "2001:db8::1%lo"],
  ];
  deepEqual(dialable(wrong.slice(0, 8).map((host) => ({ host, port: 1 })), NOBODY), []);
  for (const host of wrong) {
    deepEqual(dialable(at(host), NOBODY), [], host);
    deepEqual(ownAddresses([{ address: host }], 4000, NOBODY), [], host);
  }
  const right = ["10.0.0.5", "192.168.1.2", "203.0.113.9", "2001:db8::1", "fd00::7"];
  deepEqual(dialable(at(...right), NOBODY), at(...right));
});

Deno.test("SR-77: what the person typed is told and dialled, and nothing else of its kind", () => {
  const typed = [{ host: "127.0.0.1", port: 0 }];
  deepEqual(dialable(at("127.0.0.1", "127.0.0.2", "::1"), typed), at("127.0.0.1"));
  const interfaces = [{ address: "127.0.0.1" }, { address: "10.0.0.5" }, { address: "fe80::1" }];
  deepEqual(ownAddresses(interfaces, 4000, typed), at("127.0.0.1"));
  // As with a router that hands a port on.
  const elsewhere = [{ host: "203.0.113.9", port: 7000 }];
  deepEqual(ownAddresses(interfaces, 4000, elsewhere), elsewhere);
});

Deno.test("SR-77: eight addresses at most are told and dialled, and none with port 0", () => {
  const many = Array.from({ length: 12 }, (_, i) => `10.0.0.${i + 1}`);
  const own = ownAddresses(many.map((address) => ({ address })), 4000, NOBODY);
  equal(own.length, MAX_DIRECT_ADDRESSES);
  equal(dialable(at(...many), NOBODY).length, MAX_DIRECT_ADDRESSES);
  deepEqual(dialable([{ host: "10.0.0.1", port: 0 }], NOBODY), []);
  const seen = { host: "203.0.113.9", port: 5000 };
  const all = withSeenAddress(own, seen);
  equal(all.length, MAX_DIRECT_ADDRESSES);
  deepEqual(all.at(-1), seen);
});

Deno.test("the address that the server sees is told once, and only if others may be told it", () => {
  const own = at("10.0.0.5");
  deepEqual(withSeenAddress(own, undefined), own);
  deepEqual(withSeenAddress(own, own[0]), own);
  deepEqual(withSeenAddress(own, { host: "127.0.0.1", port: 9 }), own);
});
