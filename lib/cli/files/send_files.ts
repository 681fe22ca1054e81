/** The verb file send. */

import { isAbsolute } from "node:path";
import { TrustError } from "../../base/errors.ts";
import type { Peer, TransferId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { isOver, type Transfer } from "../../client/transfers/transfer.ts";
import { findRecipient } from "../../app/recipient.ts";
import type { Verb } from "../verb.ts";
import { P2P_OPTION, readWay } from "../../app/commands/direct.ts";
import { lacksFiles, offerNews, offerNewsLines } from "./offer_news.ts";
import { allOf, fileSubmission, followFiles, tellSent } from "./tell_sent.ts";
import { offerLines } from "../../app/transfer_lines.ts";
import { watchTransfers } from "./watch_transfers.ts";

/** How often to look whether the offer could leave. */
const SETTLE_TRIES = 40;
const SETTLE_MS = 250;

/** `heliograph file send TO PATH…`. */
export const FILE_SEND_VERB: Verb = {
  name: "file send",
  aliases: ["upd"],
  group: "Files",
  summary: "send files and folders, sealed end to end",
  details:
    "Ends with 0 when the receiver has verified everything. If that one is away, it waits on the server for 7 days. Ctrl-C, or a lost connection, loses nothing: the same command goes on with it, and so does the dialogue. Links, pipes and devices below a folder are left out, and named; with a file whose name is no text, the rest is sent, and the command ends with 4. In a room each member who is in it now is asked; it is uploaded once, and ends when everybody has it or has declined.",
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
    const submission = context.submission = fileSubmission();
    const client = await context.connectClient();
    const { peer, shown } = await findRecipient(client, values.required("TO"));
    const paths = values.words("PATH").map((path) =>
      isAbsolute(path) ? path : context.person.path(path)
    );
    const mode = readWay(client.transfers.direct.contacts, { peer, shown }, values);
    let isWhole = true;
    const begun: TransferId[] = [];
    const ids = await client.transfers.beginOrGoOn(peer, paths, {
      signal: context.signal,
      began(ids) {
        begun.push(...ids);
        followFiles(submission, client, begun);
      },
      async tell(news) {
        if (lacksFiles(news)) isWhole = false;
        const told = offerNews(news);
        for (const { type, fields } of told) await context.output.object(type, fields);
        for (const line of offerNewsLines(told)) await context.output.note(line);
      },
    });
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
        const transfers = await allOf(client, ids);
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
    const isInterrupted = end === "interrupted";
    return await tellSent(context, client, { ids, isInterrupted, isWhole });
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

/** Something here has to be done by the person first. */
function isStuck({ state }: Transfer): boolean {
  return state.state === "paused" && state.by === "here";
}
