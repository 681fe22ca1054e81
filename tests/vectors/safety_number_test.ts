/** The safety number by the text of docs/protocol/conversations.md, "Trust", and by the code. */

import { equal, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { parseAccountId } from "../../lib/base/account_name.ts";
import { parseFingerprint } from "../../lib/base/ids.ts";
import { safetyNumber } from "../../lib/crypto/statements/safety_number.ts";
import { concat } from "./opaque_client.ts";
import { field, fromHex, u16, utf8 } from "./sign_in.ts";

const SERVER = "11".repeat(32);
const ALICE = { account: "alice", identity: "22".repeat(32) };
const BOB = { account: "bob", identity: "33".repeat(32) };
const NUMBER = "361267047026729857383973147834990347467004766800604329836007";

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return createHash("sha256").update(concat(...parts)).digest();
}

/** The 30 digits of one side. */
function digitsOf({ account, identity }: typeof ALICE): string {
  const key = fromHex(identity);
  const head = concat(utf8("Heliograph v1 safety number\0"), u16(1), fromHex(SERVER));
  let hash = sha256(head, field(utf8(account)), field(key));
  for (let i = 0; i < 5199; i++) hash = sha256(hash, key);
  const groups = [0, 5, 10, 15, 20, 25].map((at) =>
    [...hash.subarray(at, at + 5)].reduce((value, byte) => value * 256 + byte, 0) % 100_000
  );
  return groups.map((group) => String(group).padStart(5, "0")).join("");
}

Deno.test("the safety number is what the page's text gives, on both sides", () => {
  equal([digitsOf(ALICE), digitsOf(BOB)].sort().join(""), NUMBER);
  const side = ({ account, identity }: typeof ALICE) => {
    const [accountId, key] = [parseAccountId(account), parseFingerprint(identity)];
    ok(accountId && key);
    return { accountId, identity: key };
  };
  const server = parseFingerprint(SERVER);
  ok(server);
  equal(safetyNumber(server, side(ALICE), side(BOB)), NUMBER);
  equal(safetyNumber(server, side(BOB), side(ALICE)), NUMBER);
});
