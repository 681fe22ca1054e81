/** The verb file send. */

import { isAbsolute } from "node:path";
import { Refusal, TrustError } from "../../base/errors.ts";
import type { Peer, TransferId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { Transfer } from "../../client/transfers/transfer.ts";
import { isOver } from "../../client/transfers/transfers.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import type { Context } from "../context.ts";
import { findRecipient } from "../recipient.ts";
import type { Verb } from "../verb.ts";
import { P2P_OPTION, readWay } from "./direct_deed.ts";
import {
  cancelledWords,
  offerLines,
  pausedError,
  transferFields,
  transferLine,
} from "./transfer_lines.ts";
import { watchTransfers } from "./watch_transfers.ts";

/** How often to look whether the offer could leave. */
const SETTLE_TRIES = 40;
const SETTLE_MS = 250;

/** `heliograph file send TO PATH…`. */
export const FILE_SEND_VERB: Verb = {
  name: "file send",
  aliases: [],
  group: "Files",
  summary: "send files and folders, sealed end to end",
  details:
    "Ends with 0 when the receiver has verified everything. If that one is away, it waits on the server for 7 days. Ctrl-C, or a lost connection, loses nothing: the same command goes on with it, and so does the dialogue. In a room each member who is in it now is asked; it is uploaded once, and ends when everybody has it or has declined.",
  arguments: [
    { name: "TO", summary: "whom, or a room: '#256'", required: true },
    { name: "PATH", summary: "which files and folders", required: true, rest: "words" },
  ],
  options: [
    {
      flag: "--wait",
      valueName: "STATE",
      choices: ["verified", "uploaded"],
      summary: "uploaded: end with 8 once the server has all of it",
    },
    P2P_OPTION,
  ],
  examples: [
    { line: "file send bob report.pdf photos", summary: "ends when bob has verified them" },
    { line: "file send bob big.iso --wait uploaded", summary: "leaves it to the server" },
    { line: "file send '#ops' plan.pdf", summary: "to everybody in a room" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 8],
  async run(context, values) {
    const client = await context.connectClient();
    const { peer, shown } = await findRecipient(client, values.required("TO"));
    const paths = values.words("PATH").map((path) =>
      isAbsolute(path) ? path : context.person.path(path)
    );
    const mode = readWay(client.transfers.direct.contacts, { peer, shown }, values);
    const ids = await client.transfers.offerOrGoOn(peer, paths, context.signal);
    if (mode !== undefined) { for (const id of ids) client.transfers.direct.modes.set(id, mode); }
    const held = await settle(client, peer);
    if (held?.error instanceof TrustError) throw held.error;
    if (held?.error !== undefined) {
      await context.output.note(`Not sent yet: ${held.error.message}. It is tried again`);
    }
    await context.output.note(`Offered to ${shown}. Ctrl-C leaves; the same command goes on`);
    const untilUploaded = values.option("--wait") === "uploaded";
    let told = "";
    const end = await watchTransfers(context, client, {
      look: async () => {
        const transfers = await all(client, ids);
        const lines = offerLines(transfers, (offer) => client.transfers.countOffer(offer));
        if (lines.join("\n") !== told) {
          for (const line of lines) await context.output.note(line);
        }
        told = lines.join("\n");
        return transfers.every((transfer) =>
          isOver(transfer) || isStuck(transfer) ||
          untilUploaded && transfer.state.state === "uploaded"
        );
      },
    });
    return await tell(context, await all(client, ids), end === "interrupted");
  },
};

/** At a first contact the conversation is begun while receiving, as a text does it. */
async function settle(client: Client, account: Peer) {
  const { drafts, outbox } = client.messenger;
  return await client.receiving(async (caughtUp, signal) => {
    await caughtUp;
    for (let attempt = 1;; attempt++) {
      const held = (await client.flush()).find(({ peer }) => peer === account);
      const waits = drafts.peers().includes(account) || outbox.peers().includes(account);
      if (!waits || held?.error !== undefined || attempt === SETTLE_TRIES) return held;
      await client.clock.sleep(SETTLE_MS, { signal });
    }
  });
}

async function all(client: Client, ids: readonly TransferId[]): Promise<readonly Transfer[]> {
  const found = await Promise.all(ids.map((id) => client.transfers.find(id)));
  return found.filter((transfer) => transfer !== undefined);
}

/** Something here has to be done by the person first. */
function isStuck({ state }: Transfer): boolean {
  return state.state === "paused" && state.by === "here";
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
async function tell(
  context: Context,
  transfers: readonly Transfer[],
  isInterrupted: boolean,
): Promise<ExitCode> {
  for (const transfer of transfers) {
    await context.output.fact("transfer", transferFields(transfer), transferLine(transfer));
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
  return EXIT.done;
}
