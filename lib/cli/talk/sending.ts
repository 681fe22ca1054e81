/** From what was written down to the server, and to the other side if that is waited for. */

import { anySignal } from "../../base/scope.ts";
import { Refusal, TransportError, type TrustError } from "../../base/errors.ts";
import type { EnvelopeId, Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { isPassing } from "../../client/reconnect.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Context } from "../context.ts";

/** How long `--wait delivered` waits for the other side to be there. */
const DELIVERY_TIMEOUT_MS = 60_000;
/** Another process may be taking up a conversation that the other side began. */
const SETTLE_TRIES = 40;
const SETTLE_MS = 250;

/** Of verbs that send something. */
export const WAIT_OPTION: OptionSpec = {
  flag: "--wait",
  valueName: "STATE",
  choices: ["sent", "delivered"],
  summary: "end when the server has it, or a device of the other side confirms it",
};

/** What is to be sent, and to whom. */
export interface Parcel {
  readonly id: EnvelopeId;
  readonly peer: Peer;
  readonly shown: string;
}

/** Sends inside `Client.receiving`, and waits as `--wait` says. Throws why it cannot leave: it stays written down. */
export async function sendParcel(
  context: Context,
  client: Client,
  { id, peer, shown }: Parcel,
  { values, signal }: { values: CommandValues; signal: AbortSignal },
): Promise<void> {
  // Ctrl-C too ends the waiting; what was said stays written down.
  const stop = anySignal(signal, context.signal);
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
}

/** So that nobody sends it twice. */
function kept({ code, message, details }: Refusal | TrustError): Refusal {
  const text = `Not sent: ${message}. Kept here, and sent as soon as that is possible`;
  return new Refusal(code, text, { details });
}

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
