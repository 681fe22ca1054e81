/** The verb file send: offers by the row, and stays until it is known what became of that. */

import {
  SEND_FILES,
  type SendFilesKinds,
  submissionStateOf,
} from "../../app/commands/send_files.ts";
import { findRecipient } from "../../app/recipient.ts";
import { Submission } from "../../app/submission.ts";
import {
  cancelledWords,
  offerLines,
  pausedError,
  transferFields,
  transferLine,
} from "../../app/transfer_lines.ts";
import { Refusal, TrustError } from "../../base/errors.ts";
import type { Peer, TransferId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { untilSent } from "../../client/sending/until_sent.ts";
import { isOver, type Transfer } from "../../client/transfers/transfer.ts";
import { finish } from "../../commands/command_row.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import type { Report } from "../../commands/wording.ts";
import type { Context } from "../context.ts";
import { personAt, showReport, verbSpec } from "../person_verbs.ts";
import type { Verb } from "../verb.ts";
import { watchTransfers } from "./watch_transfers.ts";

const { rows: [ROW], wording } = SEND_FILES;

/** `heliograph file send TO PATH…`. */
export const FILE_SEND_VERB: Verb = {
  ...verbSpec(ROW),
  async run(context, values) {
    const { output, clock, signal } = context;
    const submission = context.submission = ROW.submission && new Submission(ROW.submission);
    const client = await context.connectClient();
    const conversation = await findRecipient(client, values.required("TO"));
    const person = {
      ...personAt(context, client, submission),
      ...{ conversation, send: () => settle(context, client, conversation.peer) },
    };
    const tell = async (reports: readonly Report<SendFilesKinds>[]) => {
      const face = { output, clock, submission: undefined };
      for (const report of reports) await showReport(face, report, wording, { isSent: true });
    };
    const { reports, exit = EXIT.done } = await finish(ROW.run(person, values, { signal }), tell);
    await tell(reports);
    const ids = reports.flatMap(({ kind, facts }) => kind === "offered" ? facts.ids : []);
    const untilUploaded = values.option("--wait") === "uploaded";
    let told = "";
    const end = await watchTransfers(context, client, {
      look: async () => {
        const transfers = await allOf(client, ids);
        const lines = offerLines(transfers, (offer) => client.transfers.countOffer(offer));
        if (lines.join("\n") !== told) {
          for (const line of lines) await output.note(line);
        }
        told = lines.join("\n");
        return transfers.every((transfer) =>
          isOver(transfer) || isStuck(transfer) ||
          untilUploaded && transfer.state.state === "uploaded"
        );
      },
    });
    return await tellSent(context, client, { ids, isInterrupted: end === "interrupted", exit });
  },
};

/** At a first contact the conversation is begun while receiving, as a text does it. Throws TrustError. */
async function settle({ output }: Context, client: Client, account: Peer): Promise<void> {
  const end = await client.receiving(async (caughtUp, signal) => {
    await caughtUp;
    return await untilSent(client.messenger, account, { flush: () => client.flush(), signal });
  });
  if (end.is !== "held") return;
  if (end.error instanceof TrustError) throw end.error;
  await output.note(`Not sent yet: ${end.error.message}. It is tried again`);
}

/** Something here has to be done by the person first. */
function isStuck({ state }: Transfer): boolean {
  return state.state === "paused" && state.by === "here";
}

/** The transfers that there are of these. */
async function allOf(
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
async function tellSent(
  context: Context,
  client: Client,
  { ids, isInterrupted, exit }: {
    readonly ids: readonly TransferId[];
    readonly isInterrupted: boolean;
    /** Of what was offered, if all of it is there. */
    readonly exit: ExitCode;
  },
): Promise<ExitCode> {
  const transfers = await allOf(client, ids);
  for (const transfer of transfers) {
    const kept = submissionStateOf([transfer.state.state]) !== "none";
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
  return exit;
}
