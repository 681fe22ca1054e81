import { PostgresStore } from "../../../lib/server/store/postgres/postgres_store.ts";
import { postgresTest } from "../../kit/postgres.ts";
import { CONTRACT_CASES } from "../../unit/server/store_contract.ts";

/** Enough to use the time in which one case waits for the database, and few enough for two cores. */
const AT_ONCE = 4;

Deno.test(postgresTest("PostgreSQL keeps the whole contract of the store", async (server, test) => {
  const cases = Object.entries(CONTRACT_CASES);
  const runSome = async () => {
    const address = server.newAddress();
    await using emptier = await server.open(address);
    for (let one = cases.shift(); one !== undefined; one = cases.shift()) {
      const [name, run] = one;
      await server.empty(emptier);
      await test.step({
        name,
        // Several at once.
        ...{ sanitizeOps: false, sanitizeResources: false, sanitizeExit: false },
        fn: async () => {
          await using store = new PostgresStore(await server.connect(address));
          await run(store);
        },
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runSome));
}));
