/** Points in time as people write them (row S3.38). */

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/**
 * `2h`, `10m ago`, `yesterday`, `today`, `1 Jun 2022 16:00:00`, ISO 8601. Local time unless a zone is given. Undefined when it
 * cannot be read. `nowMs` is passed in.
 */
export function parseWhen(text: string, nowMs: number): number | undefined {
  const word = text.trim().toLowerCase();
  const ago = word.match(/^(\d{1,6})\s*([smhdw])(?:\s+ago)?$/);
  if (ago !== null) return nowMs - Number(ago[1]) * UNITS_MS[ago[2]];
  if (word === "today") return startOfDay(nowMs);
  if (word === "yesterday") return startOfDay(startOfDay(nowMs) - 1);
  const seed = word.match(
    /^(\d{1,2}) ([a-z]{3})[a-z]* (\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?$/,
  );
  if (seed !== null) {
    const [, day, month, year, hour = "0", minute = "0", second = "0"] = seed;
    const index = MONTHS.indexOf(month);
    return index < 0 ? undefined : exact(
      [Number(year), index, Number(day), Number(hour), Number(minute), Number(second)],
    );
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(word)) return undefined;
  // A date alone means local midnight here, unlike in ECMA-262 §21.4.1.32.
  const iso = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(word) ? `${word}T00:00` : text.trim());
  return Number.isNaN(iso) ? undefined : iso;
}

/** Undefined for days that do not exist, which `Date` would move into the next month. */
function exact(
  [year, month, day, hour, minute, second]: readonly [
    number,
    number,
    number,
    number,
    number,
    number,
  ],
): number | undefined {
  const date = new Date(year, month, day, hour, minute, second);
  return date.getDate() === day && date.getHours() === hour ? date.getTime() : undefined;
}

function startOfDay(atMs: number): number {
  const date = new Date(atMs);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}

/** `2022-08-03 23:25:03` in local time: the form of row S1.15. */
export function formatTime(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
