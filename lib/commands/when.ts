/**
 * Points in time as people write them, and as the seeds print them (rows S3.20, S3.38, S3.42). Pure: clock and time zone
 * are passed in.
 */

/** When and where somebody says something about time. */
export interface Here {
  readonly nowMs: number;
  /** A name of the IANA time zone database, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
}

/** What a calendar and a clock on the wall show. Months count from 1. */
interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const DAY_MS = 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
};
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const WEEKDAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");

const DURATION = /^(\d{1,6})\s*(s|sec|m|min|h|d|w|(?:second|minute|hour|day|week)s?)$/;
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const DAY_MONTH_YEAR = /^(\d{1,2}) ([a-z]{3})[a-z]*(?: (\d{4}))?(?: (\d{1,2}:\S+))?$/;
// ISO 8601, with a blank for the T as people write it; group 5 is what RFC 3339 calls the offset.
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(z|[+-]\d{2}:?\d{2})?)?$/;

/** `90s`, `30m`, `2h`, `1d`, `1w`, also in words. Undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const found = DURATION.exec(text.trim().toLowerCase());
  return found === null ? undefined : Number(found[1]) * UNITS_MS[found[2][0]];
}

/** `lunch 30m`: a text, and for how long when its last word says so. */
export function splitDuration(text: string): { text: string; durationMs: number | undefined } {
  const whole = text.trim();
  const found = /(?:^|\s)(\d\S*)$/.exec(whole);
  const durationMs = found === null ? undefined : parseDuration(found[1]);
  if (found === null || durationMs === undefined) return { text: whole, durationMs: undefined };
  return { text: whole.slice(0, found.index).trimEnd(), durationMs };
}

/**
 * `2h`, `10m ago`, `14:30`, `today`, `yesterday 9:00`, `monday`, `monday 9:00`, `1 Jun 2022 16:00:00`, `20 Nov`, ISO 8601. A weekday, and
 * a day without its year, is the last one that has begun. Undefined when it cannot be read, or there is no such day.
 */
export function parseWhen(text: string, here: Here): number | undefined {
  const word = text.trim().toLowerCase().replace(/\s+/g, " ");
  const ago = parseDuration(word.replace(/ ago$/, ""));
  if (ago !== undefined) return here.nowMs - ago;
  const iso = ISO.exec(word);
  if (iso !== null) return readIso(iso, here);
  const date = DAY_MONTH_YEAR.exec(word);
  if (date !== null) {
    const [, day, name, year, time = "0:00"] = date;
    const month = MONTHS.findIndex((one) => one.toLowerCase() === name) + 1;
    const on = (year: number) => at({ year, month, day: Number(day) }, time, here);
    if (year !== undefined) return on(Number(year));
    const thisYear = daysAgo(0, here).year;
    // There is a 29 February in some years only.
    const begun = Array.from({ length: 9 }, (_, i) => on(thisYear - i));
    return begun.find((ms) => ms !== undefined && ms <= here.nowMs);
  }
  const [first, time, ...rest] = word.split(" ");
  if (rest.length > 0) return undefined;
  if (TIME.test(first) && time === undefined) return at(daysAgo(0, here), first, here);
  return readDay(first, time ?? "0:00", here);
}

/** What to say about a text that `parseWhen` does not read (row S3.42). */
export function badWhen(text: string): string {
  return `I can't read the date '${text}'. Try 1 Jun 2022 16:00:00 or 2h.`;
}

/** `03 Aug 2022 23:25:03`, as the seeds print times (row S3.20). */
export function seedTime(atMs: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = wallTime(atMs, timeZone);
  return `${two(day)} ${MONTHS[month - 1]} ${year} ${two(hour)}:${two(minute)}:${two(second)}`;
}

function readDay(word: string, time: string, here: Here): number | undefined {
  if (word === "today") return at(daysAgo(0, here), time, here);
  if (word === "yesterday") return at(daysAgo(1, here), time, here);
  const weekday = WEEKDAYS.findIndex((name) => name === word || name.slice(0, 3) === word);
  if (weekday < 0) return undefined;
  const days = (weekdayOf(daysAgo(0, here)) - weekday + 7) % 7;
  const last = at(daysAgo(days, here), time, here);
  // Later today is not yet: the one of a week ago is meant.
  return last !== undefined && last > here.nowMs ? at(daysAgo(days + 7, here), time, here) : last;
}

function readIso(found: RegExpExecArray, here: Here): number | undefined {
  const [year, month, day] = found.slice(1, 4).map(Number);
  const time = found[4] ?? "0:00";
  const offset = found[5];
  if (offset === undefined) return at({ year, month, day }, time, here);
  const utc = at({ year, month, day }, time, { ...here, timeZone: "UTC" });
  if (utc === undefined || offset === "z") return utc;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(-2))];
  if (hours > 23 || minutes > 59) return undefined;
  return utc - (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

type Day = Pick<WallTime, "year" | "month" | "day">;

/** The instant of a day and a time on the wall; undefined when there is no such day or time. */
function at(date: Day, time: string, here: Here): number | undefined {
  const found = TIME.exec(time);
  if (found === null) return undefined;
  const [hour, minute, second = 0] = found.slice(1).filter((part) => part !== undefined).map(
    Number,
  );
  const wall = { ...date, hour, minute, second };
  const shown = wallTime(utcOf(wall), "UTC");
  const isReal = Object.entries(wall).every(([name, value]) =>
    shown[name as keyof WallTime] === value
  );
  return isReal ? instantOf(wall, here.timeZone) : undefined;
}

/**
 * Of a time that is on the wall twice, when clocks go back, the first. Of one that never is, when they go forward, the one
 * that is as far from midnight in real time.
 */
function instantOf(wall: WallTime, timeZone: string): number {
  const asUtc = utcOf(wall);
  const before = asUtc - offsetMs(asUtc - DAY_MS, timeZone);
  if (offsetMs(before, timeZone) === asUtc - before) return before;
  const after = asUtc - offsetMs(asUtc + DAY_MS, timeZone);
  return offsetMs(after, timeZone) === asUtc - after ? after : before;
}

function daysAgo(days: number, { nowMs, timeZone }: Here): Day {
  const { year, month, day } = wallTime(nowMs, timeZone);
  // By the calendar: a day may have 23 or 25 hours.
  return wallTime(
    utcOf({ year, month, day, hour: 0, minute: 0, second: 0 }) - days * DAY_MS,
    "UTC",
  );
}

function weekdayOf({ year, month, day }: Day): number {
  return new Date(utcOf({ year, month, day, hour: 0, minute: 0, second: 0 })).getUTCDay();
}

function utcOf({ year, month, day, hour, minute, second }: WallTime): number {
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  // Date.UTC takes years below 100 as those of the last century.
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
}

function offsetMs(atMs: number, timeZone: string): number {
  return utcOf(wallTime(atMs, timeZone)) - Math.floor(atMs / 1000) * 1000;
}

function wallTime(atMs: number, timeZone: string): WallTime {
  const parts = formatOf(timeZone).formatToParts(atMs);
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return {
    year: read("year"),
    month: read("month"),
    day: read("day"),
    hour: read("hour"),
    minute: read("minute"),
    second: read("second"),
  };
}

/** Making one takes as long as using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    calendar: "gregory",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(timeZone, format);
  return format;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

// How long something takes, in words. Pure.

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
