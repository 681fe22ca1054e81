import { deepEqual, throws } from "node:assert/strict";
import { UsageError } from "../../../lib/base/errors.ts";
import { readServerAnswer } from "../../../lib/cli/server_choice.ts";

const USUAL = { host: "192.0.2.1", port: 4000 };

Deno.test("an empty answer is the server that the profile knows", () => {
  deepEqual(readServerAnswer("", USUAL).address, USUAL);
  deepEqual(readServerAnswer("  ", USUAL).address, USUAL);
});

Deno.test("an answer is an address, with or without a port", () => {
  const expected = { host: "chat.example.org", port: 9797 };
  deepEqual(readServerAnswer("chat.example.org", USUAL).address, expected);
  deepEqual(readServerAnswer(" chat.example.org:9797 ", USUAL).address, expected);
  throws(() => readServerAnswer("what is this", USUAL), UsageError);
});

Deno.test("an answer may be an invite, which vouches for the server", () => {
  const text = `heliograph://192.0.2.2:5000#SHA256:${"A".repeat(43)}`;
  const { address, invite } = readServerAnswer(text, USUAL);
  deepEqual(address, { host: "192.0.2.2", port: 5000 });
  deepEqual(invite?.fingerprint, "00".repeat(32));
});
