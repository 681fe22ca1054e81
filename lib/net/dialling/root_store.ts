/**
 * The authorities that a program trusts by itself: none, so that a pinned one is the only root (SR-49, decision 0051).
 * Deno adds `caCerts` to a store that the environment fills: `DENO_CERT`, `DENO_TLS_CA_STORE` (with `SSL_CERT_FILE` and
 * `SSL_CERT_DIR` for the system's) and, in newer versions, `NODE_EXTRA_CA_CERTS`. It builds the store at the first use of
 * TLS and keeps it for the whole process (tried on 2.4.2 and 2.9.6, from source and compiled, for TLS and QUIC).
 */

import { describeError } from "../../base/errors.ts";

/** Names stores, separated by commas. An empty list is a store without roots. */
const STORES = "DENO_TLS_CA_STORE";
/** Name files with more roots. */
const FILES: readonly string[] = ["DENO_CERT", "NODE_EXTRA_CA_CERTS"];
/** What Deno trusts unless told otherwise. No public authority certifies a name under `.internal`. */
const PUBLIC_STORE = "mozilla";
/** Nobody has a store of this name, so Deno fails to build it. */
const NO_STORE = "none";

/**
 * Leaves a pinned certificate as the only root of this process. MUST be called once, when a program begins and before anything
 * uses TLS. Returns undefined when that is so from now on. Else Deno had filled the store already, to fetch packages for a program
 * from source: returns the environment in which the program has to be started once more instead.
 */
export function emptyRootStore(): Readonly<Record<string, string>> | undefined {
  const names = [STORES, ...FILES];
  const given = names.map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const name of FILES) Deno.env.delete(name);
    if (isStoreBuilt()) return isWidened(new Map(given)) ? environmentWithout(names) : undefined;
    Deno.env.set(STORES, "");
    takeStore();
    return undefined;
  } finally {
    // An editor, or whatever else is started from here, finds them as the person set them.
    for (const [name, value] of given) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

/** Whether it was built before: then it can be had, though the environment names one that nobody has. */
function isStoreBuilt(): boolean {
  // A compiled program fetches nothing. And it would remember the failure, and have no TLS at all.
  if (Deno.build.standalone) return false;
  Deno.env.set(STORES, NO_STORE);
  try {
    takeStore();
    return true;
  } catch (error) {
    if (!/certificate store/.test(describeError(error))) throw error;
    return false;
  }
}

/** A client of HTTP needs the store at once, and sends nothing. */
function takeStore(): void {
  Deno.createHttpClient({}).close();
}

/** Whether there may be more in a store than the public authorities. */
function isWidened(given: ReadonlyMap<string, string | undefined>): boolean {
  const stores = (given.get(STORES) ?? PUBLIC_STORE).split(",").map((store) => store.trim());
  return stores.some((store) => store !== "" && store !== PUBLIC_STORE) ||
    FILES.some((name) => given.get(name));
}

/** Of this process, without those variables. */
function environmentWithout(names: readonly string[]): Readonly<Record<string, string>> {
  const all = Object.entries(Deno.env.toObject());
  return Object.fromEntries(all.filter(([name]) => !names.includes(name)));
}
