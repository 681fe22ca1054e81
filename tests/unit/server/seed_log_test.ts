/** What the seed's server prints of its commands, in ours: who asked, and nothing of what was said. */

import assert from "node:assert/strict";
import { startLogging, stopLogging } from "../../../lib/server/config/logging.ts";
import { found, say, settle, town } from "../../kit/town.ts";

Deno.test("rows S3.22, S3.31, S3.34, S3.40: the log tells who asked for what, and no word of a room", async () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line.replace(/^\S+ \S+ \S+ /, ""));
  startLogging({ format: "text", level: "debug", write });
  try {
    await using place = await town(2);
    const { alice, bob, clients } = place;
    const room = await found(alice, [bob], { name: "canary-name", topic: "canary-topic" });
    await settle(...clients);
    await say(bob, room, "canary-text");
    await settle(...clients);
    await alice.client.link.ask("roster.page", { onlineOnly: true });
    await alice.client.link.ask("broadcast.read", { after: 0, sinceMs: 0 });
    const number = room.slice(1);
    const of = (part: string) => lines.filter((line) => line.includes(part));
    assert.deepEqual(of("SRB"), [`alice issued SRB command, room ${number}`]);
    assert.deepEqual(of("separate room"), [
      `bob issued a message in separate room ${number} : 1`,
    ]);
    assert.deepEqual(of("ATU"), ["alice issued ATU command"]);
    assert.deepEqual(of("RDM"), ["RDM command issued from alice"]);
    assert.deepEqual(of("logout"), []);
    await alice.disconnect();
    assert.deepEqual(of("logout"), ["alice logout"], "row S3.24");
    assert.deepEqual(of("canary"), []);
  } finally {
    stopLogging();
  }
});
