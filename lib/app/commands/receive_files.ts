/** The command that takes files that are offered and stays until they are there, and its words. */

import type { AccountId, TransferId } from "../../base/ids.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import { type IncomingTransfer, isOver, type Transfer } from "../../client/transfers/transfer.ts";
import { result } from "../../commands/command_row.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import type { Report, Wording } from "../../commands/wording.ts";
import { askYes } from "../ask.ts";
import { findContact } from "../find_contact.ts";
import type { PersonCommands, PersonContext, PersonRow } from "../person_row.ts";
import { pausedError } from "../transfer_lines.ts";
import {
  isStopped,
  LOST_FILES,
  MOVING_WORDING,
  type MovingKinds,
  progressReports,
  ProgressTeller,
} from "../transfer_progress.ts";

interface FileReceiveKinds extends MovingKinds {
  "file-offered": { readonly offer: IncomingTransfer };
  "nothing-offered": Record<never, never>;
  "nothing-received": Record<never, never>;
}

type FileReports = readonly Report<FileReceiveKinds>[];

const WORDING: Wording<FileReceiveKinds> = {
  ...MOVING_WORDING,
  "file-offered": {
    isNote: true,
    line: ({ offer }) => `${offerWords(offer)}. To accept it: --accept-from ${offer.peer}`,
  },
  "nothing-offered": { isNote: true, line: () => "No files are waiting. --wait waits for some" },
  "nothing-received": { isNote: true, line: () => "Stopped: no file was received" },
};

function offerWords({ peer, items, room }: IncomingTransfer): string {
  return `${peer} sends you ${describeItems(items)}${room === undefined ? "" : ` in room ${room}`}`;
}

const receiveFiles: PersonRow<FileReceiveKinds> = {
  name: "file receive",
  aliases: ["file recv"],
  group: "Files",
  summary: "receive files",
  details:
    "Asks about each request. With --accept-from it asks nothing, and other requests keep waiting. It also resumes transfers that had started, including those that paused by themselves. It never replaces a file, and ends when nothing is left to receive.",
  options: [
    { flag: "--accept-from", valueName: "NAME", summary: "accept files from this person" },
    { flag: "--to", valueName: "DIR", summary: "where files go (default: your downloads)" },
    { flag: "--wait", summary: "wait for files if there are none" },
    { flag: "--follow", summary: "keep receiving until ctrl-C" },
  ],
  examples: [
    { line: "file receive", summary: "asks about each request" },
    {
      line: "file receive --accept-from alice --to in --wait",
      summary: "waits for alice's files and ends when they have arrived",
    },
  ],
  exitCodes: [3, 4, 5, 6, 7, 8],
  needs: ["server", "connection", "arrivals"],
  slash: "none",
  lasting: () => LOST_FILES,
  async *run(context, values, { signal }) {
    const { client, client: { transfers, profile: { writes } } } = context;
    const from = values.option("--accept-from");
    const receiver = new FileReceiver(context, {
      from: from === undefined ? undefined : (await findContact(client, from)).account,
      folder: context.resolve(values.option("--to") ?? context.downloads),
    });
    await transfers.retryReceiving();
    const [follows, waits] = [values.has("--follow"), values.has("--wait")];
    if (!follows && !waits && !await receiver.hasWork()) return result("nothing-offered", {});
    const teller = new ProgressTeller();
    try {
      for await (const _ of writes.looks({ signal })) {
        yield* receiver.look();
        if (!receiver.isBusy && !follows && (receiver.hadWork || !waits)) break;
        yield progressReports(client, teller, await transfers.active());
      }
    } catch (error) {
      if (!isStopped(signal)) throw error;
      if (receiver.isBusy) return { ...result("interrupted-transfer", {}), exit: EXIT.resumable };
      // What was waited for did not come: a script must not think that it did.
      if (!receiver.hadWork) yield result("nothing-received", {}).reports;
      throw error;
    }
    return { reports: [], exit: receiver.exit };
  },
};

/** Takes offers, and tells what becomes of them. */
class FileReceiver {
  readonly #context: PersonContext;
  readonly #options: { readonly from: AccountId | undefined; readonly folder: string };
  readonly #asked = new Set<TransferId>();
  readonly #mine = new Set<TransferId>();
  /** Whether there ever was something to receive. */
  hadWork = false;
  /** Whether something is under way. */
  isBusy = false;
  exit: ExitCode = EXIT.done;

  constructor(
    context: PersonContext,
    options: { readonly from: AccountId | undefined; readonly folder: string },
  ) {
    this.#context = context;
    this.#options = options;
  }

  async hasWork(): Promise<boolean> {
    const active = await this.#context.client.transfers.active();
    return active.some(({ direction }) => direction === "in");
  }

  /** Decides about what is offered, and reports what is over. */
  async *look(): AsyncGenerator<FileReports, void> {
    const { transfers } = this.#context.client;
    for (const offer of await transfers.waiting()) yield await this.#decide(offer);
    const active = (await transfers.active())
      .filter(({ direction, state }) => direction === "in" && state.state !== "offered");
    for (const { id } of active) this.#mine.add(id);
    for (const id of this.#mine) {
      const now = await transfers.find(id);
      if (now === undefined || !isOver(now)) continue;
      this.#mine.delete(id);
      yield this.#ended(now);
    }
    const stuck = active.find(({ state }) => state.state === "paused" && state.by === "here");
    if (stuck?.state.state === "paused") throw pausedError(stuck.number, stuck.state.why);
    this.isBusy = active.length > 0;
    this.hadWork ||= this.isBusy;
  }

  async #decide(offer: IncomingTransfer): Promise<FileReports> {
    const { from, folder } = this.#options;
    const { ask, client: { transfers } } = this.#context;
    if (from !== offer.peer) {
      if (this.#asked.has(offer.id)) return [];
      this.#asked.add(offer.id);
      if (from !== undefined || !ask.isPossible) return result("file-offered", { offer }).reports;
      if (!await askYes(ask, `${offerWords(offer)}. Accept it?`, false)) {
        this.hadWork = true;
        await transfers.decline(offer);
        return [];
      }
    }
    this.hadWork = true;
    await transfers.accept(offer, folder);
    return [];
  }

  #ended(transfer: Transfer): FileReports {
    const { state } = transfer;
    if (state.state === "cancelled") {
      this.exit = state.reason === "damaged" ? EXIT.notVerified : EXIT.refused;
    }
    return result("transfer", { transfer }).reports;
  }
}

/** `file receive`. */
export const RECEIVE_FILES: PersonCommands<FileReceiveKinds> = {
  rows: [receiveFiles],
  wording: WORDING,
};
