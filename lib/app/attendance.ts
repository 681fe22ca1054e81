/** Who is there, in words: name, session, since when, and what they say of being busy. */

import type { Client } from "../client/client.ts";
import type { Busy } from "../crypto/statements/busy.ts";
import type { ReplyFields } from "../protocol/hop/mod.ts";
import { splitSections } from "../protocol/sections.ts";
import type { Bytes } from "../base/bytes.ts";
import { Refusal, TransportError } from "../base/errors.ts";
import { type SafeText, safeText } from "../base/safe_text.ts";
import { formatTime } from "./when.ts";

/** One account of the server's list. */
export interface Attendant {
  readonly entry: ReplyFields<"roster.page">["entries"][number];
  /** What they say of being busy, not checked; empty when they say nothing. */
  readonly statement: Bytes;
}

/** The server's word that somebody is busy, and what they say of it, not checked. */
export interface BusyNews {
  readonly sinceMs: number;
  readonly statement: Bytes;
}

/** Everyone on the server, page by page. */
export async function* roster(client: Client, onlineOnly: boolean): AsyncGenerator<Attendant> {
  let after: string | undefined;
  for (;;) {
    const { fields, payload } = await client.link.ask("roster.page", {
      onlineOnly,
      ...(after === undefined ? {} : { after }),
    });
    const statements = splitSections(payload, fields.sizes, fields.entries.length);
    for (const [i, entry] of fields.entries.entries()) yield { entry, statement: statements[i] };
    after = fields.entries[fields.entries.length - 1]?.account;
    if (!fields.more || after === undefined) return;
  }
}

/** Busy or not is the server's word; what they say of it is theirs, or undefined (SR-61). */
export async function busyOf(
  client: Client,
  { entry, statement }: Attendant,
): Promise<Busy | undefined> {
  const { account, busySinceMs } = entry;
  return busySinceMs === undefined
    ? undefined
    : await client.publicly.readBusy({ account, statement });
}

/** To owners: `bob, 192.0.2.1, 55810, session 2, …`. To others: `bob, session 2, active since 2022-08-03 18:59:49, busy until 2022-08-03 19:30:00: lunch (readable by the server)`. */
export function attendanceLine(
  name: string,
  { entry: { sinceMs, session, address, port, busySinceMs } }: Attendant,
  busy: Busy | undefined,
): string {
  if (sinceMs === undefined) return `${name}, offline`;
  const parts = [name];
  // Row S3.21; the server tells it to its owners alone.
  if (address !== undefined) parts.push(address);
  if (port !== undefined) parts.push(`${port}`);
  if (session !== undefined) parts.push(`session ${session}`);
  parts.push(`online since ${formatTime(sinceMs)}`);
  if (busySinceMs !== undefined) parts.push(busyWords(busySinceMs, busy));
  return parts.join(", ");
}

/** What somebody signed of being busy, checked; undefined too when the server cannot be asked. */
export async function readSaidOfBusy(
  client: Client,
  account: string,
  statement: Bytes,
): Promise<Busy | undefined> {
  try {
    return await client.publicly.readBusy({ account, statement });
  } catch (error) {
    if (!(error instanceof TransportError || error instanceof Refusal)) throw error;
    return undefined;
  }
}

/** What a person who is busy is told: what others see, and how to see the `waiting` texts. */
export function quietLine(busy: Busy, waiting: number): SafeText {
  const already = waiting === 0 ? "" : `; ${waiting} waiting so far`;
  return safeText(
    `* you are ${busyWords(busy.sinceMs, busy)}. New messages wait until /free${already}`,
  );
}

/** `busy since … until …: lunch (readable by the server)`. */
export function busyWords(sinceMs: number, busy: Busy | undefined): string {
  const until = busy?.untilMs === undefined ? "" : ` until ${formatTime(busy.untilMs)}`;
  const text = busy === undefined || busy.text === ""
    ? ""
    : `: ${busy.text} (readable by the server)`;
  return `busy since ${formatTime(sinceMs)}${until}${text}`;
}
