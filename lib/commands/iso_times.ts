/** One vocabulary of times for programs: beside each moment in milliseconds stands the same as ISO 8601. Pure. */

/** Fields that are moments, and what they are called as ISO 8601. They keep their own name beside that for good. */
const MOMENTS: Readonly<Record<string, string>> = {
  atMs: "at",
  sinceMs: "since",
  untilMs: "until",
  createdMs: "created",
  lastSeenMs: "lastSeen",
  expiresMs: "expires",
};

/** The farthest moment that a date can be. */
const MAX_MS = 8.64e15;

/** The same fields, and the moments among them, also within lists and objects, in the other form too. */
export function withIsoTimes(
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    out[name] = inner(value);
    const iso = MOMENTS[name];
    if (iso === undefined || iso in fields || typeof value !== "number") continue;
    if (Math.abs(value) <= MAX_MS) out[iso] = new Date(value).toISOString();
  }
  return out;
}

function inner(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inner);
  return isPlain(value) ? withIsoTimes(value) : value;
}

/** Nothing that says itself how it is written. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype && !("toJSON" in value);
}
