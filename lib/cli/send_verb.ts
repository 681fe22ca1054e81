/** The verb send. */

import { describeError, StorageError } from "../base/errors.ts";
import { type EnvelopeId, isRoom, type Peer, roomNumber } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import { isPassing } from "../client/reconnect.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { MAX_TEXT_BYTES } from "../protocol/peer/chat.ts";
import type { Context } from "./context.ts";
import { knownPeer } from "./nobody.ts";
import { findRecipient } from "./recipient.ts";
import { sendParcel, WAIT_OPTION } from "./talk/sending.ts";
import { readText, STDIN_OPTION } from "./text_input.ts";
import type { Verb } from "./verb.ts";

/** The row of `send`. */
export const SEND_VERB: Verb = {
  name: "send",
  aliases: [],
  group: "Messages",
  summary: "send a message",
  details:
    "Ends with 0 when the server has the message; with --wait delivered, when the other side has it. Without a connection nothing is sent, nor kept but with --spool. With one, the message is written down first: whatever happens then, ctrl-C too, it is sent as soon as that is possible.",
  arguments: [
    { name: "TO", summary: "whom: a name, or a room as #256 or #ops", required: true },
    { name: "TEXT", summary: "what; left out with --stdin", required: false, rest: "text" },
  ],
  options: [
    STDIN_OPTION,
    {
      flag: "--spool",
      summary: "without a connection keep it, for the next command that has one; ends with 5",
    },
    WAIT_OPTION,
  ],
  examples: [
    { line: 'send bob "hi there"', summary: "ends when the server has it" },
    { line: "send '#ops' \"good night\"", summary: "to everyone in this room" },
    { line: "send bob --stdin --wait delivered < report.txt", summary: "ends when bob has it" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 9],
  async run(context, values) {
    const text = await readText(values, {
      maxBytes: MAX_TEXT_BYTES,
      tooLong: "The text is too long: send it as a file",
      empty: 'There is nothing to send. Example: heliograph send bob "hi"',
    });
    const client = await context.openClient();
    try {
      await context.connect(client, context.signal);
    } catch (error) {
      if (!values.has("--spool") || !isPassing(error)) throw error;
      return await spool(context, client, { to: values.required("TO"), text, reason: error });
    }
    const { peer, shown } = await findRecipient(client, values.required("TO"));
    const id = await writeDown(client, peer, text);
    await client.receiving(async (caughtUp, signal) => {
      await caughtUp;
      await sendParcel(context, client, { id, peer, shown }, { values, signal });
    });
    await context.output.object("sent", {
      id,
      to: peer,
      ...(isRoom(peer) ? { room: roomNumber(peer) } : {}),
      state: client.deliveryOf(id) ?? "queued",
    });
    return EXIT.done;
  },
};

/** Writes a text down for somebody who is known here; it is sealed and sent by whichever command reaches the server next. */
async function spool(
  { output }: Context,
  client: Client,
  { to, text, reason }: { to: string; text: string; reason: unknown },
): Promise<ExitCode> {
  const peer = await knownPeer(client, to);
  const id = await writeDown(client, peer, text);
  await output.object("spooled", { id, to: peer, reason: describeError(reason) });
  await output.note(
    `${describeError(reason)}. Kept here, and sent by the next command that reaches the server`,
  );
  return EXIT.unreachable;
}

/** Before this nothing was sent; after it the text is sent whatever happens. */
async function writeDown(client: Client, peer: Peer, text: string): Promise<EnvelopeId> {
  try {
    return await client.write(peer, text);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "disk-full") throw error;
    throw new StorageError(error.code, "Nothing was sent: the disk of this machine is full", {
      cause: error,
    });
  }
}
