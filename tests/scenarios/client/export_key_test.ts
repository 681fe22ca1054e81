/** OPAQUE gives the client an export key. Nothing of ours is sealed under it, so nothing is that a guess could open (SR-05). */

import assert from "node:assert/strict";
import { parseAccountName } from "../../../lib/base/account_name.ts";
import { changePassword } from "../../../lib/client/account/password_change.ts";
import { verifyDeviceCertificate } from "../../../lib/crypto/statements/device_certificate.ts";
import {
  finishLogin,
  finishRegistration,
  PasswordServer,
  startLogin,
  startRegistration,
} from "../../../lib/crypto/keys/password.ts";
import { openIdentityCopy, parseRecoveryCode } from "../../../lib/crypto/keys/recovery.ts";
import { verifyRosterEntry } from "../../../lib/crypto/statements/roster_entry.ts";
import type { Packet } from "../../../lib/protocol/packet.ts";
import { splitSections } from "../../../lib/protocol/sections.ts";
import { Machine, PASSWORD } from "../../kit/machine.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import { readyIdentity } from "../../kit/profiles.ts";
import { World } from "../../kit/test_client.ts";

/** RFC 9807 §3.2: public key, masking key, and an envelope of a nonce and a tag. It has no room for anything else. */
const RECORD_BYTES = 32 + 64 + 32 + 64;
/** Format, salt, nonce; and the tag behind what is sealed. */
const COPY_OVERHEAD_BYTES = 2 + 16 + 12 + 16;

function recordBytes(record: unknown): number {
  return Math.floor(String(record).length * 3 / 4);
}

/** Keeps what the client sends. */
function recorder(): { sent: Packet[]; middle: Hooks } {
  const sent: Packet[] = [];
  const up: Hooks["up"] = (packet, pass) => {
    sent.push({ header: packet.header, payload: packet.payload.slice() });
    pass(packet.header, packet.payload);
  };
  return { sent, middle: { up } };
}

function find(sent: readonly Packet[], kind: string): Packet {
  const found = sent.filter(({ header }) => header.kind === kind);
  assert.equal(found.length, 1, kind);
  return found[0];
}

function fieldsOf({ header: { kind: _kind, request: _request, ...fields } }: Packet) {
  return Object.keys(fields).sort();
}

Deno.test("SR-05: what registration uploads is public or sealed under the recovery code alone", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  const { sent, middle } = recorder();
  await alice.register("alice", await world.greet({ middle }));
  assert.deepEqual(sent.map(({ header }) => header.kind), [
    "hello",
    "login.register-start",
    "login.register-finish",
  ]);
  const start = find(sent, "login.register-start");
  assert.deepEqual([fieldsOf(start), start.payload.length], [["name", "opaque"], 0]);
  const finish = find(sent, "login.register-finish");
  assert.deepEqual(fieldsOf(finish), ["device", "name", "record", "sizes"]);
  assert.equal(recordBytes(finish.header.record), RECORD_BYTES);
  const sizes = Array.isArray(finish.header.sizes) ? finish.header.sizes : [];
  const [roster, certificate, copy] = splitSections(finish.payload, sizes, 3);

  const { serverId } = world.server.parts.identity;
  const entry = await verifyRosterEntry(roster, serverId);
  assert.ok(entry.ok);
  assert.ok((await verifyDeviceCertificate(certificate, serverId)).ok);
  const code = parseRecoveryCode(alice.recoveryCode);
  assert.ok(code.ok);
  const pkcs8 = await openIdentityCopy(code.secret, { account: entry.entry.accountId, copy });
  assert.deepEqual(pkcs8, (await readyIdentity(0)).pkcs8);
  // One seal, and nothing beside it.
  assert.equal(copy.length, COPY_OVERHEAD_BYTES + (pkcs8?.length ?? 0));
});

Deno.test("SR-05: sign-in and change of password upload proofs and a record, no copy of anything", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  await alice.keeper.keys.remember(PASSWORD);
  const { own } = await alice.keeper.unlock();
  const copyOf = () => world.server.parts.store.findRecoveryCopy(own.account);
  const before = await copyOf();
  assert.ok(before);
  const { sent, middle } = recorder();
  const change = { own, old: PASSWORD, next: "battery staple" };
  await changePassword(await world.greet({ middle }), alice.keeper, change);
  assert.deepEqual(sent.map((packet) => [packet.header.kind, fieldsOf(packet)]), [
    ["hello", ["nonce", "program", "versions"]],
    ["login.start", ["account", "opaque"]],
    ["login.finish", ["device", "mac", "opaque", "signature"]],
    ["login.password-start", ["opaque"]],
    ["login.password-finish", ["record"]],
  ]);
  for (const { payload } of sent) assert.equal(payload.length, 0);
  const { record } = find(sent, "login.password-finish").header;
  assert.equal(recordBytes(record), RECORD_BYTES);
  // The export key is another one now: whatever lay under it would have had to be sealed anew.
  assert.deepEqual(await copyOf(), before);
});

Deno.test("SR-05: the export key does not leave the password's own file", async () => {
  const server = await PasswordServer.create();
  const parsed = parseAccountName("alice");
  assert.ok(parsed.ok);
  const account = parsed.id;
  const begun = await startRegistration(PASSWORD);
  const registered = await finishRegistration(
    begun.state,
    PASSWORD,
    server.registrationResponse(account, begun.request) ?? "",
  );
  assert.deepEqual(Object.keys(registered ?? {}).sort(), ["record", "serverPublicKey"]);
  const started = await startLogin(PASSWORD);
  const record = registered?.record;
  const answer = server.startLogin({ account, record, request: started.request });
  const proven = await finishLogin(started.state, PASSWORD, answer?.response ?? "");
  assert.deepEqual(Object.keys(proven ?? {}).sort(), ["proof", "serverPublicKey", "sessionKey"]);
});
