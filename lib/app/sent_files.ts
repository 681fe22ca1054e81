/** Staying until it is known what became of files that were offered, and the words for that. */

import { Refusal, TrustError } from "../base/errors.ts";
import type { TransferId } from "../base/ids.ts";
import { isOver, type Transfer } from "../client/transfers/transfer.ts";
import { type CommandResult, result } from "../commands/command_row.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { Report, Wording } from "../commands/wording.ts";
import type { ConversationContext } from "./person_row.ts";
import {
  isStopped,
  MOVING_WORDING,
  type MovingKinds,
  progressReports,
  ProgressTeller,
} from "./transfer_progress.ts";
import type { SubmissionState } from "./submission.ts";
import { cancelledWords, offerLines, pausedError } from "./transfer_lines.ts";

/** Every kind of these reports. */
export interface SentFilesKinds extends MovingKinds {
  /** How far what is offered to a room is. */
  "offer-progress": { readonly lines: readonly string[] };
}

/** Its words. */
export const SENT_FILES_WORDING: Wording<SentFilesKinds> = {
  ...MOVING_WORDING,
  "offer-progress": { isNote: true, line: ({ lines }) => lines },
};

/** Of several the one that has come least far. */
export function submissionStateOf(
  states: readonly (Transfer["state"]["state"] | undefined)[],
): SubmissionState {
  const isAll = (...of: readonly Transfer["state"]["state"][]) =>
    states.every((state) => state !== undefined && of.includes(state));
  if (isAll("done")) return "delivered";
  if (isAll("done", "uploaded")) return "sent";
  return isAll("declined", "cancelled") ? "none" : "queued";
}

/** Stays until it is known what became of transfers, and says that. */
export async function* untilSent(
  { client, client: { transfers, profile: { writes } } }: ConversationContext,
  { ids, values, exit, signal }: {
    readonly ids: readonly TransferId[];
    readonly values: CommandValues;
    /** Of what was offered, if all of it arrives. */
    readonly exit: ExitCode | undefined;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<readonly Report<SentFilesKinds>[], CommandResult<SentFilesKinds>> {
  const teller = new ProgressTeller();
  let told = "";
  let isInterrupted = false;
  try {
    for await (const _ of writes.looks({ signal })) {
      const all = await allOf(transfers, ids);
      const lines = offerLines(all, (offer) => transfers.countOffer(offer));
      if (lines.join("\n") !== told) yield result("offer-progress", { lines }).reports;
      told = lines.join("\n");
      if (all.every((one) => isSettled(one, values.option("--wait")))) break;
      yield progressReports(client, teller, await transfers.active());
    }
  } catch (error) {
    if (!isStopped(signal)) throw error;
    isInterrupted = true;
  }
  const all = await allOf(transfers, ids);
  for (const transfer of all) {
    const kept = submissionStateOf([transfer.state.state]) !== "none";
    yield result("transfer", { transfer, kept }).reports;
  }
  const left = decisive(all).find(({ state }) => state.state !== "done");
  if (left === undefined) return { reports: [], ...(exit && { exit }) };
  throwUnsent(left);
  if (isInterrupted) return { ...result("interrupted-transfer", {}), exit: EXIT.resumable };
  const { number, state } = left;
  if (state.state === "paused") throw pausedError(number, state.why);
  return { reports: [], exit: EXIT.resumable };
}

/** Nothing more becomes of it while a command waits, or something here has to be done by the person first. */
function isSettled(transfer: Transfer, waitsFor: string | undefined): boolean {
  const { state } = transfer;
  return isOver(transfer) || state.state === "paused" && state.by === "here" ||
    waitsFor === "uploaded" && state.state === "uploaded";
}

/** The transfers that there are of these. */
async function allOf(
  transfers: ConversationContext["client"]["transfers"],
  ids: readonly TransferId[],
): Promise<readonly Transfer[]> {
  const found = await Promise.all(ids.map((id) => transfers.find(id)));
  return found.filter((transfer) => transfer !== undefined);
}

/** In a room it is well when somebody has it: that others declined, or left, is their affair. */
function decisive(transfers: readonly Transfer[]): readonly Transfer[] {
  const isTheirs = ({ room, state }: Transfer) =>
    room !== undefined &&
    (state.state === "declined" || state.state === "cancelled" && state.by === "there" &&
        state.reason !== "damaged");
  const rest = transfers.filter((transfer) => !isTheirs(transfer));
  return rest.length > 0 ? rest : transfers;
}

/** Throws why it will never arrive, if it will not. */
function throwUnsent({ number, state }: Transfer): void {
  if (state.state === "declined") {
    throw new Refusal("declined", `Transfer ${number} was declined`);
  }
  if (state.state !== "cancelled") return;
  if (state.reason === "damaged") {
    throw new TrustError("damaged", `Transfer ${number} arrived damaged`);
  }
  throw new Refusal("cancelled", `Transfer ${number} was ${cancelledWords(state.reason)}`);
}
