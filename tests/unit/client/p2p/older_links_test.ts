/** A link whose other end was killed is left when that comes back, and not before. */

import { deepEqual } from "node:assert/strict";
import { leaveOlder, OLDER_MS } from "../../../../lib/client/p2p/pair_talk.ts";
import { ownLink } from "../../../../lib/client/p2p/pair_streams.ts";
import { FakeClock } from "../../../kit/clock.ts";

/** Two links whose other ends say nothing, and their clock. */
function open() {
  const clock = new FakeClock();
  const [older, newest] = [ownLink(clock), ownLink(clock)];
  leaveOlder([older.link], newest.link, clock);
  return {
    clock,
    areOpen: () => [older.link.isOpen, newest.link.isOpen],
    newest: newest.link,
    async [Symbol.asyncDispose]() {
      for (const { link, served } of [older, newest]) {
        await link.abandon();
        await served.close("done", 0);
      }
      await clock.advance(0);
    },
  };
}

Deno.test("S1.24: a link that is still open some time after a newer one is given up", async () => {
  await using links = open();
  await links.clock.advance(OLDER_MS - 1);
  deepEqual(links.areOpen(), [true, true]);
  await links.clock.advance(1);
  deepEqual(links.areOpen(), [false, true]);
});

Deno.test("S1.19: a link is kept when the newer one has ended before", async () => {
  await using links = open();
  await links.newest.abandon();
  await links.clock.advance(OLDER_MS);
  deepEqual(links.areOpen(), [true, false]);
});
