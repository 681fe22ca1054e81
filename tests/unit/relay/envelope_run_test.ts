import { deepEqual, equal, throws } from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { Bug } from "../../../lib/base/errors.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../lib/protocol/limits.ts";
import { PacketDecoder } from "../../../lib/protocol/packet.ts";
import { EnvelopeRun } from "../../../lib/relay/envelope_run.ts";
import type { Envelope } from "../../../lib/relay/message_log.ts";
import { accountId, conversationId, deviceId, envelopeId } from "../server/store_kit.ts";

function envelopes(...seqs: readonly number[]): Envelope[] {
  return seqs.map((seq) => ({
    conversation: conversationId(1),
    seq,
    envelope: envelopeId(seq),
    type: "message",
    epoch: 1,
    account: accountId("eve"),
    device: deviceId(1),
    atMs: seq,
    place: undefined,
    body: utf8(`body ${seq}`),
  }));
}

function decoded(bytes: Uint8Array): [unknown, string][] {
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  decoder.push(bytes);
  const packets: [unknown, string][] = [];
  for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
    packets.push([packet.header.seq, new TextDecoder().decode(packet.payload)]);
  }
  return packets;
}

Deno.test("a run of envelopes gives the packets of any part of it, and their size", () => {
  const run = new EnvelopeRun(envelopes(3, 4, 7));
  equal(run.count, 3);
  deepEqual(decoded(run.packets(0, 3)), [[3, "body 3"], [4, "body 4"], [7, "body 7"]]);
  deepEqual(decoded(run.packets(1, 2)), [[4, "body 4"]]);
  deepEqual(decoded(run.packets(2, 3)), [[7, "body 7"]]);
  equal(run.sizeOf(0, 3), run.packets(0, 3).length);
  equal(run.sizeOf(1, 3), run.packets(1, 3).length);
  equal(run.sizeOf(2, 2), 0);
});

Deno.test("a run of envelopes finds the first one after a number", () => {
  const run = new EnvelopeRun(envelopes(3, 4, 7));
  deepEqual([2, 3, 5, 7].map((seq) => run.findAfter(seq, 0, 3)), [0, 1, 2, 3]);
  equal(run.findAfter(2, 1, 3), 1, "not before where it looks");
  equal(run.findAfter(7, 0, 2), 2, "nor behind");
});

Deno.test("a run of envelopes that was released keeps the numbers only", () => {
  const run = new EnvelopeRun(envelopes(3, 4));
  run.release();
  deepEqual([run.seqAt(1), run.count], [4, 2]);
  throws(() => run.packets(0, 1), Bug);
});

Deno.test("a run of envelopes that cannot be encoded leaves nothing to the next one", () => {
  const [good, bad] = envelopes(1, 2);
  throws(() => new EnvelopeRun([good, { ...bad, body: new Uint8Array(2 ** 21) }]));
  deepEqual(decoded(new EnvelopeRun([bad]).packets(0, 1)), [[2, "body 2"]]);
});
