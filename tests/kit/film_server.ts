/** A server of nothing but videos, over a memory link and the real clock: its routes, its library, a real ffmpeg. */

import { systemClock } from "../../lib/base/clock.ts";
import { systemRandom } from "../../lib/base/random.ts";
import type { AccountId } from "../../lib/base/ids.ts";
import { Link } from "../../lib/client/link/link.ts";
import { Ffmpeg } from "../../lib/media/ffmpeg/ffmpeg.ts";
import { FrameStore } from "../../lib/media/frames/frame_store.ts";
import { Connection } from "../../lib/net/connections/connection.ts";
import { Flusher } from "../../lib/net/connections/flusher.ts";
import { memoryLink } from "../../lib/net/streams/memory.ts";
import { TimerWheel } from "../../lib/net/connections/timer_wheel.ts";
import type { Packet } from "../../lib/protocol/packet.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import { LocalCounters } from "../../lib/server/counters/counters.ts";
import { Library } from "../../lib/server/media/library.ts";
import { NOTICES } from "../../lib/server/routes/mod.ts";
import { videoRoutes } from "../../lib/server/routes/video.ts";
import { Router } from "../../lib/server/serving/router.ts";
import { Session } from "../../lib/server/sessions/session.ts";
import { Sessions } from "../../lib/server/sessions/sessions.ts";

/** Whoever opened it closes it. */
export class FilmServer implements AsyncDisposable {
  readonly link: Link;
  readonly library: Library;
  /** One more connection of the same account. */
  readonly connect: () => Link;
  readonly #owned: AsyncDisposableStack;

  private constructor(connect: () => Link, library: Library, owned: AsyncDisposableStack) {
    this.connect = connect;
    this.link = connect();
    this.library = library;
    this.#owned = owned;
  }

  /** `films`: a folder of videos. `folder`: one that it may fill. */
  static async open(
    options: {
      readonly films: string;
      readonly folder: string;
      readonly ffmpegPath: string;
      /** Left out: everybody may add videos. */
      readonly requirePermitted?: () => Promise<void>;
    },
  ): Promise<FilmServer> {
    const { films, folder, ffmpegPath: path } = options;
    const owned = new AsyncDisposableStack();
    const ffmpeg = await Ffmpeg.open({ path, workFolder: `${folder}/work` });
    const quotaBytes = 1e9;
    const store = await FrameStore.open({ folder: `${folder}/frames`, quotaBytes, ffmpeg });
    owned.use(store);
    const clock = systemClock;
    const library = new Library(films, store, true);
    const sessions = new Sessions(clock, systemRandom);
    const services = {
      ...{ clock, counters: new LocalCounters(clock), library, sessions },
      moderation: { requirePermitted: options.requirePermitted ?? (() => Promise.resolve()) },
    };
    // What others ask for is not here.
    const router = new Router(services, videoRoutes as never, NOTICES as never);
    return new FilmServer(() => connectTo({ clock, sessions, router, owned }), library, owned);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

/** Signed in already. */
function connectTo({ clock, sessions, router, owned }: {
  readonly clock: typeof systemClock;
  readonly sessions: Sessions;
  readonly router: { handle(session: Session, packet: Packet): void | Promise<void> };
  readonly owned: AsyncDisposableStack;
}): Link {
  const ends = memoryLink();
  const make = (stream: typeof ends.near) =>
    new Connection(stream, {
      wheel: new TimerWheel(clock),
      flusher: new Flusher(clock),
      limits: SIGNED_IN_PACKET_LIMITS,
      remoteAddress: "192.0.2.1",
    });
  const far = make(ends.far);
  const session = new Session(far, { address: "192.0.2.1", port: 0 });
  const nonce = new Uint8Array(32);
  session.state = {
    ...{ name: "ready", version: 1, clientNonce: nonce, serverNonce: nonce, sessionNumber: 1 },
    ...{ account: "film-watcher" as AccountId, accountName: "alice" as never },
    ...{ device: "device" as never, generation: 1, passwordFreshUntilMs: 0 },
  };
  sessions.add(session);
  sessions.join(session, session.state.account);
  const served = far.run((packet) => router.handle(session, packet));
  owned.defer(async () => {
    await far.close();
    await served;
    await session.closeAttached();
  });
  return owned.use(new Link(make(ends.near), clock));
}
