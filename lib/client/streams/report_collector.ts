/** What watchers say of how it goes: opened, counted, and brought down to one report. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { ConversationId, DeviceId, StreamId } from "../../base/ids.ts";
import { decodeSFrameHeader } from "../../crypto/sealing/sframe.ts";
import { type LiveReport, middleReport } from "../../media/live/live_steps.ts";
import type { StreamUnitFields } from "../../protocol/peer/stream.ts";
import type { Messenger } from "../store/messenger.ts";
import { leafOf, streamKeyNow } from "./stream_keys.ts";
import { StreamStore } from "./stream_store.ts";
import { UnitOpener } from "./unit_opener.ts";

type Totals = StreamUnitFields<"stream.report">;

interface Watching {
  readonly opener: UnitOpener;
  /** As it was said last, and as it was when it was taken last. */
  totals: Totals | undefined;
  taken: Totals | undefined;
}

/** Words that are opened; more is noise. */
const MAX_WAITING = 256;

/** Reports of one stream. `hear` is called as they come, `take` when a step is judged. */
export class ReportCollector {
  readonly #messenger: Messenger;
  readonly #place: { readonly stream: StreamId; readonly conversation: ConversationId };
  readonly #clock: Clock;
  readonly #store: StreamStore;
  readonly #watching = new Map<StreamId, Watching>();
  #opening: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(
    messenger: Messenger,
    place: { readonly stream: StreamId; readonly conversation: ConversationId },
  ) {
    this.#messenger = messenger;
    this.#place = place;
    this.#clock = messenger.profile.clock;
    this.#store = new StreamStore(messenger.profile);
  }

  /** Never throws: what does not open means nothing. */
  hear(word: Bytes): void {
    if (this.#waiting >= MAX_WAITING) return;
    this.#waiting++;
    this.#opening = this.#opening.then(() => this.#open(word)).finally(() => this.#waiting--);
    // Seen by `idle`.
    this.#opening.catch(() => {});
  }

  /** Resolves when everything that was heard is counted. */
  idle(): Promise<void> {
    return this.#opening;
  }

  /** What came in since the last call; undefined for nothing. */
  take(): LiveReport | undefined {
    const reports: LiveReport[] = [];
    for (const watching of this.#watching.values()) {
      const { totals, taken } = watching;
      if (totals === undefined || totals === taken) continue;
      watching.taken = totals;
      const since = (field: "received" | "lost") =>
        Math.max(0, totals[field] - (taken?.[field] ?? 0));
      reports.push({ received: since("received"), lost: since("lost"), lateMs: totals.lateMs });
    }
    return middleReport(reports);
  }

  async #open(word: Bytes): Promise<void> {
    const header = decodeSFrameHeader(word);
    if (header === undefined) return;
    for (const { words, device, state } of this.#store.answers(this.#place.stream)) {
      if (state !== "accepted") continue;
      const watching = this.#of(words, device);
      if (await this.#leafOf(words, device) !== leafOf(header.keyId)) continue;
      const unit = await watching.opener.open(word);
      if (unit?.kind !== "stream.report") continue;
      watching.totals = unit.fields;
      return;
    }
  }

  #of(words: StreamId, device: DeviceId): Watching {
    const known = this.#watching.get(words);
    if (known !== undefined) return known;
    const { stream, conversation } = this.#place;
    const opener = new UnitOpener({
      epoch: () => this.#messenger.groups.epochOf(conversation),
      key: () => streamKeyNow(this.#messenger, conversation, { id: words, device }),
    }, { stream, clock: this.#clock });
    const watching: Watching = { opener, totals: undefined, taken: undefined };
    this.#watching.set(words, watching);
    return watching;
  }

  /** Reports come once a second for each watcher, so the group may be read for each. */
  async #leafOf(words: StreamId, device: DeviceId) {
    const sender = this.#watching.get(words)?.opener.sender;
    if (sender !== undefined) return sender.leafIndex;
    const about = { id: words, device };
    const key = await streamKeyNow(this.#messenger, this.#place.conversation, about);
    return key?.member.leafIndex;
  }
}
