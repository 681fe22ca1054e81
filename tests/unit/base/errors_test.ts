import { deepEqual, equal, ok, throws } from "node:assert/strict";
import * as errors from "../../../lib/base/errors.ts";

const { Bug, HeliographError, Refusal, TrustError, describeError, unreachable } = errors;

const CLASSES = {
  ProtocolError: errors.ProtocolError,
  TransportError: errors.TransportError,
  CryptoError: errors.CryptoError,
  TransferError: errors.TransferError,
  MediaError: errors.MediaError,
  TerminalError: errors.TerminalError,
  StorageError: errors.StorageError,
  UsageError: errors.UsageError,
  Refusal,
  TrustError,
};

for (const [name, Class] of Object.entries(CLASSES)) {
  Deno.test(`${name} has its own name, the code, the message and the cause`, () => {
    const cause = new Deno.errors.NotFound("gone");
    const error = new Class("some-code", "Cannot do it: it is gone", { cause });
    equal(error.name, name);
    equal(error.code, "some-code");
    equal(error.message, "Cannot do it: it is gone");
    equal(error.cause, cause);
    ok(error instanceof HeliographError && error instanceof Error);
    ok(error.stack?.includes("errors_test.ts"));
    equal(String(error), `${name}: Cannot do it: it is gone`);
  });
}

Deno.test("bug has one code for all", () => {
  const bug = new Bug("Cannot be");
  equal(bug.name, "Bug");
  equal(bug.code, "bug");
});

Deno.test("refusal and trust error carry details, and none when none are given", () => {
  const details = { retryAfterSeconds: 57 };
  deepEqual(new Refusal("rate-limited", "Wait", { details }).details, details);
  deepEqual(new Refusal("rate-limited", "Wait").details, {});
  deepEqual(new TrustError("server-changed", "Stop", { details }).details, details);
  deepEqual(new TrustError("server-changed", "Stop").details, {});
});

Deno.test("a value in no variant is a bug that shows it", () => {
  // What types rule out comes from data that was believed without a check.
  const value = { state: "odd" } as unknown as never;
  throws(() => unreachable(value), { name: "Bug", message: /"state":"odd"/ });
});

Deno.test("whatever was thrown has a text", () => {
  equal(describeError(new Bug("Cannot be")), "Cannot be");
  equal(describeError("text"), "text");
  const refused = new Deno.errors.NotCapable(
    'Requires all access to "/proc/x", run again with the --allow-all flag',
  );
  equal(describeError(refused), 'programs like this one may not use "/proc/x"');
  equal(describeError(undefined), "undefined");
  equal(describeError(new DOMException("over", "AbortError")), "over");
});
