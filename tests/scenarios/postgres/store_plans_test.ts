/** What calls of the store cost PostgreSQL, as long as it knows nothing of its tables: a new server has no statistics. */

import { equal, ok } from "node:assert/strict";
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  newEnvelopeId,
} from "../../../lib/base/ids.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { MAILBOX_LIMITS } from "../../../lib/relay/log_rules.ts";
import { fetchEnvelopes } from "../../../lib/server/store/postgres/mailbox.ts";
import { PostgresStore } from "../../../lib/server/store/postgres/postgres_store.ts";
import { makeCrowd } from "../../bench/load/crowd.ts";
import { postgresTest } from "../../kit/postgres.ts";

const MEMBERS = 40;
const ENVELOPES = 80;

const ROWS_READ = `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int8
  FROM pg_stat_xact_user_tables`;

Deno.test(postgresTest(
  "what waits in a room is read without going through its members for each envelope",
  async (postgres) => {
    await using database = await postgres.open();
    const folder = await Deno.makeTempDir();
    try {
      await using store = new PostgresStore(
        await postgres.open({
          ...postgres.address,
          schema: database.schema,
        }),
      );
      const crowd = { count: MEMBERS, members: MEMBERS, openStore: () => keptOpen(store) };
      const [, ...lines] = (await Deno.readTextFile(await makeCrowd(folder, crowd))).trim()
        .split("\n");
      const [, , , , conversation, epoch] = lines[0].split(" ");
      // The casts: the crowd's file has what the store gave.
      const people = lines.map((line) => line.split(" ") as [AccountId, DeviceId]);
      const of = conversation as ConversationId;
      for (let n = 0; n < ENVELOPES; n++) {
        const [account, device] = people[n % (MEMBERS - 1)];
        const sent = await store.append({
          ...{ conversation: of, account, device, generation: 0, epoch: Number(epoch) },
          ...{ envelope: newEnvelopeId(systemRandom), number: 10 + n, body: new Uint8Array(512) },
          ...{ nowMs: systemClock.nowMs(), limits: MAILBOX_LIMITS },
        });
        equal(sent.result, "appended");
      }
      const [, device] = people[MEMBERS - 1];
      const wanted = { device, conversation: of, afterSeq: 0, limit: 500, maxBytes: 1e6 };
      await database.transaction(async (transaction) => {
        const found = await fetchEnvelopes(transaction, wanted);
        // The commits by which members came in before are there, too, or not, as the room says.
        ok(found.length >= ENVELOPES, `${found.length}`);
        const read = await transaction.integer(ROWS_READ) ?? 0;
        ok(read > 0 && read < 6 * found.length, `${read} rows for ${found.length} envelopes`);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
));

/** `makeCrowd` closes what it has opened itself. */
function keptOpen(store: PostgresStore): PostgresStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === "close") return () => Promise.resolve();
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
