/** The verb send. */

import {
  describeError,
  Refusal,
  StorageError,
  TransportError,
  type TrustError,
  UsageError,
} from "../base/errors.ts";
import { type EnvelopeId, isRoom, type Peer, roomNumber } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import { isPassing } from "../client/reconnect.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { MAX_TEXT_BYTES } from "../protocol/peer/chat.ts";
import type { Context } from "./context.ts";
import { showRoom } from "./dialogue/names.ts";
import { findContact, knownPeer } from "./nobody.ts";
import { RoomLabels } from "./rooms/room_labels.ts";
import { readText, STDIN_OPTION } from "./text_input.ts";
import type { Verb } from "./verb.ts";

/** How long `--wait delivered` waits for the other side to be there. */
const DELIVERY_TIMEOUT_MS = 60_000;
/** Another process may be taking up a conversation that the other side began. */
const SETTLE_TRIES = 40;
const SETTLE_MS = 250;

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
    {
      flag: "--wait",
      valueName: "STATE",
      choices: ["sent", "delivered"],
      summary: "end when the server has it, or a device of the other side confirms it",
    },
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
      empty: 'There is nothing to send. Example: send bob "hi"',
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
      // Ctrl-C too ends the waiting; the text stays written down.
      const stop = AbortSignal.any([signal, context.signal]);
      await settle(client, { id, peer, stop });
      if (values.option("--wait") !== "delivered") return;
      if (client.deliveryOf(id) !== "delivered") {
        await context.output.note(`Sent. Waiting for ${shown}; ctrl-C ends the waiting`);
      }
      const delivered = await client.waitDelivered(id, {
        timeoutMs: DELIVERY_TIMEOUT_MS,
        signal: stop,
      });
      if (!delivered) {
        throw new TransportError("timeout", `Sent, but ${shown} has not received it yet`);
      }
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

interface Recipient {
  readonly peer: Peer;
  readonly shown: string;
}

/** What begins with # is a room: no name does. Throws Refusal, UsageError. */
async function findRecipient(client: Client, to: string): Promise<Recipient> {
  if (to.startsWith("#")) {
    // What is written down stays so: who was removed meanwhile must hear of it before.
    await client.sync();
    const { room } = await client.rooms.named(to);
    return { peer: room, shown: showRoom((await RoomLabels.of(client)).labelOf(room)) };
  }
  const { account, name } = await findContact(client, to);
  if (account === client.profile.own.account) {
    throw new UsageError("to-yourself", "This is you: choose another name");
  }
  return { peer: account, shown: name };
}

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

/** So that nobody sends it twice. */
function kept({ code, message, details }: Refusal | TrustError): Refusal {
  const text = `Not sent: ${message}. Kept here, and sent as soon as that is possible`;
  return new Refusal(code, text, { details });
}

/** Sends until the text is with the server; throws why it cannot leave. It stays written down. */
async function settle(
  client: Client,
  { id, peer, stop }: { id: EnvelopeId; peer: Peer; stop: AbortSignal },
): Promise<void> {
  for (let attempt = 0; attempt < SETTLE_TRIES; attempt++) {
    const held = (await client.flush()).find((it) => it.peer === peer);
    if (held?.error !== undefined) throw isPassing(held.error) ? kept(held.error) : held.error;
    const state = client.deliveryOf(id);
    if (state === "failed") throw new Refusal("not-member", "You are not in this conversation");
    if (state === "sent" || state === "delivered") return;
    await client.clock.sleep(SETTLE_MS, { signal: stop });
  }
  throw new TransportError("timeout", "Kept, and sent later: the conversation is not ready yet");
}
