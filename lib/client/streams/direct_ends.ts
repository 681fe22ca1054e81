/** A stream over a direct connection: its units one way, what the watcher says the other. Each lives as long as its line. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { StreamId } from "../../base/ids.ts";
import type { DirectLine } from "../direct/direct_line.ts";
import type {
  LastingOptions,
  PublishedEvents,
  PublishedLine,
  SubscribedEvents,
  SubscribedLine,
} from "./live_media.ts";
import { type PartPlace, UnitJoiner, UnitLane } from "./unit_lane.ts";
import { type Scope, untilAborted } from "../../base/scope.ts";
import { DirectMeetings, type DirectMeetingsOptions } from "./direct_meetings.ts";

/** For who sends. */
export function sendDirectly(
  line: DirectLine,
  { stream, clock, heard }: PublishedEvents & { readonly stream: StreamId; readonly clock: Clock },
): PublishedLine {
  const lane = new UnitLane({
    get isOpen() {
      return line.isOpen;
    },
    part: (place, payload) => line.sendBulk("direct.unit", { stream, ...place }, payload, "live"),
  }, clock);
  attach(line, stream, { taken: (bytes) => lane.taken(bytes), word: heard });
  const closed = line.closed.then(() => lane.close());
  return { lane, subscribers: 1, closed, close: () => line.close() };
}

/** For who watches. */
export function watchDirectly(
  line: DirectLine,
  { stream, take, refused }: SubscribedEvents & { readonly stream: StreamId },
): SubscribedLine {
  const joiner = new UnitJoiner(refused);
  attach(line, stream, {
    unit(place, payload) {
      const whole = joiner.take(place, payload);
      line.send("direct.taken", { stream, bytes: joiner.takenBytes });
      if (whole !== undefined) take(whole.unit, whole.bytes);
    },
  });
  return {
    ended: line.closed.then(() => "lost"),
    feedback: (word) => line.send("direct.word", { stream }, word),
    close: () => line.close(),
  };
}

/** Says that this stream is wanted over the line, too: what no earlier watcher says, and no earlier sender hears. */
export function askDirectly(line: DirectLine, stream: StreamId): void {
  line.send("direct.taken", { stream, bytes: 0 });
}

/** Resolves when the other end has asked so, or the line has ended. */
export async function untilAsked(line: DirectLine, stream: StreamId): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  attach(line, stream, { taken: () => resolve() });
  await Promise.race([promise, line.closed]);
}

/** Who sends or watches a stream over a line. None of these may throw. */
interface LineUser {
  unit?(place: PartPlace, payload: Bytes): void;
  taken?(bytes: number): void;
  word?(word: Bytes): void;
}

/** A kind has one handler, so there is one table for each line: a stream and its sound go over one. */
const TABLES = new WeakMap<DirectLine, Map<string, LineUser>>();

function attach(line: DirectLine, stream: StreamId, user: LineUser): void {
  const users = TABLES.get(line) ?? listen(line);
  users.set(stream, user);
}

function listen(line: DirectLine): Map<string, LineUser> {
  const users = new Map<string, LineUser>();
  TABLES.set(line, users);
  line.on("direct.unit", ({ stream, ...place }, payload) => {
    users.get(stream)?.unit?.(place, payload);
  });
  line.on("direct.taken", ({ stream, bytes }) => users.get(stream)?.taken?.(bytes));
  line.on("direct.word", ({ stream }, word) => users.get(stream)?.word?.(word));
  return users;
}

// A direct connection beside a stream's way over the server, the same at both of its ends.

/** The direct connection of a stream, for it and for its sound: one after the other. */
export class SharedLines {
  readonly #users = new Set<(line: DirectLine) => Promise<void>>();
  #line: DirectLine | undefined;

  /** Each line from now on is given to `use`, the present one too, until it has ended. Returns what ends that. */
  add(use: (line: DirectLine) => Promise<void>): () => void {
    this.#users.add(use);
    // Whoever uses it sees its end.
    if (this.#line !== undefined) void use(this.#line);
    return () => void this.#users.delete(use);
  }

  /** Resolves when the line has ended for all. */
  async use(line: DirectLine): Promise<void> {
    this.#line = line;
    await Promise.all([...this.#users].map((use) => use(line)));
    await line.closed;
    this.#line = undefined;
  }
}

/** From now on, until `scope` is closed; nothing where the other end can be met in no other way than over the server. */
export function meetDirectly(
  scope: Scope,
  { host, peer, mode, stream, onNoMeeting, lines }: LastingOptions,
  end: Pick<DirectMeetingsOptions, "proposes" | "use">,
): void {
  const { beside } = host;
  if (lines !== undefined) {
    const stop = lines.shared.add(end.use);
    scope.run(
      "lines",
      (signal) => untilAborted(new Promise<never>(() => {}), signal).finally(stop),
    );
    if (lines.isSound) return;
  }
  if (peer === undefined || beside === undefined) return;
  const meetings = new DirectMeetings({
    ...{ host, beside, mode, stream: { id: stream, peer } },
    proposes: end.proposes,
    use: lines === undefined ? end.use : (line) => lines.shared.use(line),
    failed: async (why) => await onNoMeeting?.(why),
  });
  scope.run("direct", (signal) => meetings.run(signal));
}
