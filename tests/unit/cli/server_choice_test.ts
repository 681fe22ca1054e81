import { deepEqual, throws } from "node:assert/strict";
import { UsageError } from "../../../lib/base/errors.ts";
import {
  chooseServer,
  readServerAnswer,
  readServerOption,
  readServerWords,
} from "../../../lib/cli/server_choice.ts";

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

Deno.test("S2.02: a server is a host, host and port, or a link with or without its fingerprint", () => {
  const at = (host: string, port: number) => ({ address: { host, port } });
  deepEqual(readServerWords("127.0.0.1", undefined), at("127.0.0.1", 9797));
  deepEqual(readServerWords("127.0.0.1", "4000"), at("127.0.0.1", 4000));
  deepEqual(readServerWords("[::1]", "4000"), at("::1", 4000));
  deepEqual(readServerWords("::1", "4000"), at("::1", 4000));
  deepEqual(readServerWords("chat.example.org:4000", undefined), at("chat.example.org", 4000));
  deepEqual(readServerWords("heliograph://127.0.0.1:4000", undefined), at("127.0.0.1", 4000));
  deepEqual(readServerOption("heliograph://chat.example.org/"), at("chat.example.org", 9797));
  const link = `heliograph://127.0.0.1:4000#SHA256:${"A".repeat(43)}`;
  deepEqual(readServerWords(link, undefined).fingerprint, "00".repeat(32));
});

Deno.test("S2.02: what is no server, a port that is none and two ports are refused", () => {
  const wrong = [
    ["what is this", undefined],
    ["127.0.0.1", "x"],
    ["127.0.0.1", "0"],
    ["127.0.0.1", "70000"],
    ["127.0.0.1:1", "2"],
    ["heliograph://127.0.0.1:4000#SHA256:x", undefined],
    [`heliograph://127.0.0.1:4000#SHA256:${"A".repeat(43)}`, "4000"],
  ] as const;
  for (const [host, port] of wrong) {
    throws(() => readServerWords(host, port), UsageError, `${host} ${port}`);
  }
});

Deno.test("S2.02: a server is named once, by an option or by an argument", () => {
  const named = readServerWords("127.0.0.1", "4000");
  deepEqual(chooseServer(undefined, undefined), undefined);
  deepEqual(chooseServer(undefined, named), named);
  deepEqual(chooseServer("127.0.0.1:4000", undefined), named);
  throws(() => chooseServer("127.0.0.1:4000", named), UsageError);
});

Deno.test("an answer may be an invite, which vouches for the server", () => {
  const text = `heliograph://192.0.2.2:5000#SHA256:${"A".repeat(43)}`;
  const { address, invite } = readServerAnswer(text, USUAL);
  deepEqual(address, { host: "192.0.2.2", port: 5000 });
  deepEqual(invite?.fingerprint, "00".repeat(32));
});
