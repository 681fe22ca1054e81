/** Both ends of a stream over a link whose answers and tellings come in one packet of the network. */

import { deepEqual, equal } from "node:assert/strict";
import { type Bytes, utf8 } from "../../../../lib/base/bytes.ts";
import type { ConversationId } from "../../../../lib/base/ids.ts";
import type { Link } from "../../../../lib/client/link/link.ts";
import { LastingSender } from "../../../../lib/client/streams/lasting_sender.ts";
import { LastingWatcher } from "../../../../lib/client/streams/lasting_watcher.ts";
import type { LastingOptions } from "../../../../lib/client/streams/live_media.ts";
import { FakeClock } from "../../../kit/clock.ts";
import { STREAM } from "../../../kit/streams.ts";

type Push = (fields: Record<string, unknown>, payload?: Bytes) => void;

/** `beforeAnswer` is told what a server tells behind its answer, before who asked goes on, as a real link does it. */
function optionsOf(
  beforeAnswer: (push: (kind: string) => Push) => void,
  lanes: string[] = [],
): LastingOptions {
  const handlers = new Map<string, Push>();
  const link = {
    isOpen: true,
    closed: Promise.withResolvers().promise,
    on: (kind: string, handler: Push) => void handlers.set(kind, handler),
    ask: (kind: string) => {
      const isOpening = kind === "stream.open" || kind === "stream.join";
      if (isOpening) beforeAnswer((push) => handlers.get(push) ?? (() => {}));
      return Promise.resolve({ fields: {}, payload: utf8("") });
    },
    tell: () => {},
    whenTold: () => Promise.resolve(),
    tellBulk: (kind: string, _fields: unknown, _payload: Bytes, lane?: string) => {
      lanes.push(`${kind} ${lane}`);
      return Promise.resolve();
    },
  } as unknown as Link;
  const messenger = { profile: { clock: new FakeClock() } };
  return {
    host: { link, isOnline: true, messenger } as unknown as LastingOptions["host"],
    stream: STREAM,
    conversation: "00" as ConversationId,
    peer: undefined,
    mode: "never",
  };
}

Deno.test("a watcher who comes with the answer to the opening is counted", async () => {
  const options = optionsOf((push) => push("stream.watchers")({ stream: STREAM, count: 1 }));
  const transport = await LastingSender.open({ ...options, isWatched: () => true });
  equal(transport.subscribers, 1);
  await transport.close();
});

Deno.test("who does not come back to a stream that was opened anew is said not to watch when their time is over", async () => {
  const first = optionsOf((push) => push("stream.watchers")({ stream: STREAM, count: 1 }));
  const closing = Promise.withResolvers<void>();
  const lost = { ...first.host.link, closed: closing.promise } as unknown as Link;
  const again = optionsOf(() => {});
  const host = { ...again.host, link: lost };
  const clock = host.messenger.profile.clock as FakeClock;
  const transport = await LastingSender.open({ ...again, host, isWatched: () => true });
  const counts: number[] = [];
  transport.onChange(() => counts.push(transport.subscribers));
  host.link = again.host.link;
  closing.resolve();
  await clock.advance(14_999);
  equal(transport.subscribers, 1);
  const before = counts.length;
  await clock.advance(1);
  deepEqual(counts.slice(before), [0]);
  await transport.close();
  equal(clock.pendingTimers, 0);
});

Deno.test("units leave on the live lane, ahead of files", async () => {
  const lanes: string[] = [];
  const options = optionsOf(() => {}, lanes);
  const transport = await LastingSender.open({ ...options, isWatched: () => true });
  await transport.publish(utf8("one"), new AbortController().signal);
  deepEqual(lanes, ["stream.part live"]);
  await transport.close();
});

Deno.test("units that come with the answer to the joining are given in their order", async () => {
  const options = optionsOf((push) => {
    for (const [unit, text] of ["one", "two"].entries()) {
      push("stream.piece")({ stream: STREAM, unit, size: 3, offset: 0 }, utf8(text));
    }
  });
  const transport = await LastingWatcher.open({ ...options, isOver: () => false });
  const units: Bytes[] = [];
  transport.onUnit((unit) => units.push(unit));
  deepEqual(units, [utf8("one"), utf8("two")]);
  await transport.close();
});
