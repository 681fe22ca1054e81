/** What others do, told in between the lines of the `~> ` shell. */

import type { Channel } from "../../base/channel.ts";
import type { NodeEvent } from "../../client/p2p/node_parts.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import { factFields, typeOfChange } from "../../app/talk/fact_fields.ts";
import { OFFER_SECONDS, sourceWords } from "../../client/streams/source_words.ts";
import { entryEvent } from "../../app/conversations/entry_event.ts";
import { FileNews } from "./file_news.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import { badge, namedIn, saidFields, saidLine } from "./p2p_words.ts";

/** Tells what happens until `signal` aborts; rejects with its reason. `onTold`: called after each. */
export async function followNews(
  desk: P2pDialogue,
  { events, onTold }: { events: Channel<NodeEvent>; onTold: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const files = new FileNews(desk);
  for (;;) {
    const event = await events.next({ signal });
    if (event === undefined) return;
    await tellNews(desk, event);
    // What was offered before somebody came is told when they are here.
    if (event.type === "connected" || event.type === "written") await files.look(event.peer);
    if (event.type !== "written") await onTold();
  }
}

async function tellNews(desk: P2pDialogue, event: NodeEvent): Promise<void> {
  switch (event.type) {
    case "connected":
      return await tellConnected(desk, event);
    case "disconnected": {
      const { name } = event.peer;
      return await desk.say("disconnected", { name }, `No longer connected to ${name}`);
    }
    case "impostor":
      return await desk.say("impostor", { name: event.name }, `WARNING: ${event.warning}`);
    case "pair":
      return await tellSaid(desk, event);
    case "written":
      return;
  }
}

/** Row S1.10. */
async function tellConnected(
  desk: P2pDialogue,
  { peer, isNew }: Extract<NodeEvent, { type: "connected" }>,
): Promise<void> {
  const { messenger, transport } = await desk.pair(peer);
  const contact = await messenger.contacts.find(peer.account);
  const isVerified = contact?.trust === "verified";
  const { name, identity } = peer;
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

async function tellSaid(
  desk: P2pDialogue,
  { peer, event }: Extract<NodeEvent, { type: "pair" }>,
): Promise<void> {
  if (event.type === "delivery") {
    return await desk.say("delivery", { id: event.id, state: event.state }, "");
  }
  if (event.type !== "entry" || event.entry.own) return;
  const { entry } = event;
  // `FileNews` tells of it, with how to answer.
  if (entry.kind === "notice" && entry.id === "file-offer") return;
  if (entry.kind === "notice" && entry.id === "stream-offer") return await tellStream(desk, peer);
  const pair = await desk.pair(peer);
  const { index } = pair.messenger.history;
  const place = index.text(entry.id)?.place;
  const { facts } = await entryEvent(pair, { ...entry, place: place ?? 0 });
  if (entry.kind === "change") {
    const fields = { id: entry.id, from: peer.name, own: false, ...factFields(entry, facts) };
    return await desk.say(typeOfChange(entry), fields, saidLine(peer.name, entry, facts));
  }
  const named = entry.kind === "notice" ? { ...entry, text: namedIn(entry.text, peer) } : entry;
  const fields = { ...saidFields(peer.name, named), ...factFields(entry, facts) };
  await desk.say("received", fields, saidLine(peer.name, named, facts));
  if (place !== undefined) pair.talk.markShown([{ place }]);
}

async function tellStream(desk: P2pDialogue, peer: KnownPeer): Promise<void> {
  const { streams } = await desk.pair(peer);
  const stream = (await streams.waiting()).at(-1);
  if (stream === undefined) return;
  const { source, title } = stream;
  const text = `${peer.name} wants to show you ${sourceWords(stream)}: y watches, n declines, ` +
    `within ${OFFER_SECONDS} s`;
  await desk.say("stream-offer", { name: peer.name, source, title }, text);
}
