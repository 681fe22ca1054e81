/** What is known of an account only while it is online, put together from the nodes where it is. */

import type { AccountId } from "../../base/ids.ts";
import type { BusyState, RollSession } from "../bus/roll_news.ts";
import type { Person } from "./roster_changes.ts";

/** An account on a page of the list. */
export interface OnlinePerson extends Person {
  readonly account: AccountId;
}

/** As others see it. */
export interface Attendance {
  readonly sinceMs: number;
  /** Running number of its oldest session. */
  readonly session: number | undefined;
  /** Network address of that session. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly busy: BusyState | undefined;
}

/** Where an account is: at one node or several. */
export interface Place {
  /** The instance of the node. */
  readonly node: string;
  readonly sinceMs: number;
  /** The oldest first. */
  readonly sessions: readonly RollSession[];
}

/** What a node knows of somebody's being busy. */
export interface BusyWord {
  readonly busy: BusyState | undefined;
  /** When they said so, by the clock of the node that took it. */
  readonly saidMs: number;
}

/** Of somebody who has said nothing of it. */
export const FREE: BusyWord = { busy: undefined, saidMs: 0 };

/** The last word on being busy. */
export function latest(all: readonly BusyWord[]): BusyWord {
  return all.reduce((last, one) => one.saidMs > last.saidMs ? one : last, FREE);
}

/** Undefined of somebody who is nowhere. */
export function attendanceAt(
  places: readonly Place[],
  busy: BusyState | undefined,
  nowMs: number,
): Attendance | undefined {
  if (places.length === 0) return undefined;
  const { sinceMs, sessions: [session] } = places.reduce((left, right) =>
    right.sinceMs < left.sinceMs ? right : left
  );
  const isOver = busy?.untilMs !== undefined && busy.untilMs <= nowMs;
  return {
    sinceMs,
    session: session?.number,
    address: session?.address,
    port: session?.port,
    busy: isOver ? undefined : busy,
  };
}
