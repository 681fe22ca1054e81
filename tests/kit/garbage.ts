import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How much memory is taken at most where nothing else helps, in rounds of about a megabyte. */
const MAX_ROUNDS = 5_000;

/** Kept for so many rounds: what is short-lived is thrown away without looking at the rest. */
const KEPT_ROUNDS = 10;

/** Has the engine collect what nobody holds. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("globalThis.gc");
  if (typeof collect === "function") collect();
  // Deno 2.4.2 has no such function in a new context.
  else await takeMemory();
}

/** Takes memory until the engine collects: a weak reference tells. */
async function takeMemory(): Promise<void> {
  const witness = newWitness();
  let kept: unknown[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (witness.deref() === undefined) return;
    if (round % KEPT_ROUNDS === 0) kept = [];
    for (let i = 0; i < 20_000; i++) kept.push({ i });
    // A weak reference holds until the turn is over.
    await new Promise((next) => setTimeout(next, 0));
  }
  throw new Error("The engine collects no garbage");
}

/** In a function of its own, so that no variable holds it. */
function newWitness(): WeakRef<object> {
  return new WeakRef({});
}
