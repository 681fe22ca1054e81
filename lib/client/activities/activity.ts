/**
 * What is live in a conversation: somebody starts it, others join and leave, and its beginner's device ends it. A pure machine:
 * a feature reads the steps from its sealed messages, stores the participants, and has the words.
 */

import type { AccountId, DeviceId, Peer } from "../../base/ids.ts";

/** What a device last said of it. */
export interface Participant {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly state: "accepted" | "declined" | "left";
}

/** One activity. */
export interface Activity {
  /** The conversation. */
  readonly peer: Peer;
  /** Who started it. */
  readonly account: AccountId;
  /** The one that started it, and alone ends it. */
  readonly device: DeviceId;
}

/** What somebody says of it. `stop` is an end by the device that started it; by any other that it leaves. */
export type ActivityWord = "start" | "join" | "decline" | "stop";

/** What that comes to. */
export type ActivityStep = "started" | "joined" | "declined" | "left" | "ended";

/** Who says it, and where. */
interface Speaker {
  readonly from: AccountId;
  readonly device: DeviceId;
  readonly peer: Peer;
}

/**
 * Undefined for what means nothing: there is none of it here, it was started before, it is of another conversation, or its
 * beginner joins it. `isNews`: nobody of that account had done so before; a person with several devices, or one who joins again,
 * is one participant.
 */
export function stepOf(
  activity: Activity | undefined,
  participants: readonly Participant[],
  { word, by }: { readonly word: ActivityWord; readonly by: Speaker },
): { readonly step: ActivityStep; readonly isNews: boolean } | undefined {
  if (word === "start") {
    return activity === undefined ? { step: "started", isNews: true } : undefined;
  }
  if (activity?.peer !== by.peer) return undefined;
  const isBeginner = activity.account === by.from && activity.device === by.device;
  if (word === "stop") {
    if (isBeginner) return { step: "ended", isNews: true };
    const isLast = !participants.some(({ account, device, state }) =>
      account === by.from && device !== by.device && state === "accepted"
    );
    return { step: "left", isNews: isLast };
  }
  if (isBeginner) return undefined;
  const state = word === "join" ? "accepted" : "declined";
  const isKnown = participants.some((one) => one.account === by.from && one.state === state);
  return { step: word === "join" ? "joined" : "declined", isNews: !isKnown };
}

/** Who takes part now, besides who started it: each account once. */
export function whoIsIn(participants: readonly Participant[]): readonly AccountId[] {
  const accounts = participants.filter(({ state }) => state === "accepted")
    .map(({ account }) => account);
  return [...new Set(accounts)];
}

/** Whether everybody who took part has left. */
export function haveAllLeft(participants: readonly Participant[]): boolean {
  return whoIsIn(participants).length === 0 && participants.some(({ state }) => state === "left");
}
