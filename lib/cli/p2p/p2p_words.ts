/** What the `~> ` shell says of people and of what they said. Holds foreign text: whoever shows it makes it safe. */

import type { HistoryEntry } from "../../client/store/history.ts";
import type { EntryFacts } from "../../client/talk/facts.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import type { Transport } from "../../net/streams/byte_stream.ts";
import { formatHostPort, type HostPort } from "../../net/addresses/address.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import { showName } from "../../app/names.ts";
import { READ_WORDING, type ReadKinds } from "../../app/commands/reading_wording.ts";
import { spokenText } from "../../app/talk/action.ts";
import { idMark, numberIn } from "../../app/talk/entry_lines.ts";
import { factFields, typeOfChange } from "../../app/talk/fact_fields.ts";
import type { Wording } from "../../commands/wording.ts";
import { changeWords, deletedWords, quoted } from "../../app/talk/change_words.ts";
import { formatTime } from "../../app/when.ts";

/** Before the first `conn`, or somebody else's. */
export const NOBODY_KNOWN = "You know nobody yet: conn HOST PORT connects to somebody";

type Fields = Readonly<Record<string, unknown>>;

/** Somebody, and how it stands with them. */
export interface PeerFacts {
  readonly peer: KnownPeer;
  /** What the connection to them goes over; undefined when they are away. */
  readonly transport: Transport | undefined;
  readonly isVerified: boolean;
}

/** `julia  connected (quic)  not verified  192.168.0.21:8091`. */
export function peerLine({ peer, transport, isVerified }: PeerFacts): string {
  const [address] = peer.addresses;
  return [
    peer.name,
    transport === undefined ? "away" : `connected (${transport})`,
    badge(peer, isVerified),
    ...(address === undefined ? [] : [formatHostPort(address)]),
  ].join("  ");
}

/** The same for programs. */
export function peerFields({ peer, transport, isVerified }: PeerFacts): Fields {
  const { name, identity, addresses } = peer;
  return {
    name,
    identity,
    connected: transport !== undefined,
    ...(transport && { transport }),
    verified: isVerified,
    byInvite: peer.isByInvite,
    addresses: addresses.map(formatHostPort),
  };
}

/** How sure it is who they are: the numbers were compared, their own invite was used, or neither. */
export function badge({ isByInvite }: KnownPeer, isVerified: boolean): string {
  if (isVerified) return "verified";
  return isByInvite ? "by invite" : "not verified";
}

/** A second `init`, with the way on for who let `conn` begin for them. */
export function alreadyBegun(name: string, address: HostPort | undefined): string {
  const where = address === undefined ? "" : `, and listen on ${formatHostPort(address)}`;
  return `You are ${name} already${where}. For another name or port: exit, start again, and run init before conn`;
}

/**
 * Row S1.15: `name YYYY-MM-DD HH:MM:SS text`; `*` for a line of the program itself, and for what was done to a message. What a
 * text answers stands before it.
 */
export function saidLine(name: string, entry: HistoryEntry, facts: EntryFacts): string {
  const time = formatTime(entry.atMs);
  if (entry.kind === "notice") return `* ${time} ${entry.text}`;
  const nameOf = () => showName(name);
  if (entry.kind === "change") return `* ${time} ${changeWords(entry, facts, nameOf)}`;
  if (entry.deletedBy !== undefined) return `* ${time} ${deletedWords(entry, nameOf)}`;
  const { target } = facts;
  const about = target?.deletedBy === undefined ? quoted(target?.text ?? "") : "a deleted message";
  const answers = target === undefined ? "" : `(replies to ${about}) `;
  const said = spokenText(entry.kind, replaceEmoticons(entry.text), name);
  return `${name} ${time} ${answers}${said}`;
}

/** What was said with somebody, as lists show it. */
export function saidWording({ name }: KnownPeer, own: string): Wording<ReadKinds> {
  const from = (entry: HistoryEntry) => entry.own ? own : name;
  return {
    ...READ_WORDING,
    "entry": {
      type: ({ entry }) => entry.kind === "change" ? typeOfChange(entry) : "message",
      fields: ({ entry, facts }) => ({
        ...saidFields(from(entry), entry),
        ...numberIn(entry),
        ...factFields(entry, facts),
      }),
      line: ({ entry, facts, ids }) =>
        `${ids ? idMark(entry) : ""}${saidLine(from(entry), entry, facts)}`,
    },
  };
}

/** A line of the program about somebody, with their name as they write it: where it speaks of them it says the account. */
export function namedIn(
  text: string,
  { account, name }: Pick<KnownPeer, "account" | "name">,
): string {
  const parts = text.split(": ").map((part) => {
    const named = part.startsWith(`${account} `) ? name + part.slice(account.length) : part;
    return named.replace(` from ${account}, verified`, () => ` from ${name}, verified`);
  });
  return parts.join(": ");
}

/** What programs get of the same. */
export function saidFields(name: string, entry: HistoryEntry): Fields {
  const { id, own, kind, text, sentAtMs, atMs } = entry;
  return {
    id,
    from: name,
    own,
    kind,
    text,
    sent: new Date(sentAtMs).toISOString(),
    at: new Date(atMs).toISOString(),
  };
}
