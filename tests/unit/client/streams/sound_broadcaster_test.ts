import { deepEqual, equal, ok } from "node:assert/strict";
import type { AccountId } from "../../../../lib/base/ids.ts";
import { MediaError } from "../../../../lib/base/errors.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { ProofWriter } from "../../../../lib/client/streams/proof_writer.ts";
import {
  SoundBroadcaster,
  type SoundBroadcasterOptions,
} from "../../../../lib/client/streams/sound_broadcaster.ts";
import { soundIdOf, UnitSealer } from "../../../../lib/client/streams/stream_keys.ts";
import { type OpenedUnit, UnitOpener } from "../../../../lib/client/streams/unit_opener.ts";
import { generateEd25519 } from "../../../../lib/crypto/keys/ed25519.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";
import { fingerprintOf, SERVER_ID } from "../../../kit/devices.ts";
import { STREAM, TestKeys, TestPublisher } from "../../../kit/streams.ts";

const PACKET = new Uint8Array([0xfc, 7]);

type Leg = Parameters<SoundBroadcasterOptions["capture"]>[0];

async function scene(options: Partial<SoundBroadcasterOptions> = {}) {
  const clock = new FakeClock();
  const transport = new TestPublisher();
  const stream = await soundIdOf(STREAM);
  const { privateKey } = await generateEd25519(systemRandom);
  const signer = {
    ...{ serverId: SERVER_ID, account: "alice" as AccountId, privateKey },
    certificateHash: fingerprintOf("33"),
  };
  const legs: { leg: Leg; end: PromiseWithResolvers<void> }[] = [];
  const silences: string[] = [];
  const broadcaster = new SoundBroadcaster({
    ...{ clock, transport, isDevice: false },
    writer: new ProofWriter(new UnitSealer(new TestKeys(), stream), signer, stream),
    onSilence: ({ message }) => silences.push(message),
    capture: async (leg, signal) => {
      const end = Promise.withResolvers<void>();
      const abort = () => end.reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      legs.push({ leg, end });
      await end.promise;
    },
    ...options,
  });
  const stop = new AbortController();
  const originMs = clock.monotonicMs();
  const running = broadcaster.run(() => originMs, stop.signal);
  running.catch(() => {});
  const opener = new UnitOpener(new TestKeys(), { stream, clock });
  const sent = async () => {
    const opened: OpenedUnit[] = [];
    for (const unit of transport.units.splice(0)) {
      const one = await opener.open(unit);
      if (one !== undefined) opened.push(one);
    }
    return opened;
  };
  /** Sealing takes turns of other threads. */
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await settle();
  };
  return { clock, transport, legs, silences, stop, running, sent, until };
}

const places = (units: readonly OpenedUnit[]) =>
  units.filter((one) => one.kind === "stream.sound").map(({ fields }) => fields.at);

Deno.test("SR-65: the sound of a stream has an id of its own, which follows from the stream's", async () => {
  const id = await soundIdOf(STREAM);
  ok(/^[0-9a-f]{32}$/.test(id) && id !== STREAM);
  equal(await soundIdOf(STREAM), id);
});

Deno.test("sound of a file is taken while somebody hears it, and leaves 400 ms before its time", async () => {
  const { clock, transport, legs, stop, running, sent, until } = await scene();
  await clock.advance(1_000);
  equal(legs.length, 0);
  transport.subscribers = 1;
  await until(() => legs.length === 1);
  const { leg } = legs[0];
  equal(leg.fromMs, 1_000);
  let taken = 0;
  void (async () => {
    for (let i = 0; i < 60; i++) {
      await leg.onPacket(PACKET);
      taken++;
    }
  })().catch(() => {});
  await until(() => taken === 21);
  await until(() => transport.units.length === 7);
  // 312 samples that libopus is late are taken off.
  deepEqual(places(await sent()).slice(0, 2), [48_000 - 312, 48_000 - 312 + 3 * 960]);
  await clock.advance(200);
  await until(() => taken === 31);
  transport.subscribers = 0;
  await until(() => clock.pendingTimers === 0);
  stop.abort();
  await running.catch(() => {});
  equal(legs.length, 1);
});

Deno.test("SR-66: what is sent of the sound is signed, and its end ends its stream", async () => {
  const { transport, legs, running, sent, until } = await scene();
  transport.subscribers = 1;
  await until(() => legs.length === 1);
  for (let i = 0; i < 7; i++) await legs[0].leg.onPacket(PACKET);
  legs[0].end.resolve();
  await running;
  // What begins before the stream does is left out.
  const units = await sent();
  deepEqual(units.map(({ kind }) => kind), ["stream.sound", "stream.sound", "stream.proof"]);
  equal(transport.isOpen, false);
});

Deno.test("sound of a device keeps this clock, whatever its card says", async () => {
  const { clock, transport, legs, stop, running, sent, until } = await scene({ isDevice: true });
  transport.subscribers = 1;
  await until(() => legs.length === 1);
  const { leg } = legs[0];
  for (let i = 0; i < 9; i++) {
    await leg.onPacket(PACKET);
    await clock.advance(20);
  }
  await until(() => transport.units.length === 3);
  const [first, ...others] = places(await sent());
  deepEqual(others, [first + 2880, first + 5760]);
  // It stood still for a second.
  await clock.advance(1_000);
  for (let i = 0; i < 3; i++) await leg.onPacket(PACKET);
  await until(() => transport.units.length > 0);
  const [later] = places(await sent());
  equal(later, first + 5760 + 2880 + 48_000);
  // It gives more than there is time for: nothing goes back, and no more than 60 ms are ahead.
  for (let i = 0; i < 30; i++) await leg.onPacket(PACKET);
  await settle();
  const ahead = places(await sent());
  ok(ahead.every((at) => at <= later + 60 * 48 + 2880), `${ahead}`);
  stop.abort();
  await running.catch(() => {});
});

Deno.test("sound that fails is said once, and nothing else ends by it", async () => {
  const { transport, legs, silences, running, sent, until } = await scene();
  transport.subscribers = 1;
  await until(() => legs.length === 1);
  for (let i = 0; i < 7; i++) await legs[0].leg.onPacket(PACKET);
  await until(() => transport.units.length === 2);
  legs[0].end.reject(new MediaError("ffmpeg-killed", "ffmpeg was killed"));
  await running;
  deepEqual((await sent()).map(({ kind }) => kind).at(-1), "stream.proof");
  deepEqual(silences, ["ffmpeg was killed"]);
  equal(transport.isOpen, false);
});
