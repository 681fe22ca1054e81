/** What others do, told in between the lines of the `~> ` shell. */

import type { AppEvent } from "../../app/events.ts";
import type { Peer } from "../../base/ids.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import { factFields, typeOfChange } from "../../app/talk/fact_fields.ts";
import { transferFields, transferLineWith } from "../../app/transfer_lines.ts";
import { OFFER_SECONDS, sourceWords } from "../../client/streams/source_words.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import { badge, namedIn, saidFields, saidLine } from "./p2p_words.ts";

type Of<Type extends AppEvent["type"]> = Extract<AppEvent, { type: Type }>;

/** Tells what happens until `signal` aborts; rejects with its reason. `onTold`: called after each. */
export async function followNews(
  desk: P2pDialogue,
  onTold: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  await desk.news.follow(async (event) => {
    await tellNews(desk, event);
    await onTold();
  }, signal);
}

async function tellNews(desk: P2pDialogue, event: AppEvent): Promise<void> {
  switch (event.type) {
    case "peer":
      return await tellPeer(desk, event);
    case "impostor":
      return await desk.say("impostor", { name: event.name }, `WARNING: ${event.warning}`);
    case "delivery":
      return await desk.say("delivery", { id: event.id, state: event.state }, "");
    case "entry":
      return await tellSaid(desk, event);
    case "transfer":
      return await tellTransfer(desk, event);
    case "stream-offer":
      return await tellStream(desk, event);
  }
}

/** Row S1.10. */
async function tellPeer(desk: P2pDialogue, { peer, link }: Of<"peer">): Promise<void> {
  const { name, identity } = peer;
  if (link === undefined) {
    return await desk.say("disconnected", { name }, `No longer connected to ${name}`);
  }
  const { isNew, isVerified, transport } = link;
  const fields = {
    name,
    identity,
    verified: isVerified,
    byInvite: peer.isByInvite,
    new: isNew,
    ...(transport && { transport }),
  };
  await desk.say("connected", fields, `Now connected to ${name} (${badge(peer, isVerified)})`);
}

async function tellSaid(desk: P2pDialogue, { entry, facts }: Of<"entry">): Promise<void> {
  const peer = knownAs(desk, entry.peer);
  if (peer === undefined) return;
  if (entry.kind === "change") {
    const fields = { id: entry.id, from: peer.name, own: false, ...factFields(entry, facts) };
    return await desk.say(typeOfChange(entry), fields, saidLine(peer.name, entry, facts));
  }
  const named = entry.kind === "notice" ? { ...entry, text: namedIn(entry.text, peer) } : entry;
  const fields = { ...saidFields(peer.name, named), ...factFields(entry, facts) };
  await desk.say("received", fields, saidLine(peer.name, named, facts));
  if (entry.kind === "text") (await desk.pair(peer)).talk.markShown([entry]);
}

async function tellTransfer(desk: P2pDialogue, { transfer }: Of<"transfer">): Promise<void> {
  const { peer: account, state: { state }, items } = transfer;
  const name = knownAs(desk, account)?.name ?? account;
  const fields = transferFields(transfer);
  if (state !== "offered") {
    return await desk.say("transfer", fields, transferLineWith(name, transfer));
  }
  const text = `${name} sends you ${describeItems(items)}: y accepts, n declines`;
  await desk.say("offer", fields, text);
}

async function tellStream(desk: P2pDialogue, { stream }: Of<"stream-offer">): Promise<void> {
  const { source, title, account } = stream;
  const name = knownAs(desk, account)?.name ?? account;
  const text = `${name} wants to stream ${sourceWords(stream)} to you: y watches, n declines, ` +
    `within ${OFFER_SECONDS} s`;
  await desk.say("stream-offer", { name, source, title }, text);
}

/** Undefined for somebody who was forgotten meanwhile. */
function knownAs(desk: P2pDialogue, peer: Peer): KnownPeer | undefined {
  return isDirect(peer) ? desk.node?.book.find(peer) : undefined;
}
