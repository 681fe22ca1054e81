/** Asking for known holes of packages, at a database of the test's own. */

import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { findAdvisories, lockedPackages } from "../../tools/advisories.ts";
import { PROJECT_ROOT } from "./layers.ts";

/** A database that answers every question with `answer`. */
function database(answer: (queries: { package: { name: string } }[]) => Response) {
  const asked: unknown[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (r) => {
    const { queries } = await r.json();
    asked.push(new URL(r.url).pathname, ...queries);
    return answer(queries);
  });
  return {
    asked,
    address: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const PLANTED = [{ name: "@a/good", version: "1.0.0" }, { name: "bad", version: "2.0.0" }];

Deno.test("advisories: our lock files are read, every package of them with its own version", () => {
  for (const path of ["deno.lock", "tools/kernel/deno.lock", "tools/bundler/deno.lock"]) {
    const lock = Deno.readTextFileSync(`${PROJECT_ROOT}/${path}`);
    const packages = lockedPackages(lock);
    equal(packages.length, Object.keys(JSON.parse(lock).npm).length);
    for (const { name, version } of packages) {
      ok(/^\d+\.\d+\.\d+/.test(version), `${name} ${version}`);
    }
  }
  const lock = { npm: { "@a/b@1.2.3_c@4.0.0": {}, "c@4.0.0-rc.1": {} } };
  deepEqual(lockedPackages(JSON.stringify(lock)), [
    { name: "@a/b", version: "1.2.3" },
    { name: "c", version: "4.0.0-rc.1" },
  ]);
});

Deno.test("advisories: a lock file of another form is no lock file without packages", () => {
  throws(() => lockedPackages(`{"version":"9","packages":{}}`), /names no package/);
});

Deno.test("advisories: a planted hole is found by package and id", async () => {
  await using osv = database((queries) =>
    Response.json({
      results: queries.map(({ package: { name } }) =>
        name === "bad" ? { vulns: [{ id: "GHSA-1" }, { id: "GHSA-2" }] } : {}
      ),
    })
  );
  const found = await findAdvisories(PLANTED, osv.address);
  deepEqual(found, [{ name: "bad", version: "2.0.0", ids: ["GHSA-1", "GHSA-2"] }]);
  deepEqual(osv.asked, [
    "/v1/querybatch",
    { package: { name: "@a/good", ecosystem: "npm" }, version: "1.0.0" },
    { package: { name: "bad", ecosystem: "npm" }, version: "2.0.0" },
  ]);
});

Deno.test("advisories: a database that fails, or does not answer for each package, is no good news", async () => {
  await using broken = database(() => new Response("busy", { status: 503 }));
  await rejects(findAdvisories(PLANTED, broken.address), /503 busy/);
  await using short = database(() => Response.json({ results: [{}] }));
  await rejects(findAdvisories(PLANTED, short.address), /1 answers to 2/);
});
