/** Streams something to itself, sealed and signed, and says how much the sound that is heard is behind the pictures that are shown. */

import type { AccountId, StreamId } from "../../lib/base/ids.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { Scope } from "../../lib/base/scope.ts";
import { ProjectedSound } from "../../lib/client/party/projected_sound.ts";
import { Projector } from "../../lib/client/party/projector.ts";
import { Broadcaster } from "../../lib/client/streams/broadcaster.ts";
import { LiveWatch } from "../../lib/client/streams/live_watch.ts";
import { ProofWriter } from "../../lib/client/streams/proof_writer.ts";
import type { ReportCollector } from "../../lib/client/streams/report_collector.ts";
import type { StreamSending } from "../../lib/client/streams/sending.ts";
import { SoundBroadcaster } from "../../lib/client/streams/sound_broadcaster.ts";
import { soundIdOf, UnitSealer } from "../../lib/client/streams/stream_keys.ts";
import { UnitOpener } from "../../lib/client/streams/unit_opener.ts";
import { LIVE_STEPS } from "../../lib/media/live/live_steps.ts";
import { SoundPlayer } from "../../lib/client/video/sound_player.ts";
import { generateEd25519 } from "../../lib/crypto/keys/ed25519.ts";
import { openStreamProof } from "../../lib/crypto/statements/stream_proof.ts";
import { JpegDecoder } from "../../lib/media/picture/jpeg_decoder.ts";
import type { SoundWays } from "../../lib/media/sound/sound_ways.ts";
import { fingerprintOf, SERVER_ID } from "./devices.ts";
import type { SoundRig } from "./sound_rig.ts";
import { STREAM, TestKeys, TestPublisher, TestSubscriber } from "./streams.ts";

/** Flashes before sound and pictures have found together. */
const FIRST = 2;
/** Of a flash: pictures are black else. */
const BRIGHT = 128;

/** Both ends of a way that takes no time. */
function way() {
  const subscriber = new TestSubscriber();
  const publisher = new TestPublisher();
  publisher.publish = (unit) => Promise.resolve(subscriber.unit(unit));
  publisher.subscribers = 1;
  return { publisher, subscriber };
}

/** How it went. */
export interface LiveOffsets {
  /** Milliseconds by which each beep was heard after its flash. */
  readonly offsetsMs: readonly number[];
  readonly proven: string;
  readonly silence: string | undefined;
  readonly refused: number;
}

type Source = Pick<StreamSending, "capture" | "isDevice" | "sound" | "originMs">;

/** A file as a party sees it: projected from its beginning on, and from another place when `steer` says so. */
export async function hostedOffsets(
  { capture, sound }: Required<Pick<Source, "capture" | "sound">>,
  rig: SoundRig,
  options: { readonly ways: SoundWays; readonly steer: (projector: Projector) => Promise<void> },
): Promise<LiveOffsets> {
  const [clock, leadMs] = [systemClock, 200];
  const stop = new AbortController();
  await using scope = new Scope(stop.signal);
  const projector = new Projector({
    ...{ clock, capture, leadMs, onFrame: () => {} },
    onBegun: () => scope.run("steer", () => options.steer(projector)),
  });
  const point = () => projector.point;
  const projected = sound && new ProjectedSound({ clock, capture: sound, leadMs, point });
  scope.run("sound", async (signal) => await projected?.run(signal));
  return await liveOffsets(
    {
      // Of one size: a busy machine would take a rate that misses flashes.
      capture: (leg, signal) => projector.capture({ ...leg, step: LIVE_STEPS[0] }, signal),
      ...{ sound: projected?.capture, isDevice: false, originMs: () => 0 },
    },
    rig,
    { ways: options.ways, stop: stop.signal, zeroMs: () => 0 },
  );
}

