/** Times for people: where they are, as they say them, as they read them. */

import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { badWhen, type Here, parseWhen, seedTime } from "../commands/when.ts";

/** Now, where this machine is. */
export function hereNow(clock: Pick<Clock, "nowMs">): Here {
  return { nowMs: clock.nowMs(), timeZone: localZone() };
}

/** The instant that a person means. Throws UsageError `bad-date` (row S3.42). */
export function readWhen(text: string, clock: Pick<Clock, "nowMs">): number {
  const whenMs = parseWhen(text, hereNow(clock));
  if (whenMs === undefined) throw new UsageError("bad-date", badWhen(text));
  return whenMs;
}

/** `03 Aug 2022 23:25:03` in local time: the form of row S3.20. */
export function formatSeedTime(atMs: number): string {
  return seedTime(atMs, localZone());
}

/** `2022-08-03 23:25:03` in local time: the form of row S1.15. */
export function formatTime(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `18:59`, with the day when it is not today's, with the year when it is not this one. Local time. */
export function shortTime(atMs: number, nowMs: number): string {
  const date = new Date(atMs);
  const now = new Date(nowMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === now.toDateString()) return time;
  const day = `${two(date.getDate())} ${MONTHS[date.getMonth()]}`;
  const year = date.getFullYear();
  return year === now.getFullYear() ? `${day} ${time}` : `${day} ${year} ${time}`;
}

function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
