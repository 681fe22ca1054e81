/** Which key a sealed message used, by the sender data that every member can read (RFC 9420 §6.3.2). */

import assert from "node:assert/strict";
import { decodeMlsMessage } from "ts-mls";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import type { Bytes } from "../../lib/base/bytes.ts";
import type { GroupState } from "../../lib/crypto/mls/group_state.ts";
import { suiteOf } from "../../lib/crypto/mls/suite.ts";

/** `epoch/leaf/generation` of a message of the state's present epoch. */
export async function keyUsedBy(state: GroupState, body: Bytes): Promise<string> {
  const message = decodeMlsMessage(body.slice(), 0)?.[0];
  assert(message?.wireformat === "mls_private_message");
  const { senderDataSecret } = state.use().keySchedule;
  const suite = await suiteOf(state.suite);
  assert.equal(Number(message.privateMessage.epoch), state.epoch);
  const data = await decryptSenderData(message.privateMessage, senderDataSecret, suite);
  assert(data !== undefined);
  return `${state.epoch}/${data.leafIndex}/${data.generation}`;
}
