import { deepEqual } from "node:assert/strict";
import { StorageError } from "../../../lib/base/errors.ts";
import type { MessageSubmission } from "../../../lib/relay/message_log.ts";
import type { PostgresDatabase } from "../../../lib/server/store/postgres/database.ts";
import { MessageBatches } from "../../../lib/server/store/postgres/message_batches.ts";

/** Of one device to one conversation; the body is all that the batches look at besides. */
function message(device: string, conversation: string): MessageSubmission {
  return { device, conversation, body: new Uint8Array(1) } as unknown as MessageSubmission;
}

Deno.test("a message that could not be stored takes those along that its device sent after it to the same conversation", async () => {
  let transactions = 0;
  // Of a database only this is used; each transaction stores whatever it is given.
  const database = {
    async transaction() {
      if (++transactions === 1) {
        await later;
        throw new StorageError("unreachable", "gone");
      }
      const outcomes = Array.from({ length: 2 }, () => ({ value: { result: "known" } }));
      return { outcomes, committed() {} };
    },
  } as unknown as PostgresDatabase;
  const { promise: later, resolve } = Promise.withResolvers<void>();
  const batches = new MessageBatches(database);
  const outcomeOf = (device: string, conversation: string) =>
    batches.append(message(device, conversation)).then(() => "stored", ({ code }) => code);
  const first = outcomeOf("a", "room");
  while (transactions === 0) await Promise.resolve();
  const others = [outcomeOf("a", "room"), outcomeOf("b", "room"), outcomeOf("a", "other")];
  resolve();
  deepEqual(await Promise.all([first, ...others]), [
    "unreachable",
    "unreachable",
    "stored",
    "stored",
  ]);
});
