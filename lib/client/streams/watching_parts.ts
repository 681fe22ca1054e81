/** What watching a stream needs: the way, the keys of both directions, and whose device it is. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { StreamId } from "../../base/ids.ts";
import type { StreamProof } from "../../crypto/stream_proof.ts";
import { verifyProof, type WatchedStream } from "./proof_check.ts";
import { LastingWatcher } from "./lasting_watcher.ts";
import type { LastingOptions, MediaSubscriber } from "./live_media.ts";
import type { StreamHost } from "./stream_host.ts";
import { StreamStore } from "./stream_store.ts";
import { streamKeyNow } from "./stream_keys.ts";
import { UnitOpener } from "./unit_opener.ts";
import { UnitSealer } from "./unit_sealer.ts";

/** Made by `openWatchingParts`; in tests by hand. */
export interface WatchingParts {
  readonly clock: Clock;
  readonly transport: MediaSubscriber;
  readonly opener: Pick<UnitOpener, "open" | "refused">;
  /** Of the own reports. */
  readonly sealer: Pick<UnitSealer, "seal">;
  /** What a proof says, if the sender's device has signed it; else undefined. */
  readonly verify: (statement: Bytes) => Promise<Omit<StreamProof, "stream"> | undefined>;
}

/** A stream that was answered with `words`, and how it may come. */
export interface AnsweredStream extends WatchedStream, Pick<LastingOptions, "peer" | "mode"> {
  readonly words: StreamId;
}

/** Joins it. Throws Refusal `unknown-stream` when it is over, TransportError. */
export async function openWatchingParts(
  host: StreamHost,
  stream: AnsweredStream,
): Promise<WatchingParts> {
  const { messenger } = host;
  const { profile, groups } = messenger;
  const { clock, own } = profile;
  const { id, conversation, device, words, peer, mode } = stream;
  const epoch = () => groups.epochOf(conversation);
  const key = () => streamKeyNow(messenger, conversation, { id, device });
  const ownKey = () => streamKeyNow(messenger, conversation, { id: words, device: own.device });
  const store = new StreamStore(profile);
  const isOver = () => store.stateOf(id) !== "accepted";
  return {
    clock,
    transport: await LastingWatcher.open({ host, stream: id, conversation, peer, mode, isOver }),
    opener: new UnitOpener({ epoch, key }, { stream: id, clock }),
    sealer: new UnitSealer({ epoch, key: ownKey }, id),
    verify: (statement) => verifyProof(messenger, stream, statement),
  };
}
