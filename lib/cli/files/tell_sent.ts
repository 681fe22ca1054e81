/** How `file send` ended: what is said of each transfer, and the exit code. */

import { Refusal, TrustError } from "../../base/errors.ts";
import type { TransferId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { Transfer } from "../../client/transfers/transfer.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import type { Context } from "../context.ts";
import { Submission, type SubmissionState, type SubmissionWords } from "../../app/submission.ts";
import {
  cancelledWords,
  pausedError,
  transferFields,
  transferLine,
} from "../../app/transfer_lines.ts";

/** Of files that a command could not see to their end. */
const FILE_WORDS: SubmissionWords = {
  none: "Nothing of it is on its way",
  queued: "The offer is kept, and the same command goes on with it; it is sent",
  sent: "The server has all of it",
  delivered: "The other side has verified all of it",
  unknown: "Whether it was offered is not known",
};

/** Of files that are not offered yet. */
export function fileSubmission(): Submission {
  return new Submission(FILE_WORDS);
}

/** These are offered: from now on their transfers say how far they are. */
export function followFiles(
  submission: Submission,
  client: Client,
  ids: readonly TransferId[],
): void {
  submission.ids = ids;
  submission.follow(() => stateOf(ids.map((id) => client.transfers.stateOf(id))));
}

/** Of several the one that has come least far. */
function stateOf(states: readonly (Transfer["state"]["state"] | undefined)[]): SubmissionState {
  const isAll = (...of: readonly Transfer["state"]["state"][]) =>
    states.every((state) => state !== undefined && of.includes(state));
  if (isAll("done")) return "delivered";
  if (isAll("done", "uploaded")) return "sent";
  return isAll("declined", "cancelled") ? "none" : "queued";
}

/** The transfers that there are of these. */
export async function allOf(
  client: Client,
  ids: readonly TransferId[],
): Promise<readonly Transfer[]> {
  const found = await Promise.all(ids.map((id) => client.transfers.find(id)));
  return found.filter((transfer) => transfer !== undefined);
}

/** In a room it is well when somebody has it: that others declined, or left, is their affair. */
function tellers(transfers: readonly Transfer[]): readonly Transfer[] {
  const isTheirs = ({ room, state }: Transfer) =>
    room !== undefined &&
    (state.state === "declined" || state.state === "cancelled" && state.by === "there" &&
        state.reason !== "damaged");
  const rest = transfers.filter((transfer) => !isTheirs(transfer));
  return rest.length > 0 ? rest : transfers;
}

/** The first that is not well says how it ended. */
export async function tellSent(
  context: Context,
  client: Client,
  { ids, isInterrupted, isWhole }: {
    readonly ids: readonly TransferId[];
    readonly isInterrupted: boolean;
    /** False: something that was meant could not be offered. */
    readonly isWhole: boolean;
  },
): Promise<ExitCode> {
  const transfers = await allOf(client, ids);
  for (const transfer of transfers) {
    const kept = stateOf([transfer.state.state]) !== "none";
    const fields = { ...transferFields(transfer), kept };
    await context.output.fact("transfer", fields, transferLine(transfer));
  }
  for (const { state, number } of tellers(transfers)) {
    switch (state.state) {
      case "done":
        continue;
      case "declined":
        throw new Refusal("declined", `Transfer ${number} was declined`);
      case "cancelled":
        if (state.reason === "damaged") {
          throw new TrustError("damaged", `Transfer ${number} did not arrive as it was sent`);
        }
        throw new Refusal("cancelled", `Transfer ${number} was ${cancelledWords(state.reason)}`);
      default:
        if (isInterrupted) {
          await context.output.note("Interrupted. The same command goes on with it");
        } else if (state.state === "paused") {
          throw pausedError(number, state.why);
        }
        return EXIT.resumable;
    }
  }
  // The rest is there: what is not must not look as if it were.
  return isWhole ? EXIT.done : EXIT.unknown;
}
