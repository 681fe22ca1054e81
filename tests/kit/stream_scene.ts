/** A camera of alice's that bob watches, for as long as a test wants, over UDP proxies and a whole server. */

import { systemRandom } from "../../lib/base/random.ts";
import type { Clock } from "../../lib/base/clock.ts";
import { streamsOf } from "../../lib/client/client_streams.ts";
import type { LiveSummary } from "../../lib/client/streams/live_counts.ts";
import type { Sent, StreamSending } from "../../lib/client/streams/sending.ts";
import type { P2pMode } from "../../lib/client/direct/direct_settings.ts";
import type { StreamRow } from "../../lib/client/streams/stream_store.ts";
import type { Direct } from "./direct_people.ts";

const PICTURE_MS = 100;
/** Two parts. */
const jpeg = systemRandom.bytes(40_000);

/** Ten pictures a second until it is stopped. */
function camera(clock: Clock): Pick<StreamSending, "capture" | "isDevice"> {
  return {
    isDevice: true,
    capture: async ({ onFrame }, signal) => {
      for (let index = 0;; index++) {
        await onFrame({ index, widthPx: 640, heightPx: 360, jpeg });
        await clock.sleep(PICTURE_MS, { signal });
      }
    },
  };
}

/** What both ends have come to. */
export interface Ended {
  readonly sent: Sent;
  readonly seen: LiveSummary;
}

/** The stream of one test. */
export class StreamScene {
  readonly offer: StreamRow;
  /** Pictures that bob has seen. */
  shown = 0;
  readonly #scene: Direct;
  readonly #stop: AbortController;
  readonly #sending: Promise<Sent>;
  readonly #watching: Promise<LiveSummary>;

  private constructor(
    scene: Direct,
    offer: StreamRow,
    { sending, stop, watchMode }: {
      sending: Promise<Sent>;
      stop: AbortController;
      watchMode: P2pMode | undefined;
    },
  ) {
    this.#scene = scene;
    this.offer = offer;
    this.#sending = sending;
    this.#stop = stop;
    this.#watching = this.#watch(watchMode);
    this.#watching.catch(() => {});
  }

  /** Alice offers it, and bob watches, each in the way they want. Both receive. */
  static async open(
    scene: Direct,
    mode?: P2pMode,
    watchMode?: P2pMode,
  ): Promise<StreamScene> {
    const { alice, bob, pair } = scene;
    alice.work();
    bob.work();
    const stop = new AbortController();
    const what = { source: "camera", title: "", mode } as const;
    const sending = streamsOf(alice.client).send(pair.bob.account, what, {
      ...camera(pair.world.clock),
      signal: stop.signal,
    });
    sending.catch(() => {});
    const streams = streamsOf(bob.client);
    await scene.soon(async () => (await streams.waiting()).length > 0);
    const [offer] = await streams.waiting();
    return new StreamScene(scene, offer, { sending, stop, watchMode });
  }

  /** Bob sees so many pictures more. */
  async sees(count: number): Promise<void> {
    const upTo = this.shown + count;
    await this.#scene.soon(() => this.shown >= upTo);
  }

  /** How many watch over the server now. */
  get watchersAtServer(): number | undefined {
    return this.#scene.pair.world.server.parts.streams.find(this.offer.id)?.watcherCount;
  }

  /** Whatever the sending comes to. */
  async sent(): Promise<Sent> {
    return await this.#until(this.#sending);
  }

  /** Whatever the watching comes to. */
  async seen(): Promise<LiveSummary> {
    return await this.#until(this.#watching);
  }

  /** Alice ends it. */
  async end(): Promise<Ended> {
    this.#stop.abort(new DOMException("enough", "AbortError"));
    const [sent, seen] = [await this.sent(), await this.seen()];
    return { sent, seen };
  }

  async #watch(mode: P2pMode | undefined): Promise<LiveSummary> {
    const { signal } = new AbortController();
    await using live = await streamsOf(this.#scene.bob.client).accept(this.offer, { mode, signal });
    return await live.play({
      show: () => {
        this.shown++;
        return Promise.resolve();
      },
    }, { signal });
  }

  async #until<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false;
    const settled = promise.finally(() => isSettled = true);
    settled.catch(() => {});
    await this.#scene.soon(() => isSettled);
    return await settled;
  }
}
