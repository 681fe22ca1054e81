/** The pages that the devices of an account keep in common, as the server hands them on. */

import assert from "node:assert/strict";
import { encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { fingerprint } from "../../../lib/base/ids.ts";
import { makeDevice, ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { TestServer } from "../../kit/test_server.ts";

const [ONE, TWO] = ["01".repeat(16), "02".repeat(16)];

async function read(client: RawClient, version?: string) {
  const known = version === undefined ? {} : { version };
  const { header, payload } = await client.ask("device.read-page", { page: "people", ...known });
  return { version: header.version, body: encodeHex(payload) };
}

async function openHousehold(server: TestServer) {
  const account = await registered(server, "alice");
  const device = await makeDevice(server, account.person);
  await server.parts.store.addDevice({
    account: account.person.accountId,
    device: {
      device: device.id,
      certificate: device.certificate,
      certificateHash: await fingerprint(device.certificate),
    },
    nowMs: server.clock.nowMs(),
  });
  const phone = await ready(server, { ...account, device });
  return { laptop: await ready(server, account), phone };
}

Deno.test("a page is read by the account's devices alone, and its bytes only when they are news", async () => {
  await using server = await TestServer.open();
  const { laptop, phone } = await openHousehold(server);
  const bob = await ready(server, await registered(server, "bob", { which: 1 }));
  assert.deepEqual(await read(laptop), { version: undefined, body: "" });
  const write = (client: RawClient, fields: Record<string, unknown>) =>
    client.get("device.write-page", { page: "people", ...fields }, utf8("sealed"));
  assert.equal((await write(laptop, { version: ONE })).written, true);
  assert.deepEqual(await read(phone), { version: ONE, body: encodeHex(utf8("sealed")) });
  assert.deepEqual(await read(phone, ONE), { version: ONE, body: "" });
  assert.deepEqual(await read(bob), { version: undefined, body: "" });
  // Whoever did not see the other's page first does not write over it.
  assert.equal((await write(phone, { version: TWO })).written, false);
  assert.equal((await write(phone, { version: TWO, follows: ONE })).written, true);
  assert.equal((await write(laptop, { version: ONE, follows: ONE })).written, false);
});

Deno.test("the account's other sessions are told of a new page, nobody else", async () => {
  await using server = await TestServer.open();
  const { laptop, phone } = await openHousehold(server);
  const bob = await ready(server, await registered(server, "bob", { which: 1 }));
  await laptop.get("device.write-page", { page: "read", version: ONE }, utf8("sealed"));
  // A write that changes nothing is no news.
  await laptop.get("device.write-page", { page: "read", version: TWO }, utf8("sealed"));
  const told = async (client: RawClient) => {
    await client.get("keys.count");
    return client.waiting.filter(({ header }) => header.kind === "device.page-news")
      .map(({ header }) => [header.page, header.version]);
  };
  assert.deepEqual(await told(phone), [["read", ONE]]);
  assert.deepEqual(await told(laptop), []);
  assert.deepEqual(await told(bob), []);
});
