/** The verb send. */

import { describeError } from "../base/errors.ts";
import { isRoom, roomNumber } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import { isPassing } from "../client/reconnect.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { MAX_TEXT_BYTES } from "../protocol/peer/chat.ts";
import type { Context } from "./context.ts";
import { knownPeer } from "../app/find_contact.ts";
import { findRecipient } from "../app/recipient.ts";
import {
  beginMessage,
  ID_OPTION,
  type MessageId,
  sendParcel,
  WAIT_OPTION,
  writeDown,
} from "./talk/sending.ts";
import { readText, STDIN_OPTION } from "./text_input.ts";
import type { Verb } from "./verb.ts";

/** The row of `send`. */
export const SEND_VERB: Verb = {
  name: "send",
  group: "Messages",
  summary: "send a message",
  details:
    'Ends with 0 when the server has the message; with --wait delivered, when the other side has it. Without a connection nothing is sent, nor kept but with --spool. With one, the message is written down first: whatever happens then, ctrl-C too, it is sent as soon as that is possible. Every other end says whether the message is kept, sent or neither, and with --json as "kept": what is kept is not to be sent again. With --id nothing is ever sent twice, however often the command is repeated.',
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
    ID_OPTION,
  ],
  examples: [
    { line: 'send bob "hi there"', summary: "ends when the server has it" },
    { line: "send '#ops' \"good night\"", summary: "to everyone in this room" },
    { line: "send bob --stdin --wait delivered < report.txt", summary: "ends when bob has it" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 9],
  async run(context, values) {
    const { id, submission } = beginMessage(context, values);
    const text = await readText(values, {
      maxBytes: MAX_TEXT_BYTES,
      tooLong: "The text is too long: send it as a file",
      empty: 'There is nothing to send. Example: heliograph send bob "hi"',
      signal: context.signal,
    });
    const client = await context.openClient();
    submission.followMessage(client, id.envelope);
    try {
      await context.connect(client, context.signal);
    } catch (error) {
      if (!values.has("--spool") || !isPassing(error)) throw error;
      return await spool(context, client, { id, to: values.required("TO"), text, reason: error });
    }
    const { peer, shown } = await findRecipient(client, values.required("TO"));
    await writeDown(client, id, { peer, text });
    await client.receiving(async (caughtUp, signal) => {
      await caughtUp;
      await sendParcel(context, client, { id: id.envelope, peer, shown }, { values, signal });
    });
    await context.output.object("sent", {
      ...submission.fields(),
      to: peer,
      ...(isRoom(peer) ? { room: roomNumber(peer) } : {}),
    });
    return EXIT.done;
  },
};

/** Writes a text down for somebody who is known here; it is sealed and sent by whichever command reaches the server next. */
async function spool(
  { output, submission }: Context,
  client: Client,
  { id, to, text, reason }: { id: MessageId; to: string; text: string; reason: unknown },
): Promise<ExitCode> {
  const peer = await knownPeer(client, to);
  await writeDown(client, id, { peer, text });
  const why = describeError(reason);
  await output.object("spooled", { ...submission?.fields(), to: peer, reason: why });
  await output.note(`${why}. ${submission?.words()}`);
  return EXIT.unreachable;
}