/** Until it is stopped, or to its end. `zeroMs`: see `LiveWatch`. */
export async function liveOffsets(
  source: Source,
  rig: SoundRig,
  { ways, stop, zeroMs }: {
    readonly ways: SoundWays;
    readonly stop: AbortSignal;
    readonly zeroMs?: () => number;
  },
): Promise<LiveOffsets> {
  const clock = systemClock;
  const signer = await newSigner();
  const keys = new TestKeys();
  const writer = (id: StreamId) => new ProofWriter(new UnitSealer(keys, id), signer, id);
  const sound = await soundIdOf(STREAM);
  const [pictures, heard] = [way(), way()];
  const soundCapture = source.sound;
  const sounds = soundCapture && new SoundBroadcaster({
    ...{ clock, transport: heard.publisher, writer: writer(sound) },
    ...{ capture: soundCapture, isDevice: source.isDevice },
  });
  const broadcaster = new Broadcaster({
    ...{ clock, transport: pictures.publisher, writer: writer(STREAM), ...source },
    sound: (originMs, signal) => sounds?.run(originMs, signal) ?? Promise.resolve(),
    reports: { take: () => undefined } as unknown as ReportCollector,
    answers: {
      ...{ whyNotWait: () => undefined, waitUntilMs: Infinity, hasLeft: () => false },
      listen: () => () => {},
    },
  });
  const parts = (id: StreamId, transport: TestSubscriber) => ({
    transport,
    opener: new UnitOpener(keys, { stream: id, clock }),
    verify(statement: Uint8Array<ArrayBuffer>) {
      const opened = openStreamProof(statement, { serverId: SERVER_ID, stream: id });
      return Promise.resolve(opened.ok ? opened.proof : undefined);
    },
  });
  await using watch = new LiveWatch(
    {
      ...{ clock, ...parts(STREAM, pictures.subscriber) },
      sealer: new UnitSealer(keys, STREAM),
      openSound: () => Promise.resolve(parts(sound, heard.subscriber)),
    },
    () => {},
    zeroMs,
  );
  const player = new SoundPlayer({
    ...{ clock, playback: watch.playback, ...ways, language: undefined, onChanged: () => {} },
  });
  const over = new AbortController();
  const hearing = Promise.all([
    watch.hear(player, over.signal),
    player.run(over.signal),
  ]).catch(() => {});
  const flashesMs: number[] = [];
  let wasBright = false;
  const decoder = await JpegDecoder.open();
  let silence: string | undefined;
  const playing = watch.play({
    show({ jpeg }) {
      const isBright = isFlash(decoder, jpeg);
      if (isBright && !wasBright) flashesMs.push(clock.monotonicMs());
      wasBright = isBright;
      silence = player.silence;
      return Promise.resolve();
    },
  }, { signal: over.signal });
  await broadcaster.run(stop);
  const summary = await playing;
  // What is still on its way to the recorder.
  await clock.sleep(300);
  over.abort();
  await hearing;
  const offsetsMs = flashesMs.slice(FIRST).map((flashMs) => toNearest(flashMs, rig.onsetsMs));
  const refused = Object.values(summary.refused).reduce((sum, one) => sum + one, 0);
  return { offsetsMs, proven: summary.proven, silence, refused };
}

async function newSigner() {
  const { privateKey } = await generateEd25519(systemRandom);
  const account = "alice" as AccountId;
  return { serverId: SERVER_ID, account, privateKey, certificateHash: fingerprintOf("33") };
}

function isFlash(decoder: JpegDecoder, jpeg: Uint8Array): boolean {
  const decoded = decoder.decode(jpeg, { scale: 1 });
  const rgb = decoded.ok ? decoded.bitmap.rgb : [0];
  return rgb[rgb.length >> 2] > BRIGHT;
}

/** How long after the flash the beep next to it came, in milliseconds. */
function toNearest(flashMs: number, beepsMs: readonly number[]): number {
  const behind = beepsMs.map((beepMs) => beepMs - flashMs);
  return behind.toSorted((a, b) => Math.abs(a) - Math.abs(b))[0] ?? NaN;
}
