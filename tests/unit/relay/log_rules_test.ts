import { deepEqual, doesNotThrow, equal, throws } from "node:assert/strict";
import {
  type FirstSubmission,
  judgeCommit,
  judgeMessage,
  judgeOpening,
  leftInMailbox,
  requireSame,
  requireSender,
} from "../../../lib/relay/log_rules.ts";

const place = { epoch: 10 };
const first = { seq: 7, epoch: 3 };

const listFull = () => [];
const heard = { first: undefined, epoch: 10, place, listFull };

Deno.test("a message is taken in the present epoch and the three before, and in no other", () => {
  const resultIn = (epoch: number) => judgeMessage({ ...heard, epoch }).result;
  deepEqual([7, 8, 9, 10].map(resultIn), ["fits", "fits", "fits", "fits"]);
  deepEqual([0, 6, 11].map(resultIn), ["stale-epoch", "stale-epoch", "stale-epoch"]);
  const stale = judgeMessage({ ...heard, epoch: 6 });
  deepEqual(stale, { result: "stale-epoch", epoch: 10 });
});

Deno.test("what a message is refused for: said before, muted, no member, too old, no room, in this order", () => {
  let asked = 0;
  const full = () => {
    asked++;
    return ["bob"];
  };
  const all = { first, mute: "why", epoch: 0, place: undefined, listFull: full };
  deepEqual(judgeMessage(all), { result: "known", first });
  deepEqual(judgeMessage({ ...all, first: undefined }), { result: "muted", mute: "why" });
  const unmuted = { first: undefined, epoch: 0, place: undefined, listFull: full };
  deepEqual(judgeMessage(unmuted), { result: "not-member" });
  equal(judgeMessage({ ...unmuted, place }).result, "stale-epoch");
  equal(asked, 0, "who has room is asked last");
  deepEqual(judgeMessage({ ...unmuted, epoch: 10, place }), { result: "quota-exceeded" });
});

Deno.test("SR-54: who has no room keeps a message out of a direct conversation, and is left out in a room", () => {
  const room = { epoch: 10, room: 256 };
  const full = ["bob"];
  deepEqual(judgeMessage({ ...heard, place: room, listFull: () => full }), {
    result: "fits",
    place: room,
    full,
  });
  deepEqual(judgeMessage({ ...heard, place: room }), { result: "fits", place: room, full: [] });
  const direct = { epoch: 10, room: undefined };
  const judged = judgeMessage({ ...heard, place: direct, listFull: () => full });
  deepEqual(judged, { result: "quota-exceeded" });
});

Deno.test("SR-54: what is left in a mailbox is the least of what is left for all and for one sender", () => {
  const limits = { perDeviceBytes: 100, perSenderBytes: 60 };
  const left = (fromAllBytes: number, fromSenderBytes: number, sizeBytes: number) =>
    leftInMailbox({ fromAllBytes, fromSenderBytes }, sizeBytes, limits);
  equal(left(0, 0, 60), 0);
  equal(left(0, 0, 61), -1);
  equal(left(50, 0, 50), 0);
  equal(left(50, 10, 51), -1);
  equal(left(50, 30, 31), -1);
});

Deno.test("SR-47: a device submits while it is signed in, by the right of now", () => {
  const sender = { isSignedIn: true, generation: 3, device: 7 };
  equal(requireSender(sender, { generation: 3 }), sender);
  throws(() => requireSender(undefined, { generation: 3 }), { code: "device-refused" });
  const refused = { name: "Refusal", code: "not-signed-in" };
  throws(() => requireSender({ ...sender, isSignedIn: false }, { generation: 3 }), refused);
  for (const generation of [2, 4]) throws(() => requireSender(sender, { generation }), refused);
});

Deno.test("a commit is taken in the present epoch alone, and a resend is answered as at first", () => {
  const resultIn = (epoch: number) => judgeCommit({ first: undefined, epoch, place });
  deepEqual(resultIn(10), { result: "fits", place });
  deepEqual(resultIn(9), { result: "conflict", epoch: 10 });
  deepEqual(resultIn(11), { result: "conflict", epoch: 10 });
  deepEqual(judgeCommit({ first, epoch: 9, place: undefined }), {
    result: "known",
    seq: 7,
    epoch: 4,
  });
  deepEqual(judgeCommit({ first: undefined, epoch: 10, place: undefined }), {
    result: "not-member",
  });
});

Deno.test("SR-23: a number that was used for anything else is refused", () => {
  const stored: FirstSubmission = { conversation: "c", envelope: "e", type: "message" };
  doesNotThrow(() => requireSame(stored, stored, "message"));
  const refused = { name: "Refusal", code: "bad-message" };
  throws(() => requireSame(stored, stored, "commit"), refused);
  throws(() => requireSame(stored, { ...stored, envelope: "f" }, "message"), refused);
  throws(() => requireSame(stored, { ...stored, conversation: "d" }, "message"), refused);
});

Deno.test("SR-19: the one conversation of two is claimed once, and replaced by who knows it", () => {
  const opening = (present?: string, replaces?: string, isUsed = false) =>
    judgeOpening({ present, replaces, isUsed });
  equal(opening(), undefined);
  equal(opening("old"), "old");
  equal(opening("old", "other"), "old");
  equal(opening("old", "old"), undefined);
  throws(() => opening(undefined, "old"), { code: "unknown-conversation" });
  throws(() => opening("old", "old", true), { code: "bad-message" });
  throws(() => opening(undefined, undefined, true), { code: "bad-message" });
});
