/** A party whose host shows a file of its own: joins party, stream and projector, and shows the host what the others see. */

import { Refusal } from "../../base/errors.ts";
import { newStreamId, type Peer } from "../../base/ids.ts";
import { Scope } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { JitterBuffer } from "../../media/playback/jitter_buffer.ts";
import { PlaybackClock } from "../../media/playback/playback_clock.ts";
import { SAMPLE_RATE } from "../../media/sound/opus_packet.ts";
import type { LiveListener } from "../streams/live_sound.ts";
import { LiveSoundBuffer } from "../streams/live_sound_buffer.ts";
import type { LiveWatch } from "../streams/live_watch.ts";
import type { Sent, StreamSending } from "../streams/sending.ts";
import type { StreamHost } from "../streams/stream_host.ts";
import type { StreamRow } from "../streams/stream_store.ts";
import { Streams } from "../streams/streams.ts";
import type { Picture } from "../video/frame_assembly.ts";
import { Parties, type WatchParty } from "./parties.ts";
import { ProjectedSound } from "./projected_sound.ts";
import { type ProjectedPoint, Projector } from "./projector.ts";

/** So long before its moment a picture leaves, besides what the server takes to answer: a change of the host's is as late. */
const LEAD_MS = 200;

/** What is shown. */
export interface HostedSource extends Pick<StreamSending, "capture" | "sound"> {
  readonly title: string;
  /** Why nothing is heard of it. */
  readonly silence?: string | undefined;
}

/** A picture in the host's own buffer. */
interface OwnPicture extends Picture {
  readonly epoch: 0;
}

/** From inviting to the end. Used once. */
export class HostedFile {
  readonly party: WatchParty;
  readonly #host: StreamHost;
  readonly #peer: Peer;
  readonly #streams: Streams;
  readonly #projector: Projector;
  readonly #sound: ProjectedSound | undefined;
  readonly #silence: string | undefined;
  /** The time of its pictures: each comes with its moment by the clock here. */
  readonly playback = new PlaybackClock(1);
  readonly #buffer: JitterBuffer<OwnPicture>;
  readonly #wakeup = new Wakeup();
  readonly #begun = Promise.withResolvers<void>();
  #count = 0;

  private constructor(
    host: StreamHost,
    peer: Peer,
    party: WatchParty,
    { capture, sound, silence }: HostedSource,
  ) {
    this.party = party;
    this.#host = host;
    this.#peer = peer;
    this.#streams = new Streams(host);
    this.#silence = silence;
    this.playback.seek(0, 0);
    this.#buffer = new JitterBuffer({ playback: this.playback });
    const common = { clock: this.#clock, leadMs: LEAD_MS + party.shared.roundTripMs };
    const point = () => this.point;
    this.#sound = sound && new ProjectedSound({ ...common, capture: sound, point });
    this.#projector = new Projector({
      ...{ ...common, capture },
      onBegun: () => this.#begun.resolve(),
      onFrame: ({ atMs, jpeg, widthPx, heightPx }) => {
        const index = this.#count++;
        const sizeBytes = jpeg.length;
        const picture = {
          epoch: 0,
          index,
          ptsMs: atMs,
          widthPx,
          heightPx,
          sizeBytes,
          jpeg,
        } as const;
        this.#buffer.push(picture, this.#clock.monotonicMs());
        this.#wakeup.wake();
      },
    });
  }

  /** Invites a conversation. Throws as `Parties.start`. */
  static async open(host: StreamHost, peer: Peer, source: HostedSource): Promise<HostedFile> {
    const streams = new Streams(host);
    const stream = newStreamId(host.messenger.profile.random);
    await streams.begin(peer, stream, source.title);
    try {
      const party = await new Parties(host).start(peer, source.title, stream);
      return new HostedFile(host, peer, party, source);
    } catch (error) {
      streams.forget(stream);
      throw error;
    }
  }

  /** Where the file is now. */
  get point(): ProjectedPoint {
    return this.#projector.point;
  }

  get positionMs(): number {
    return this.#projector.positionAt(this.#clock.monotonicMs());
  }

  /**
   * Sends it while somebody watches, and shows it here as there. Resolves when it is over for all; rejects as `Streams.send` does
   * and with what `show` throws. Whoever calls it ends the party.
   */
  async run(
    show: (picture: Picture) => Promise<void>,
    { signal, ...heard }: Pick<StreamSending, "onWatchers" | "onStep" | "signal">,
  ): Promise<Sent> {
    const { party } = this;
    const id = party.stream?.id;
    if (id === undefined) throw new Refusal("unknown-stream", "This watch party is gone");
    await using scope = new Scope(signal);
    scope.run("party", (stop) => party.keep(stop));
    scope.run("begin", async () => {
      await this.#begun.promise;
      await this.steer({ isPaused: false });
    });
    scope.run("show", (stop) => this.#showAll(show, stop));
    scope.run("sound", async (stop) => await this.#sound?.run(stop));
    const sending = this.#streams.sendBegun(this.#peer, id, {
      ...heard,
      ...{ signal: scope.signal, capture: this.#projector.capture, isDevice: false },
      sound: this.#sound?.capture,
      originMs: () => party.zeroMs,
    });
    try {
      return await Promise.race([sending, scope.failed]);
    } finally {
      this.#begun.resolve();
      // What was begun is told to all before this returns.
      await sending.catch(() => {});
    }
  }

  /** Gives its sound to who plays it here, at the moments at which all hear it, until the signal aborts. Beside `run`. */
  async hear(listener: LiveListener, signal: AbortSignal): Promise<void> {
    if (this.#sound === undefined) return listener.detach(this.#silence ?? "it was not asked for");
    const buffer = new LiveSoundBuffer({ isTimed: true });
    listener.attachLive(buffer);
    await this.#sound.capture({
      fromMs: 0,
      onPacket: (packet, atMs = 0) => {
        const at = Math.round(atMs * SAMPLE_RATE / 1000);
        if (buffer.add({ at, sizes: [packet.length] }, packet)) listener.came();
        return Promise.resolve();
      },
    }, signal);
  }

  /** Changes what all see, and says so. */
  async steer(change: Partial<Omit<ProjectedPoint, "localMs">>): Promise<void> {
    await this.party.say(this.#projector.steer(change));
  }

  get #clock() {
    return this.#host.messenger.profile.clock;
  }

  async #showAll(show: (picture: Picture) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const step = this.#buffer.next(this.#clock.monotonicMs());
      if (step.action === "show") await show(step.frame);
      else {
        const untilMs = step.action === "wait" ? step.untilMs : undefined;
        await this.#wakeup.waitUntil(this.#clock, untilMs, signal);
      }
    }
  }
}

/** The stream of a party, for who has joined it. Throws Refusal `unknown-stream` when it is over. */
export async function streamOfParty(streams: Streams, { stream }: WatchParty): Promise<StreamRow> {
  const row = stream && await streams.find(stream.id);
  if (row === undefined) throw new Refusal("unknown-stream", "There is no watch party here");
  return row;
}

/** Watches it at the moments at which all do. Throws as `Streams.accept`. The caller closes it. */
export async function watchHosted(
  streams: Streams,
  party: WatchParty,
  signal: AbortSignal,
): Promise<LiveWatch> {
  const zeroMs = party.isTimed ? () => party.zeroMs : undefined;
  const stream = await streamOfParty(streams, party);
  return await streams.accept(stream, { mode: "never", zeroMs, signal });
}
