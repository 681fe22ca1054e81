import { deepEqual, equal, match } from "node:assert/strict";
import { runAdmin } from "../../../lib/admin/main.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { registered } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

async function run(folder: string, ...args: string[]) {
  const io = fakeIo(Deno.realPathSync(folder));
  return { exit: await runAdmin([...args, "--data", "."], io), ...io };
}

Deno.test("token new prints a token once, token list never, and both say what it allows", async () => {
  await using server = await TestServer.open();
  await registered(server, "ops-bot");
  const { folder } = server;
  const made = await run(folder, "token", "new", "ops-bot", "--scope", "send", "--expires", "7d");
  equal(made.exit, 0, made.notes.join());
  match(made.output.join(), /^hgbot_[0-9a-f]{64}$/);
  match(made.notes.join(), /may receive, send, until 2026-01-08/);
  const listed = await run(folder, "token", "list");
  match(listed.output.join(), /^ops-bot [0-9a-f]{32}: receive, send, until 2026-01-08/);
  const removed = await run(folder, "token", "remove", "ops-bot");
  deepEqual(removed.output, ["Removed the token of ops-bot"]);
  deepEqual((await run(folder, "token", "remove", "ops-bot")).output, ["ops-bot had no token"]);
  const audit = await run(folder, "audit");
  match(audit.output.join("\n"), /token remove ops-bot[\s\S]*token new ops-bot receive,send/);
});

Deno.test("token new says what is wrong: name, words, time, file", async () => {
  await using server = await TestServer.open();
  await registered(server, "ops-bot");
  const { folder } = server;
  const expected = [
    [["nobody-here"], 4, /No account has this name/],
    [["ops-bot", "--scope", "all"], 2, /write some of receive, send/],
    [["ops-bot", "--expires", "2y"], 2, /30m, 12h or 7d/],
    [["ops-bot", "--device", "00"], 2, /add --device with one of [0-9a-f]{32}/],
    [["ops-bot", "--token-file", "server.db"], 1, /server\.db/],
  ] as const;
  for (const [args, exit, says] of expected) {
    const ended = await run(folder, "token", "new", ...args);
    equal(ended.exit, exit, args.join(" "));
    match(ended.notes.join(), says);
  }
  deepEqual((await run(folder, "token", "list")).output, []);
});
