import { deepEqual, doesNotThrow, equal, throws } from "node:assert/strict";
import {
  type FirstSubmission,
  judgeCommit,
  judgeMessage,
  judgeOpening,
  requireSame,
} from "../../../lib/relay/log_rules.ts";

const place = { epoch: 10 };
const first = { seq: 7, epoch: 3 };

Deno.test("a message is taken in the present epoch and the three before, and in no other", () => {
  const resultIn = (epoch: number) => judgeMessage({ first: undefined, epoch, place }).result;
  deepEqual([7, 8, 9, 10].map(resultIn), ["fits", "fits", "fits", "fits"]);
  deepEqual([0, 6, 11].map(resultIn), ["stale-epoch", "stale-epoch", "stale-epoch"]);
  const stale = judgeMessage({ first: undefined, epoch: 6, place });
  deepEqual(stale, { result: "stale-epoch", epoch: 10 });
});

Deno.test("what a message is refused for: said before, muted, no member, too old, in this order", () => {
  const all = { first, mute: "why", epoch: 0, place: undefined };
  deepEqual(judgeMessage(all), { result: "known", first });
  deepEqual(judgeMessage({ ...all, first: undefined }), { result: "muted", mute: "why" });
  const heard = { first: undefined, epoch: 0, place: undefined };
  deepEqual(judgeMessage(heard), { result: "not-member" });
  equal(judgeMessage({ ...heard, place }).result, "stale-epoch");
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
