/** What can stand in place of the word before the cursor: commands, names, emoji. Pure. */

import { emojiNamed } from "../../commands/emoticons.ts";
import type { Peer } from "../../base/ids.ts";
import type { ListedPeer } from "../../app/conversations/listed_peers.ts";
import {
  isSaid,
  type Model,
  type Page,
  peersInOrder,
  type Place,
} from "../../app/conversations/model.ts";
import type { TalkFacts } from "../../app/conversations/talk.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";
import { PRESENCE_WORDS } from "../panes/bars.ts";

/** One way to go on. */
export interface Suggestion {
  readonly label: string;
  readonly detail: string;
  /** What stands in place of the text from `from` on. */
  readonly insert: string;
}

/** Ways to go on from a place in the text, a UTF-16 offset. */
export interface Suggestions {
  readonly from: number;
  readonly found: readonly Suggestion[];
  /** More is being fetched: ask again when this resolves. Never rejects. */
  readonly coming?: Promise<void> | undefined;
}

/** A menu with more is not read. */
const MAX_EMOJI = 60;
/** One letter fits hundreds. */
const MIN_EMOJI_LETTERS = 2;

/** Ways to go on with a text that is typed in the open conversation, up to the cursor. */
export function suggestFor(
  before: string,
  facts: Pick<TalkFacts, "commands" | "complete">,
  { open, peers, pages }: Pick<Model, "open" | "peers" | "pages">,
): Suggestions {
  if (/^([^\s:][^:]{0,89}:)?\/(?!\/)/u.test(before)) return forCommand(before, facts);
  const word = /\S*$/u.exec(before)?.[0] ?? "";
  const from = before.length - word.length;
  const emoji = /^:([a-z0-9_+-]+)$/.exec(word)?.[1];
  if (emoji !== undefined && emoji.length >= MIN_EMOJI_LETTERS) {
    const found = emojiNamed(emoji, MAX_EMOJI).map(([name, sign]) => ({
      label: `:${name}:`,
      detail: sign,
      insert: `${sign} `,
    }));
    return { from, found };
  }
  return word === "" ? { from, found: [] } : {
    from,
    found: forName(word, peers, {
      isFirst: from === 0,
      place: open,
      speakers: speakersOf(pages.get(open)),
    }),
  };
}

function forCommand(
  before: string,
  facts: Pick<TalkFacts, "commands" | "complete">,
): Suggestions {
  const { from, candidates, coming } = facts.complete(before);
  const found = candidates.map((candidate) => {
    const command = facts.commands.get(candidate.replace(/^\//, "").trim());
    return { label: candidate.trim(), detail: command?.summary ?? "", insert: candidate };
  });
  return { from, found, coming };
}

/** Who said something in what was read of a page, the last one first. */
function speakersOf(page: Page | undefined): readonly Peer[] {
  const speakers = new Set<Peer>();
  for (const item of page?.items.toReversed() ?? []) {
    if (isSaid(item) && !item.entry.own) speakers.add(item.entry.from);
  }
  return [...speakers];
}

interface NameOptions {
  readonly isFirst: boolean;
  readonly place: Place;
  readonly speakers: readonly Peer[];
}

/**
 * In a room a name mentions somebody: `@bob `. Elsewhere it addresses them at the start of a text: `bob: `. Of many people those who
 * spoke here last are meant most.
 */
function forName(
  word: string,
  peers: Model["peers"],
  { isFirst, place, speakers }: NameOptions,
): readonly Suggestion[] {
  const isAmongOthers = place !== undefined && !isDirect(place);
  const typed = word.replace(/^@/, "").toLowerCase();
  if (typed === "") return [];
  const rank = ({ peer }: ListedPeer) => {
    const at = speakers.indexOf(peer);
    return at < 0 ? speakers.length : at;
  };
  return peersInOrder({ peers }).filter(({ name }) => name.toLowerCase().startsWith(typed))
    .toSorted((one, other) => rank(one) - rank(other))
    .map(({ peer, name, presence }) => ({
      label: name,
      detail: PRESENCE_WORDS[presence],
      insert: !isDirect(peer)
        ? `${name} `
        : isAmongOthers
        ? `@${name} `
        : isFirst
        ? `${name}: `
        : `${name} `,
    }));
}
