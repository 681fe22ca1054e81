/** How a card looks: what it is, how far, and what can be done with it. Pure. */

import type { Transfer } from "../../client/transfers/transfer.ts";
import type { Card, CardNames, CardView, StreamCard } from "./cards.ts";
import { fileView, isEnd } from "./file_card_view.ts";
import { unreachable } from "../../base/errors.ts";
import { ownSourceWords, sourceWords } from "../../client/streams/source_words.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import { showName } from "../names.ts";

/** A card in words and figures. */
export function cardView(card: Card, names: CardNames): CardView {
  return card.kind === "stream" ? streamView(card, names) : fileView(card, names);
}

/** Which of its transfers a key or a command is about; undefined for a stream. */
export function transferOf(card: Card): Transfer | undefined {
  if (card.kind !== "files") return undefined;
  const open = card.transfers.find(({ transfer: { state } }) => !isEnd(state.state));
  return (open ?? card.transfers[0]).transfer;
}

// The card of a stream. Pure. Titles and names are foreign: who shows them makes them safe.

/** Something that is shown live, or was. */
function streamView({ stream, live, isLate }: StreamCard, names: CardNames): CardView {
  const who = showName(names.nameOf(stream.account));
  const isOut = stream.direction === "out";
  const name = isOut ? ownSourceWords(stream) : sourceWords(stream);
  const over = (words: string, facts: Partial<CardView> = {}): CardView => ({
    sign: "✓",
    name,
    facts: [words],
    tone: "waits",
    actions: [],
    ...facts,
  });
  switch (stream.state) {
    case "open":
      if (isOut) return sentView({ live, isLate }, over);
      return isLate ? over("you did not answer in time", { sign: "✗" }) : over(
        "live: watch it or decline",
        { sign: "▶", tone: "asks", actions: ["accept", "decline"] },
      );
    case "accepted":
      if (live === undefined) return over("watched");
      return live.pause === undefined
        ? over("live", { sign: "●", tone: "moves" })
        : over(`paused: ${PAUSES[live.pause](who)}`, { sign: "‖" });
    case "declined":
      return over("declined", { sign: "✗" });
    case "over":
      return endedView(stream, who, over);
    default:
      return unreachable(stream.state);
  }
}

const PAUSES = {
  silence: (who: string) => `nothing comes from ${who}`,
  own: () => "the connection is lost",
  sender: (who: string) => `${who} lost the connection`,
} as const;

type Over = (words: string, facts?: Partial<CardView>) => CardView;

function sentView(
  { live, isLate }: Pick<StreamCard, "live" | "isLate">,
  over: Over,
): CardView {
  const watchers = live?.watchers;
  if (watchers !== undefined) {
    const words = `live, ${watchers} ${watchers === 1 ? "device watches" : "devices watch"}`;
    return over(words, { sign: "●", tone: "moves", actions: ["stop"] });
  }
  return isLate ? over("ended") : over("waits for an answer", { sign: "▶", actions: ["stop"] });
}

function endedView({ ended, direction }: StreamRow, who: string, over: Over): CardView {
  const isOut = direction === "out";
  switch (ended) {
    case undefined:
    case "ended":
      return over("ended", { tone: "done" });
    case "stopped":
      return over(isOut ? "ended" : `ended by ${who}`);
    case "failed":
      return over("failed: its source broke off", { sign: "✗", tone: "failed" });
    case "left":
      return over("you left, it goes on", { sign: "▶", actions: ["watch"] });
    case "elsewhere":
      return over("answered on another device of yours");
    case "declined":
      return over(`declined by ${who}`, { sign: "✗" });
    case "unanswered":
      return over("nobody came", { sign: "✗" });
    default:
      return unreachable(ended);
  }
}
