/** What watchers say of how a stream goes, as its sender takes it. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { newStreamId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { ReportCollector } from "../../../lib/client/streams/report_collector.ts";
import { streamKeyNow, UnitSealer } from "../../../lib/client/streams/stream_keys.ts";
import { openTalk } from "../../kit/test_client.ts";

Deno.test("SR-63: a watcher's report is what came since the last one, and nothing else that it seals is a report", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const conversation = alice.messenger.conversations.openWith(bob.account)?.conversation;
  ok(conversation !== undefined);
  const [stream, words] = [newStreamId(systemRandom), newStreamId(systemRandom)];
  const { own } = bob.messenger.profile;
  alice.messenger.profile.database.command("INSERT INTO stream_answer VALUES (?, ?, ?, ?, ?)")
    .run(stream, own.account, own.device, words, "accepted");
  const sealer = new UnitSealer({
    epoch: () => bob.messenger.groups.epochOf(conversation),
    key: () => streamKeyNow(bob.messenger, conversation, { id: words, device: own.device }),
  }, stream);
  const reports = new ReportCollector(alice.messenger, { stream, conversation });
  const hears = async (unit: Uint8Array<ArrayBuffer>) => {
    reports.hear(unit);
    await reports.idle();
    return reports.take();
  };
  const end = { frames: 1, durationMs: 1, dropped: 0, reason: "ended" } as const;
  equal(await hears((await sealer.seal("stream.end", end)).unit), undefined);
  const report = async (received: number, lost: number) =>
    await hears((await sealer.seal("stream.report", { received, lost, shown: 1, lateMs: 7 })).unit);
  deepEqual(await report(10, 2), { received: 10, lost: 2, lateMs: 7 });
  equal(reports.take(), undefined);
  deepEqual(await report(25, 3), { received: 15, lost: 1, lateMs: 7 });
  equal(await hears((await sealer.seal("stream.end", end)).unit), undefined);
});
