/** What `--json` says of a message beside its text. Pure. */

import type { HistoryEntry } from "../../client/store/history.ts";
import type { DeliveryState } from "../../client/sending/sender.ts";
import type { EntryFacts } from "../../client/talk/facts.ts";

/** How far an own text has come, for programs and for people. */
const STATES: Readonly<Record<DeliveryState, string>> = {
  queued: "queued",
  sealed: "queued",
  sent: "sent",
  delivered: "delivered",
  failed: "failed",
};

/** The type of the object that tells of a change. */
export function typeOfChange({ change }: HistoryEntry): string {
  return change?.type ?? "edit";
}

/** The fields of a text or a change. Those that say nothing are left out. */
export function factFields(
  entry: HistoryEntry,
  { delivery, reactions, target }: EntryFacts,
): Readonly<Record<string, unknown>> {
  const { change, replyTo, editedMs, deletedBy, expireSeconds } = entry;
  const state = delivery === undefined ? {} : { state: STATES[delivery] };
  if (change !== undefined) {
    return {
      target: change.target,
      ...(target?.number === undefined ? {} : { targetNumber: target.number }),
      ...(change.type === "edit" ? { text: target?.text ?? "" } : {}),
      ...(change.type === "reaction" ? { emojis: reactions.flatMap(({ emojis }) => emojis) } : {}),
      ...state,
    };
  }
  return {
    ...state,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(editedMs === undefined ? {} : { edited: new Date(editedMs).toISOString() }),
    ...(deletedBy === undefined ? {} : { deletedBy }),
    ...(expireSeconds === undefined ? {} : { expireSeconds }),
    ...(reactions.length === 0 ? {} : { reactions }),
  };
}
