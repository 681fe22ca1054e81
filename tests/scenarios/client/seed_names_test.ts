/** What a client's log says of packets that the seeds have too. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { type LogRecord, setLogSink } from "../../../lib/base/log.ts";
import { openPair } from "../../kit/test_client.ts";

Deno.test("rows S4.06, S4.07: at level debug the log has the seeds' names of packets, and nothing of what they hold", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  const records: LogRecord[] = [];
  setLogSink({ level: "debug", write: (record) => records.push(record) });
  try {
    await alice.say(bob, "a secret text");
    await bob.client.sync();
    await bob.client.link.ask("roster.page", { onlineOnly: false });
  } finally {
    setLogSink(undefined);
  }
  const told = records.filter(({ category, event }) =>
    category === "client.link" && event === "received"
  ).map(({ fields }) => `${fields.kind} ${fields.seed}`);
  ok(told.includes("relay.envelope MSG"), told.join("\n"));
  ok(told.includes("roster.entries DICT"), told.join("\n"));
  deepEqual(new Set(records.map(({ level }) => level)).has("debug"), true);
  equal(JSON.stringify(records).includes("secret text"), false);
});
