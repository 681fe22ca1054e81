/** The verb file receive. */

import type { AccountId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import { type IncomingTransfer, isOver, type Transfer } from "../../client/transfers/transfer.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Context } from "../context.ts";
import { findContact } from "../../app/find_contact.ts";
import type { Verb } from "../verb.ts";
import { pausedError, transferFields, transferLine } from "../../app/transfer_lines.ts";
import { watchTransfers } from "./watch_transfers.ts";

/** `heliograph file receive`. */
export const FILE_RECEIVE_VERB: Verb = {
  name: "file receive",
  aliases: ["file recv"],
  group: "Files",
  summary: "take files that were offered",
  details:
    "Asks about each offer; with --accept-from nothing is asked, and if nobody else can be asked other offers wait. What was begun before goes on, also what paused by itself. Nothing that is there is replaced. Ends when nothing is left to receive.",
  options: [
    { flag: "--accept-from", valueName: "NAME", summary: "take what this one offers" },
    { flag: "--to", valueName: "DIR", summary: "where files go (default: your downloads)" },
    { flag: "--wait", summary: "wait for an offer if there is none" },
    { flag: "--follow", summary: "go on until ctrl-C" },
  ],
  examples: [
    { line: "file receive", summary: "asks about each offer" },
    {
      line: "file receive --accept-from alice --to in --wait",
      summary: "waits for what alice sends, and ends when it is there",
    },
  ],
  exitCodes: [3, 4, 5, 6, 7, 8],
  async run(context, values) {
    const client = await context.connectClient();
    const from = values.option("--accept-from");
    const desk = new FileReceiver(context, client, {
      from: from === undefined ? undefined : (await findContact(client, from)).account,
      folder: context.person.path(values.option("--to") ?? context.options.downloads),
    });
    await client.sync();
    await client.transfers.retryReceiving();
    const waits = values.has("--wait") || values.has("--follow");
    if (!waits && !await desk.hasWork()) {
      await context.output.note("Nothing is offered. --wait waits for it");
      return EXIT.done;
    }
    const end = await watchTransfers(context, client, {
      look: async () => await desk.look() && !values.has("--follow") && (desk.hadWork || !waits),
    });
    if (end === "done") return desk.exit;
    if (desk.isBusy) {
      await context.output.note("Interrupted. The same command goes on with it");
      return EXIT.resumable;
    }
    // What was waited for did not come: a script must not think that it did.
    if (!desk.hadWork) await context.output.note("Stopped: nothing was received");
    throw context.signal.reason;
  },
};

/** Takes offers, and tells what becomes of them. */
class FileReceiver {
  readonly #context: Context;
  readonly #client: Client;
  readonly #options: { from: AccountId | undefined; folder: string };
  readonly #asked = new Set<string>();
  readonly #mine = new Map<string, Transfer>();
  /** Whether there ever was something to receive. */
  hadWork = false;
  isBusy = false;
  exit: typeof EXIT.done | typeof EXIT.notVerified | typeof EXIT.refused = EXIT.done;

  constructor(
    context: Context,
    client: Client,
    options: { from: AccountId | undefined; folder: string },
  ) {
    this.#context = context;
    this.#client = client;
    this.#options = options;
  }

  async hasWork(): Promise<boolean> {
    return (await this.#client.transfers.active()).some(({ direction }) => direction === "in");
  }

  /** True when nothing is under way. */
  async look(): Promise<boolean> {
    for (const offer of await this.#client.transfers.waiting()) await this.#decide(offer);
    const active = (await this.#client.transfers.active())
      .filter(({ direction, state }) => direction === "in" && state.state !== "offered");
    for (const transfer of active) this.#mine.set(transfer.id, transfer);
    for (const { id } of this.#mine.values()) {
      const now = await this.#client.transfers.find(id);
      if (now === undefined || !isOver(now)) continue;
      this.#mine.delete(id);
      await this.#tell(now);
    }
    const stuck = active.find(({ state }) => state.state === "paused" && state.by === "here");
    if (stuck?.state.state === "paused") {
      throw pausedError(stuck.number, stuck.state.why);
    }
    this.isBusy = active.length > 0;
    this.hadWork ||= this.isBusy;
    return !this.isBusy;
  }

  async #decide(offer: IncomingTransfer): Promise<void> {
    const { from, folder } = this.#options;
    const { person, output } = this.#context;
    if (from !== undefined && from === offer.peer) {
      this.hadWork = true;
      await this.#client.transfers.accept(offer, folder);
      return;
    }
    if (this.#asked.has(offer.id)) return;
    this.#asked.add(offer.id);
    const where = offer.room === undefined ? "" : ` in room ${offer.room}`;
    const what = `${offer.peer} offers you ${describeItems(offer.items)}${where}`;
    if (from !== undefined || !person.canBeAsked) {
      return await output.note(`${what}. To take it: --accept-from ${offer.peer}`);
    }
    if (await person.confirm(`${what}. Take it?`, false)) {
      await this.#client.transfers.accept(offer, folder);
    } else await this.#client.transfers.decline(offer);
    this.hadWork = true;
  }

  async #tell(transfer: Transfer): Promise<void> {
    const { state } = transfer;
    if (state.state === "cancelled") {
      this.exit = state.reason === "damaged" ? EXIT.notVerified : EXIT.refused;
    }
    const paths = transfer.direction === "in" && state.state === "done"
      ? transfer.finished.map((path) => `\n${path}`).join("")
      : "";
    await this.#context.output.fact(
      "transfer",
      transferFields(transfer),
      `${transferLine(transfer)}${paths}`,
    );
  }
}
