import assert from "node:assert/strict";
import { type Bytes, concatBytes, utf8 } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  isRequestOf,
  makeLinkRequest,
  openLinkAnswer,
  parseLinkCode,
  sealLinkAnswer,
} from "../../../../lib/crypto/keys/linking.ts";
import { OTHER_SERVER_ID, person, SERVER_ID } from "../../../kit/devices.ts";

const { accountId } = await person("alice", 0);
const { accountId: other } = await person("bob", 0);
const PLACE = { serverId: SERVER_ID, account: accountId };
const GIVEN = utf8("the identity key");

/** What the person types at the other device, after they saw it at the new one. */
function typed(code: string): Bytes {
  const parsed = parseLinkCode(code.toLowerCase().replaceAll("-", " "));
  assert(parsed.ok);
  return parsed.secret;
}

async function answerTo(secret: Bytes, request: Bytes): Promise<Bytes> {
  const answer = await sealLinkAnswer({ secret, place: PLACE, request }, GIVEN, systemRandom);
  assert(answer !== undefined);
  return answer;
}

Deno.test("SR-03: what is handed to a new device opens there, by the code that it showed", async () => {
  const request = await makeLinkRequest(PLACE, systemRandom);
  const secret = typed(request.code);
  assert.equal(await isRequestOf(secret, PLACE, request.bytes), true);
  const answer = await answerTo(secret, request.bytes);
  assert.deepEqual(await openLinkAnswer(request, PLACE, answer), GIVEN);
});

Deno.test("SR-03: a request is that of its own code, account and server alone, whole and unchanged", async () => {
  const request = await makeLinkRequest(PLACE, systemRandom);
  const secret = typed(request.code);
  const thief = await makeLinkRequest(PLACE, systemRandom);
  assert.equal(await isRequestOf(typed(thief.code), PLACE, request.bytes), false);
  const wrong = [{ ...PLACE, account: other }, { ...PLACE, serverId: OTHER_SERVER_ID }];
  for (const place of wrong) assert.equal(await isRequestOf(secret, place, request.bytes), false);
  for (let at = 0; at < request.bytes.length; at++) {
    const changed = request.bytes.slice();
    changed[at] ^= 1;
    assert.equal(await isRequestOf(secret, PLACE, changed), false, `changed at ${at}`);
    assert.equal(await isRequestOf(secret, PLACE, request.bytes.slice(0, at)), false, `cut ${at}`);
  }
  // A server that puts a key of its own in, before the tag of the right one.
  const swapped = concatBytes(thief.bytes.slice(0, 32), request.bytes.slice(32));
  assert.equal(await isRequestOf(secret, PLACE, swapped), false);
});

Deno.test("SR-03: an answer opens only at the device that asked, and only from who knows its code", async () => {
  const request = await makeLinkRequest(PLACE, systemRandom);
  const secret = typed(request.code);
  const answer = await answerTo(secret, request.bytes);
  const again = await makeLinkRequest(PLACE, systemRandom);
  assert.equal(await openLinkAnswer(again, PLACE, answer), undefined);
  // The code alone, without the key that never left the new device.
  assert.equal(await openLinkAnswer({ ...again, secret }, PLACE, answer), undefined);
  // A server without the code makes no answer that the new device believes.
  const forged = await answerTo(systemRandom.bytes(16), request.bytes);
  assert.equal(await openLinkAnswer(request, PLACE, forged), undefined);
  for (const place of [{ ...PLACE, account: other }, { ...PLACE, serverId: OTHER_SERVER_ID }]) {
    assert.equal(await openLinkAnswer(request, place, answer), undefined);
  }
  for (let at = 0; at < answer.length; at++) {
    const changed = answer.slice();
    // The highest bit of an X25519 key is not part of it (RFC 7748 §5); the nonce and the box have no such bits.
    changed[at] ^= 1;
    assert.equal(await openLinkAnswer(request, PLACE, changed), undefined, `changed at ${at}`);
    assert.equal(await openLinkAnswer(request, PLACE, answer.slice(0, at)), undefined);
  }
});

Deno.test("a key of small order is no key to agree with", async () => {
  const request = await makeLinkRequest(PLACE, systemRandom);
  const zero = concatBytes(new Uint8Array(32), request.bytes.slice(32));
  const about = { secret: request.secret, place: PLACE, request: zero };
  assert.equal(await sealLinkAnswer(about, GIVEN, systemRandom), undefined);
  const answer = await answerTo(request.secret, request.bytes);
  const weak = concatBytes(new Uint8Array(32), answer.slice(32));
  assert.equal(await openLinkAnswer(request, PLACE, weak), undefined);
});

Deno.test("a mistyped code is told apart from a wrong one", async () => {
  const { code } = await makeLinkRequest(PLACE, systemRandom);
  const parsed = parseLinkCode(code.slice(0, -1));
  assert(!parsed.ok);
  assert.equal(parsed.message, "The code has 27 characters instead of 28.");
});
