/** What watching a stream needs: the way, the keys of both directions, and whose device it is. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { StreamId } from "../../base/ids.ts";
import type { StreamProof } from "../../crypto/stream_proof.ts";
import type { Link } from "../link.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { verifyProof, type WatchedStream } from "./proof_check.ts";
import { openWatchingRoad } from "./open_road.ts";
import type { WatchingRoad } from "./road.ts";
import { streamKeyNow } from "./stream_keys.ts";
import { UnitOpener } from "./unit_opener.ts";
import { UnitSealer } from "./unit_sealer.ts";

/** Made by `openWatchingParts`; in tests by hand. */
export interface WatchingParts {
  readonly clock: Clock;
  readonly road: WatchingRoad;
  readonly opener: Pick<UnitOpener, "open" | "refused">;
  /** Of the own reports. */
  readonly sealer: Pick<UnitSealer, "seal">;
  /** What a proof says, if the sender's device has signed it; else undefined. */
  readonly verify: (statement: Bytes) => Promise<Omit<StreamProof, "stream"> | undefined>;
}

/** Joins a stream that was answered with `words`. Throws Refusal `unknown-stream` when it is over, TransportError. */
export async function openWatchingParts(
  messenger: Messenger,
  link: Link,
  stream: WatchedStream,
  words: StreamId,
): Promise<WatchingParts> {
  const { profile: { clock, own }, groups } = messenger;
  const { id, conversation, device } = stream;
  const epoch = () => groups.epochOf(conversation);
  const key = () => streamKeyNow(messenger, conversation, { id, device });
  const ownKey = () => streamKeyNow(messenger, conversation, { id: words, device: own.device });
  return {
    clock,
    road: await openWatchingRoad({ link, clock, stream: id, conversation }),
    opener: new UnitOpener({ epoch, key }, { stream: id, clock }),
    sealer: new UnitSealer({ epoch, key: ownKey }, id),
    verify: (statement) => verifyProof(messenger, stream, statement),
  };
}
