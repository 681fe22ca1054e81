/** How many log lines strangers can cause: what a flood does must not fill the disk, nor hide what else is said. */

/**
 * Events that anybody can cause who is not signed in, as often as they like. Each has a budget of its own. Others are not
 * limited: who causes them has an account, and a rate.
 */
const STRANGERS_EVENTS: ReadonlySet<string> = new Set([
  "conn.open",
  "auth.fail",
  "auth.locked",
  "protocol error",
  "proxy not understood",
]);
/** Lines of one event at once: a class that comes in, each with a line. */
const BURST = 100;
/** And then so many a second: 8 MB a day for each event. */
const PER_SECOND = 1;

/** Decides line by line; keeps no timer. */
export class LogLimit {
  readonly #budgets = new Map<string, { lines: number; atMs: number; omitted: number }>();

  /** How many lines of this event were left out before this one; undefined when this one is to be left out, too. */
  take(event: string, atMs: number): number | undefined {
    if (!STRANGERS_EVENTS.has(event)) return 0;
    const budget = this.#budgets.get(event) ?? { lines: BURST, atMs, omitted: 0 };
    this.#budgets.set(event, budget);
    const gained = Math.max(0, atMs - budget.atMs) / 1000 * PER_SECOND;
    budget.lines = Math.min(BURST, budget.lines + gained);
    budget.atMs = atMs;
    if (budget.lines < 1) {
      budget.omitted++;
      return undefined;
    }
    budget.lines--;
    const { omitted } = budget;
    budget.omitted = 0;
    return omitted;
  }
}
