/**
 * Known holes in the packages of our lock files, as the OSV database names them. Ends with 1 when there is one, and when the
 * database cannot be asked: silence is no answer.
 *
 *     deno run --allow-read=. --allow-net=api.osv.dev tools/advisories.ts
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";

/** One version of one package. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
}

/** A package with the ids of what is known of it. */
export interface Advised extends LockedPackage {
  readonly ids: readonly string[];
}

const DATABASE = "https://api.osv.dev";
/** That of the programs and their tests, of the compiler of the graphics kernel, and of the bundler. */
const LOCK_FILES: readonly string[] = [
  "deno.lock",
  "tools/kernel/deno.lock",
  "tools/bundler/deno.lock",
];
/** The database does not answer for more at once. */
const QUERIES_MAX = 1000;

/** Every npm package of a lock file, development and tests too. Throws when it holds none: then it is not read rightly. */
export function lockedPackages(lock: string): LockedPackage[] {
  // Keys are NAME@VERSION, and behind a `_` with which peers.
  const found = Object.keys(JSON.parse(lock).npm ?? {}).flatMap((key) => {
    const [, name, version] = key.match(/^(@?[^@]+)@([^_]+)/) ?? [];
    return name === undefined ? [] : [{ name, version }];
  });
  if (found.length === 0) throw new Error("Cannot read the lock file: it names no package");
  return found;
}

/** Those of the packages of which something is known. Throws when the database gives no answer for each of them. */
export async function findAdvisories(
  packages: readonly LockedPackage[],
  database = DATABASE,
): Promise<Advised[]> {
  const advised: Advised[] = [];
  for (let at = 0; at < packages.length; at += QUERIES_MAX) {
    const asked = packages.slice(at, at + QUERIES_MAX);
    const queries = asked.map(({ name, version }) => ({
      package: { name, ecosystem: "npm" },
      version,
    }));
    const response = await fetch(`${database}/v1/querybatch`, {
      method: "POST",
      body: JSON.stringify({ queries }),
    });
    if (!response.ok) {
      throw new Error(`Cannot ask for advisories: ${response.status} ${await response.text()}`);
    }
    const results: { vulns?: { id: string }[] }[] = (await response.json()).results ?? [];
    if (results.length !== asked.length) {
      throw new Error(`Cannot ask for advisories: ${results.length} answers to ${asked.length}`);
    }
    for (const [index, { vulns = [] }] of results.entries()) {
      if (vulns.length > 0) advised.push({ ...asked[index], ids: vulns.map(({ id }) => id) });
    }
  }
  return advised;
}

if (import.meta.main) {
  const packages = LOCK_FILES.flatMap((path) =>
    lockedPackages(readFileSync(join(PROJECT_ROOT, path), "utf8"))
  );
  const advised = await findAdvisories(packages);
  for (const { name, version, ids } of advised) {
    console.log(`${name} ${version}: ${ids.map((id) => `https://osv.dev/${id}`).join(" ")}`);
  }
  console.log(`${packages.length} packages, ${advised.length} with advisories`);
  if (advised.length > 0) Deno.exit(1);
}
