/** The store in this thread: for tests, scenarios and tools, where a commit may hold up everything else. */

import type { CommitTimes } from "../commit_times.ts";
import { BatchedStore } from "./batched_store.ts";
import { runBatch } from "./batch.ts";
import { openCore } from "./core.ts";

/** Opens or creates the database at `path`. Throws StorageError. The caller closes the store. */
export function openLocalStore(path: string, commits?: CommitTimes): BatchedStore {
  const core = openCore(path);
  return new BatchedStore({
    // Async, so that what it throws rejects.
    // deno-lint-ignore require-await
    run: async (calls) => runBatch(core, calls),
    // deno-lint-ignore require-await
    close: async () => core.database.close(),
  }, commits);
}
