import assert from "node:assert/strict";
import { StorageError } from "../../../lib/base/errors.ts";
import { BatchedStore } from "../../../lib/server/store/sqlite/batched_store.ts";
import { CommitTimes } from "../../../lib/server/store/commit_times.ts";
import { packError } from "../../../lib/server/store/sqlite/packed_error.ts";
import { FakeClock } from "../../kit/clock.ts";

Deno.test("commit times are in the first bucket whose bound they do not pass", async () => {
  const clock = new FakeClock();
  const commits = new CommitTimes(clock);
  for (const durationMs of [0, 1, 2, 5000, 5001]) {
    const end = commits.begin();
    await clock.advance(durationMs);
    end({ failed: durationMs === 5001 });
  }
  const { bounds, counts, total, sum } = commits.seconds;
  assert.deepEqual(counts, [2, 1, ...bounds.slice(3).map(() => 0), 1]);
  assert.deepEqual([total, commits.failed], [5, 1]);
  assert.equal(Math.round(sum * 1000), 10_004);
});

Deno.test("a store counts what it commits: no reads, and as failed what the disk did not take", async () => {
  const outcomes: (() => unknown)[] = [];
  const commits = new CommitTimes(new FakeClock());
  const store = new BatchedStore({
    // deno-lint-ignore require-await
    run: async (calls) => {
      const value = outcomes.shift();
      return calls.map(() => {
        try {
          return { ok: true, value: value?.() };
        } catch (error) {
          return { ok: false, error: packError(error) };
        }
      });
    },
    close: () => Promise.resolve(),
  }, commits);
  const fail = (code: string) => () => {
    throw new StorageError(code, "no");
  };
  await store.listAccounts({ limit: 1 });
  assert.equal(commits.seconds.total, 0);
  await store.expire(0);
  assert.deepEqual([commits.seconds.total, commits.failed], [1, 0]);
  outcomes.push(fail("not-unique"));
  await assert.rejects(store.expire(0));
  assert.deepEqual([commits.seconds.total, commits.failed], [2, 0], "the call's own fault");
  outcomes.push(fail("disk-full"));
  await assert.rejects(store.expire(0));
  assert.deepEqual([commits.seconds.total, commits.failed], [3, 1]);
  await store.close();
});
