import assert from "node:assert/strict";
import type { Fingerprint } from "../../../../lib/base/ids.ts";
import { makeInvite } from "../../../../lib/client/account/invites.ts";
import { hashToken } from "../../../../lib/crypto/keys/token.ts";
import { encodeBase64 } from "../../../../lib/base/bytes.ts";
import type { HostPort } from "../../../../lib/net/addresses/address.ts";
import { parseInvite } from "../../../../lib/net/addresses/invite.ts";
import { systemRandom } from "../../../../lib/base/random.ts";

const FINGERPRINT = "11".repeat(32) as Fingerprint;
const INTERFACES = [
  { family: "IPv4", address: "127.0.0.1" },
  { family: "IPv4", address: "192.168.0.7" },
] as const;

interface Answer {
  readonly expiresMs?: number;
  readonly address?: string;
  readonly local: boolean;
}

/** Makes an invite at a server that was reached at `reached` and answers `answer`. */
async function make(
  reached: HostPort,
  answer: Answer,
  address?: string,
) {
  const asked: Record<string, unknown>[] = [];
  const link = {
    ask: (kind: string, fields: object) => {
      asked.push({ kind, ...fields });
      return Promise.resolve({ fields: answer, payload: new Uint8Array() });
    },
  };
  const handshake = { link, address: reached, certificate: { fingerprint: FINGERPRINT } };
  const made = await makeInvite(
    // Of a handshake it reads these three.
    handshake as never,
    { uses: 2, forSeconds: 60, address },
    { random: systemRandom, interfaces: INTERFACES },
  );
  const invite = parseInvite(made.invite);
  assert.ok(invite, made.invite);
  return { made, invite, asked };
}

const FAR = { host: "chat.example.org", port: 9797 };
const HERE = { host: "127.0.0.1", port: 4000 };

Deno.test("an invite leads where the server was reached, unless its operator or the person knows better", async () => {
  const answer = { expiresMs: 1, local: false };
  assert.deepEqual((await make(FAR, answer)).invite.address, FAR);
  const public_ = { ...answer, address: "talk.example.net:1234" };
  assert.deepEqual((await make(FAR, public_)).invite.address, {
    host: "talk.example.net",
    port: 1234,
  });
  const portless = { ...answer, address: "talk.example.net" };
  assert.equal((await make({ ...FAR, port: 99 }, portless)).invite.address.port, 99);
  assert.deepEqual((await make(FAR, public_, "10.0.0.1:5")).invite.address, {
    host: "10.0.0.1",
    port: 5,
  });
});

Deno.test("an invite to a server on this machine has the address by which others reach the machine", async () => {
  const { invite, made } = await make(HERE, { expiresMs: 1, local: false });
  assert.deepEqual(invite.address, { host: "192.168.0.7", port: 4000 });
  assert.equal(made.isLocal, false);
  const local = await make(HERE, { expiresMs: 1, local: true });
  assert.deepEqual(local.invite.address, HERE);
  assert.equal(local.made.isLocal, true);
});

Deno.test("SR-44: the token of an invite stays with its maker, the server gets the hash; none where none is needed", async () => {
  const { invite, asked } = await make(FAR, { expiresMs: 1, local: false });
  assert.equal(invite.fingerprint, FINGERPRINT);
  assert.ok(invite.token);
  const hash = encodeBase64(await hashToken(invite.token));
  assert.deepEqual(asked, [{ kind: "invite.make", hash, uses: 2, forSeconds: 60 }]);
  assert.equal((await make(FAR, { local: false })).invite.token, undefined);
});

Deno.test("an address that is none is refused before the server is asked", async () => {
  for (const bad of ["1.2.3", "a b", "host:0", "host:70000"]) {
    await assert.rejects(make(FAR, { local: false }, bad), { code: "bad-address" });
  }
});
