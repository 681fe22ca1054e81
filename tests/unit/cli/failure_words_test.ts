import { deepEqual, equal, ok } from "node:assert/strict";
import { Refusal, TrustError, UsageError } from "../../../lib/base/errors.ts";
import { SLASH_TABLE } from "../../../lib/cli/dialogue/slash_table.ts";
import { describeThrown, exampleAfter } from "../../../lib/cli/failure_words.ts";
import { PROGRAM } from "../../../lib/cli/verbs.ts";
import { exampleOf } from "../../../lib/commands/seed_words.ts";

function wrongPassword(attemptsLeft: number): Refusal {
  return new Refusal("wrong-credentials", "Invalid Password", { details: { attemptsLeft } });
}

Deno.test("S0.17: a wrong password is followed by how to register, while there are tries left", () => {
  equal(
    describeThrown(wrongPassword(1)).text,
    "Invalid Password (1 try left)\nWrong name or password. New here? heliograph register NAME",
  );
});

Deno.test("S3.08: the try that locks an account says for how long, and nothing else", () => {
  equal(describeThrown(wrongPassword(0)).text, "Invalid Password");
  const details = { attemptsLeft: 0, retryAfterSeconds: 60 };
  const locking = new Refusal("wrong-credentials", "Please try again later", { details });
  equal(describeThrown(locking).text, "Please try again later in 60 s");
});

Deno.test("S3.09: a locked account says for how long, and nothing else", () => {
  const { exit, text } = describeThrown(
    new Refusal("locked", "Your account is blocked", { details: { retryAfterSeconds: 57 } }),
  );
  deepEqual({ exit, text }, { exit: 6, text: "Your account is blocked in 57 s" });
});

Deno.test("what was asked for too often says when to try again, in whole words", () => {
  const words = (message: string) =>
    describeThrown(new Refusal("rate-limited", message, { details: { retryAfterSeconds: 5 } }))
      .text;
  equal(
    words("Too many streams were begun lately"),
    "Too many streams were begun lately: try again in 5 s",
  );
  equal(words("Too many broadcasts: try again"), "Too many broadcasts: try again in 5 s");
});

Deno.test("a long wait is said in minutes or hours, never too short", () => {
  const words = (retryAfterSeconds: number) =>
    describeThrown(new Refusal("rate-limited", "Too much", { details: { retryAfterSeconds } }))
      .text;
  equal(words(900), "Too much: try again in 900 s");
  equal(words(901), "Too much: try again in 16 min");
  equal(words(7200), "Too much: try again in 120 min");
  equal(words(51_839), "Too much: try again in 15 h");
});

Deno.test("fingerprints in details have the form of whoami, and everything else stays", () => {
  const details = { pinned: "00".repeat(32), account: "bob", attemptsLeft: 3 };
  deepEqual(describeThrown(new TrustError("identity-changed", "x", { details })).details, {
    ...details,
    pinned: `SHA256:${"A".repeat(43)}`,
  });
});

Deno.test("a missing server program is something external that is missing", () => {
  equal(describeThrown(new Refusal("no-server", "x")).exit, 11);
});

Deno.test("S3.52: what a command itself finds wrong with its call is followed by an example, nothing else is", () => {
  for (const table of [SLASH_TABLE, PROGRAM.table]) {
    for (const row of table.rows) {
      equal(exampleAfter(new UsageError("x", "Wrong"), row), exampleOf(row));
      equal(exampleAfter(new Refusal("unknown-account", "Nobody"), row), undefined);
    }
  }
});

Deno.test("what is not there ends with 4: a transfer, a file", () => {
  for (const code of ["unknown-transfer", "no-such-file"]) {
    equal(describeThrown(new Refusal(code, "x")).exit, 4, code);
  }
});

Deno.test("no example follows what no other spelling would mend, nor an error that shows one", () => {
  const expire = SLASH_TABLE.rows.find(({ name }) => name === "expire");
  ok(expire);
  equal(
    exampleAfter(new UsageError("bad-timer", "I can't read the time '10x'"), expire),
    "expire 1d",
  );
  for (const code of ["to-yourself", "other-account", "code-missing", "different-passwords"]) {
    equal(exampleAfter(new UsageError(code, "Wrong"), expire), undefined, code);
  }
  equal(
    exampleAfter(new UsageError("cannot-pause", "Transfer 1 is not running"), expire),
    undefined,
  );
  equal(exampleAfter(new UsageError("x", "Say when. Example: expire 2d"), expire), undefined);
  equal(exampleAfter(new UsageError("x", "Say when: expire 1d"), expire), undefined);
});
