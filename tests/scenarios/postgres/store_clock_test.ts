/** Of several nodes, each goes by the time of their database. */

import { equal, rejects } from "node:assert/strict";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { openStored } from "../../../lib/server/store/stored.ts";
import { postgresTest } from "../../kit/postgres.ts";
import { scratch } from "../server/server_process.ts";
import { newChoice } from "./moving_kit.ts";

const HOUR_MS = 3600_000;

Deno.test(postgresTest(
  "a node whose clock is hours ahead or behind goes by the time of the database, also when it moves while the node runs",
  async (postgres) => {
    for (const apartMs of [-3 * HOUR_MS, 3 * HOUR_MS]) {
      await using owned = new AsyncDisposableStack();
      const { folder } = owned.use(await scratch());
      const given = { apartMs };
      const own: Clock = {
        ...systemClock,
        nowMs: () => systemClock.nowMs() + given.apartMs,
        // What nobody sets while it runs, and a machine that slept lacks a part of.
        monotonicMs: () => systemClock.monotonicMs() + given.apartMs,
      };
      const choice = await newChoice(postgres);
      const options = { clock: own, random: systemRandom, choice, onLost() {} };
      const { clock, database } = await openStored(folder, owned, options);
      const isRight = () => Math.abs(clock.nowMs() - systemClock.nowMs()) < HOUR_MS;
      equal(isRight(), true, "when it is opened");
      given.apartMs = 0;
      equal(isRight(), false, "before the next look");
      const ended = new AbortController();
      let looks = 0;
      const sleep = async () => {
        if (++looks > 1) ended.abort();
        await Promise.resolve();
        ended.signal.throwIfAborted();
      };
      await rejects(database.watch({ ...systemClock, sleep }, ended.signal), {
        name: "AbortError",
      });
      equal(isRight(), true, "after it");
    }
  },
));
