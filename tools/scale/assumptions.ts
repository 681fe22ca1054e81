/** What the plan assumes, and what somebody else assumes instead of it. */

import type { Assumptions } from "./model.ts";
import assumed from "./assumptions.json" with { type: "json" };

/** As the page has them. */
export const ASSUMPTIONS: Assumptions = assumed;

/** With what differs in `changes`, of the same form. Throws, in words, for what is not among them. */
export function changedBy(changes: unknown): Assumptions {
  // The cast: what was laid over has the form of what is below.
  return overlaid(ASSUMPTIONS, changes, "") as Assumptions;
}

function overlaid(below: unknown, above: unknown, place: string): unknown {
  if (Array.isArray(below)) {
    if (Array.isArray(above)) return above.map((one) => overlaid(below[0], one, place));
  } else if (typeof below === "number") {
    if (typeof above === "number" && Number.isFinite(above) && above >= 0) return above;
  } else if (isObject(below) && isObject(above)) {
    const unknown = Object.keys(above).find((name) => !(name in below));
    if (unknown !== undefined) throw new Error(`There is no assumption ${place}${unknown}`);
    return Object.fromEntries(
      Object.entries(below).map((
        [name, value],
      ) => [name, name in above ? overlaid(value, above[name], `${place}${name}.`) : value]),
    );
  }
  const form = Array.isArray(below)
    ? "a list"
    : typeof below === "number"
    ? "a number of 0 or more"
    : "an object";
  throw new Error(`${place.slice(0, -1) || "What is assumed"} must be ${form}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
