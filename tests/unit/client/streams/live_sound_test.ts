import { deepEqual, equal } from "node:assert/strict";
import type { AccountId } from "../../../../lib/base/ids.ts";
import { Refusal, TransportError } from "../../../../lib/base/errors.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { type LiveListener, LiveSound } from "../../../../lib/client/streams/live_sound.ts";
import { ProofWriter } from "../../../../lib/client/streams/proof_writer.ts";
import { UnitSealer } from "../../../../lib/client/streams/stream_keys.ts";
import { UnitOpener } from "../../../../lib/client/streams/unit_opener.ts";
import { generateEd25519 } from "../../../../lib/crypto/keys/ed25519.ts";
import { openStreamProof } from "../../../../lib/crypto/statements/stream_proof.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";
import { fingerprintOf, SERVER_ID } from "../../../kit/devices.ts";
import { STREAM, TestKeys, TestSubscriber } from "../../../kit/streams.ts";

class Ear implements LiveListener {
  pieces = 0;
  problem: () => string | undefined = () => undefined;
  absence: string | undefined;
  attachLive(sound: Parameters<LiveListener["attachLive"]>[0]): void {
    this.problem = () => sound.problem;
  }
  came(): void {
    this.pieces++;
  }
  detach(absence: string): void {
    this.absence = absence;
  }
  arrived(): void {}
}

async function scene() {
  const clock = new FakeClock();
  const transport = new TestSubscriber();
  const { privateKey } = await generateEd25519(systemRandom);
  const signer = {
    ...{ serverId: SERVER_ID, account: "alice" as AccountId, privateKey },
    certificateHash: fingerprintOf("33"),
  };
  const writer = new ProofWriter(new UnitSealer(new TestKeys(), STREAM), signer, STREAM);
  const sound = new LiveSound(clock, { isTimed: false });
  const ear = new Ear();
  const stop = new AbortController();
  const parts = {
    transport,
    opener: new UnitOpener(new TestKeys(), { stream: STREAM, clock }),
    verify(statement: Uint8Array<ArrayBuffer>) {
      const opened = openStreamProof(statement, { serverId: SERVER_ID, stream: STREAM });
      return Promise.resolve(opened.ok ? opened.proof : undefined);
    },
  };
  const running = sound.run(() => Promise.resolve(parts), ear, stop.signal);
  running.catch(() => {});
  await settle();
  let at = 0;
  const unit = () => {
    const fields = { at, sizes: [2] };
    at += 960;
    return writer.seal("stream.sound", fields, new Uint8Array([0xfc, 1]));
  };
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await settle();
  };
  return { clock, transport, writer, sound, ear, stop, running, unit, until };
}

Deno.test("SR-66: sound that nobody has signed is not proven, and what was signed is", async () => {
  const { clock, transport, writer, sound, ear, unit, until, stop, running } = await scene();
  transport.unit(await unit());
  await until(() => ear.pieces === 1);
  await clock.advance(3_000);
  equal(sound.proven, "not-proven");
  transport.unit(await writer.prove(0));
  await until(() => sound.proven === "proven");
  stop.abort();
  await running.catch(() => {});
  equal(transport.isClosed, true);
});

Deno.test("sound that has ended says so, and makes nobody doubt what was seen", async () => {
  const { clock, transport, writer, sound, ear, unit, until, running } = await scene();
  transport.unit(await unit());
  transport.unit(await writer.prove(0));
  transport.unit(await unit());
  await until(() => ear.pieces === 2);
  transport.end("ended");
  await running;
  await clock.advance(60_000);
  deepEqual([sound.proven, ear.problem()], ["proven", "the sender's sound has ended"]);
});

Deno.test("SR-65: units that are no sound are refused and counted, and those behind them heard", async () => {
  const { transport, writer, sound, ear, unit, until, stop } = await scene();
  const [good, bad] = [await unit(), await unit()];
  bad[bad.length - 1] ^= 1;
  transport.unit(good);
  transport.unit(good);
  transport.unit(bad);
  transport.unit(new Uint8Array(0));
  transport.unit(await writer.seal("stream.sound", { at: 0, sizes: [2] }, new Uint8Array(2)));
  transport.unit(await unit());
  await until(() => ear.pieces === 2);
  const [refused] = sound.refused ?? [];
  deepEqual(refused, { malformed: 2, unknownKey: 0, forged: 1, repeated: 1, late: 0 });
  stop.abort();
});

Deno.test("where there is no sound one word says why", async () => {
  for (
    const [error, expected] of [
      [new Refusal("unknown-stream", "No such stream"), "the sender sends none"],
      [new TransportError("offline", "Gone"), "it cannot be had"],
    ] as const
  ) {
    const ear = new Ear();
    const { signal } = new AbortController();
    await new LiveSound(new FakeClock(), { isTimed: false }).run(
      () => Promise.reject(error),
      ear,
      signal,
    );
    equal(ear.absence, expected);
  }
});
