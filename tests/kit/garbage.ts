/** How much memory is taken at most, in rounds of about a megabyte. */
const MAX_ROUNDS = 5_000;

/** Kept for so many rounds: what is short-lived is thrown away without looking at the rest. */
const KEPT_ROUNDS = 10;

/** Takes memory until the engine has collected what nobody holds: a weak reference tells. */
export async function collectGarbage(): Promise<void> {
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
