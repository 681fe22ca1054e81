/** How long something takes, in words. Pure. */

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [7 * 86_400, "week"],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** `90 seconds`, `2 hours`, `1 day`: in the greatest unit that divides it. */
export function durationWords(seconds: number): string {
  const [size, name] = UNITS.find(([size]) => seconds % size === 0) ?? [1, "second"];
  const count = seconds / size;
  return `${count.toLocaleString("en")} ${name}${count === 1 ? "" : "s"}`;
}
