import { deepEqual, equal, rejects } from "node:assert/strict";
import { type Bytes, utf8 } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { LiveWatch } from "../../../../lib/client/streams/live_watch.ts";
import type { TransportPause } from "../../../../lib/client/streams/live_now.ts";
import { ProofWriter } from "../../../../lib/client/streams/proof_writer.ts";
import { UnitOpener } from "../../../../lib/client/streams/unit_opener.ts";
import { UnitSealer } from "../../../../lib/client/streams/stream_keys.ts";
import { generateEd25519 } from "../../../../lib/crypto/keys/ed25519.ts";
import { openStreamProof } from "../../../../lib/crypto/statements/stream_proof.ts";
import type { AccountId } from "../../../../lib/base/ids.ts";
import type { StreamStopReason } from "../../../../lib/protocol/peer/stream.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";
import { fingerprintOf, SERVER_ID } from "../../../kit/devices.ts";
import { STREAM, TestKeys, TestSubscriber } from "../../../kit/streams.ts";

/** Tells how much it was given. */
class CountingOpener extends UnitOpener {
  taken = 0;

  override async open(unit: Bytes) {
    const opened = await super.open(unit);
    this.taken++;
    return opened;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settle();
}

const JPEG = utf8("a picture");

/** A sender, a watcher, and what is between them in a test's hands. */
async function scene() {
  const clock = new FakeClock();
  const transport = new TestSubscriber();
  const { privateKey } = await generateEd25519(systemRandom);
  const signer = {
    serverId: SERVER_ID,
    account: "alice" as AccountId,
    certificateHash: fingerprintOf("33"),
    privateKey,
  };
  const keys = new TestKeys();
  const writer = new ProofWriter(new UnitSealer(keys, STREAM), signer, STREAM);
  /** What a proof must be: of this test's only signer. */
  const verify = (statement: Bytes) => {
    const opened = openStreamProof(statement, { serverId: SERVER_ID, stream: STREAM });
    return Promise.resolve(opened.ok ? opened.proof : undefined);
  };
  const opener = new CountingOpener(keys, { stream: STREAM, clock });
  const watch = new LiveWatch({
    clock,
    transport,
    opener,
    sealer: new UnitSealer(keys, STREAM),
    verify,
  });
  const shown: number[] = [];
  const drawing = { done: Promise.resolve() };
  const pauses: (TransportPause | undefined)[] = [];
  const stop = new AbortController();
  const playing = watch.play(
    {
      show: (picture) => {
        shown.push(picture.index);
        return drawing.done;
      },
      onPause: (pause) => pauses.push(pause),
    },
    stop,
  );
  // What a test does not await.
  playing.catch(() => {});
  let index = 0;
  const frame = (ptsMs: number) => {
    return writer.seal("stream.frame", { index: index++, ptsMs, width: 4, height: 4 }, JPEG);
  };
  const end = async (reason: StreamStopReason, more: object = {}) => {
    const fields = { frames: index, durationMs: 0, dropped: 0, reason, ...more };
    transport.unit(await writer.seal("stream.end", fields));
  };
  /** Hands units over, and waits until each was taken or refused: opening takes turns of other threads. */
  const come = async (...units: readonly Bytes[]) => {
    const before = opener.taken;
    for (const unit of units) transport.unit(unit);
    await until(() => opener.taken === before + units.length);
    // Behind the last one its hash is taken.
    await until(() => watch.idle);
  };
  return {
    clock,
    transport,
    writer,
    opener,
    watch,
    drawing,
    shown,
    pauses,
    playing,
    stop,
    frame,
    end,
    come,
  };
}

Deno.test("row S0.33: a stream is shown in its time, to its end, and counted", async () => {
  const { clock, writer, shown, playing, frame, end, come } = await scene();
  await come(await frame(0), await frame(100), await frame(200), await writer.prove(0));
  deepEqual(shown, []);
  await clock.advance(60);
  deepEqual(shown, [0]);
  await clock.advance(200);
  deepEqual(shown, [0, 1, 2]);
  await end("ended", { durationMs: 200 });
  const { received, shown: count, lost, complete, reason, durationMs, proven } = await playing;
  deepEqual([received, count, lost, complete, reason], [3, 3, 0, true, "ended"]);
  deepEqual([durationMs, proven], [200, "proven"]);
});

Deno.test("frames that are missing, left out or at the end are counted as lost", async () => {
  const { clock, shown, playing, frame, end, come } = await scene();
  const frames = [await frame(0), await frame(50), await frame(100), await frame(150)];
  await come(frames[0], frames[2]);
  await clock.advance(500);
  deepEqual(shown, [0, 2]);
  await end("stopped", { dropped: 5 });
  const { received, lost, reason } = await playing;
  deepEqual([received, lost, reason], [2, 1 + 1 + 5, "stopped"]);
});

Deno.test("SR-66: a frame that another member has sealed shows as not proven", async () => {
  const { clock, writer, watch, playing, frame, end, come, stop } = await scene();
  await come(await frame(0));
  const mine = await frame(100);
  // Sealed with the keys that all members have, at the counter of the next frame.
  const forger = new UnitSealer(new TestKeys(), STREAM);
  let forged = mine;
  for (let counter = 0; counter <= 1; counter++) {
    const fields = { index: counter, ptsMs: 100, width: 4, height: 4 };
    forged = (await forger.seal("stream.frame", fields, utf8("forged"))).unit;
  }
  await come(forged, mine, await writer.prove(700));
  equal(watch.proven, "not-proven");
  const { refused } = watch.summary();
  // The sender's own came second, with a counter that was used up.
  deepEqual([refused.forged, refused.repeated], [1, 1]);
  await clock.advance(1000);
  await end("ended");
  equal((await playing).proven, "not-proven");
  stop.abort();
});

Deno.test("SR-66: a stream without proofs shows as not proven", async () => {
  const { clock, watch, frame, come, stop, playing } = await scene();
  await come(await frame(0));
  equal(watch.proven, "waiting");
  await clock.advance(2501);
  equal(watch.proven, "not-proven");
  stop.abort();
  await rejects(playing, { name: "AbortError" });
});

Deno.test("what the end of a way means: the sender is gone, or this account was removed", async () => {
  for (const [end, code] of [["lost", "offline"], ["removed", "not-member"]] as const) {
    const { transport, playing, frame, come, clock, shown } = await scene();
    await come(await frame(0));
    transport.end(end);
    await clock.advance(100);
    // What came before is shown.
    deepEqual(shown, [0]);
    await rejects(playing, { code });
  }
});

Deno.test("a way that is lost is told at once, and that it is there again", async () => {
  const { clock, transport, pauses, stop, playing } = await scene();
  transport.pause("sender");
  await clock.advance(250);
  deepEqual(pauses, ["sender"]);
  await clock.advance(10_000);
  transport.pause(undefined);
  await clock.advance(250);
  deepEqual(pauses, ["sender", undefined]);
  stop.abort();
  await rejects(playing, { name: "AbortError" });
});

Deno.test("whoever watches waits for news and not for the clock", async () => {
  const { clock, pauses, stop, playing, frame, come, transport } = await scene();
  // Only the next report is due.
  await clock.advance(0);
  equal(clock.pendingTimers, 1);
  await come(await frame(0));
  await clock.advance(5_001);
  deepEqual(pauses, ["silence"]);
  // What comes is told at once, and so is what is silent already.
  await come(await frame(5_001));
  await clock.advance(0);
  deepEqual(pauses, ["silence", undefined]);
  transport.pause("own");
  await clock.advance(100);
  transport.pause(undefined);
  await clock.advance(1_000);
  deepEqual(pauses, ["silence", undefined]);
  stop.abort();
  await rejects(playing, { name: "AbortError" });
  equal(clock.pendingTimers, 0);
});

Deno.test("a way that ends behind the end of the stream is no loss", async () => {
  const { clock, transport, opener, watch, drawing, pauses, playing, frame, end, come } =
    await scene();
  const drawn = Promise.withResolvers<void>();
  drawing.done = drawn.promise;
  await come(await frame(0));
  const before = opener.taken;
  await end("ended");
  await until(() => opener.taken > before && watch.idle);
  transport.pause("sender");
  await clock.advance(500);
  deepEqual(pauses, []);
  drawn.resolve();
  equal((await playing).complete, true);
});

Deno.test("a relay that keeps everything back is told as silence, and ends the stream", async () => {
  const { clock, pauses, playing, frame, come } = await scene();
  await come(await frame(0));
  await clock.advance(5_000);
  deepEqual(pauses, []);
  await clock.advance(500);
  deepEqual(pauses, ["silence"]);
  // What is none of the sender's is no word of the sender's.
  await come(utf8("noise"));
  await clock.advance(25_000);
  await rejects(playing, { code: "timeout", message: /No pictures from the sender/ });
});

Deno.test("SR-66: what a sender who is gone could not sign any more casts no doubt on what they signed", async () => {
  for (const [silentMs, expected] of [[0, "proven"], [2501, "not-proven"]] as const) {
    const { clock, transport, writer, watch, playing, frame, come } = await scene();
    await come(await frame(0), await writer.prove(0), await frame(100));
    // Longer than it may take to be signed, while more comes.
    await clock.advance(silentMs);
    await come(await frame(100 + silentMs));
    await clock.advance(100);
    await clock.advance(15_000);
    transport.end("lost");
    await rejects(playing, { code: "offline" });
    equal(watch.summary().proven, expected);
  }
});

Deno.test("a watcher reports once a second, sealed, and leaves when it is closed", async () => {
  const { clock, transport, watch, frame, come, stop, playing } = await scene();
  const keys = new TestKeys();
  const opener = new UnitOpener(keys, { stream: STREAM, clock });
  const [first, , third] = [await frame(0), await frame(50), await frame(100)];
  await come(first, third);
  await clock.advance(1000);
  await until(() => transport.said.length === 1);
  const report = await opener.open(transport.said[0]);
  deepEqual(report?.fields, { received: 2, lost: 1, shown: 2, lateMs: 0 });
  await clock.advance(1000);
  await until(() => transport.said.length === 2);
  stop.abort();
  await rejects(playing, { name: "AbortError" });
  await watch.close();
  equal(transport.isClosed, true);
});
