/** The program's own page while nothing stands there: what is new, who is online, and the keys to go on with. Pure. */

import { onOneLine, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import { textWidthCells } from "../../terminal/cells/text_width.ts";
import type { HomeFacts, HomeFile } from "../../app/conversations/home_facts.ts";
import {
  isMuted,
  listedAt,
  type Model,
  pageOf,
  peersInOrder,
} from "../../app/conversations/model.ts";
import type { ListedPeer } from "../../app/conversations/listed_peers.ts";
import { fitHint } from "./bars.ts";
import { LOGO_CELLS, logoRows } from "../drawing/logo.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Theme } from "../theme/theme.ts";
import { transferWords } from "./transfer_words.ts";

/** Names in a row; more are counted. */
const MOST_NAMES = 6;
const LABEL_CELLS = 12;
/** A blank at which no line ends. */
const TIE = "\u00a0";

/** With fewer rows, they are for what is new. */
const MIN_ROWS_FOR_LOGO = 24;

interface PageOptions {
  readonly widthCells: number;
  readonly heightCells: number;
  readonly theme: Theme;
  /** Without what to do next, where other lines need the room. */
  readonly isShort?: boolean;
}

/**
 * Rows from the top on: as much as there is room for. The keys are always there, and what waits for the person goes last; fewer rows
 * than those need it never has.
 */
export function homeRows(model: Model, options: PageOptions): readonly Row[] {
  const facts = factsOf(model);
  const whole = rowsWith(model, options, { facts, greets: true });
  if (whole.length <= options.heightCells) return whole;
  const short = { ...options, isShort: true };
  for (let count = facts.length; count > 0; count--) {
    for (const greets of [true, false]) {
      const rows = rowsWith(model, short, { facts: facts.slice(0, count), greets });
      if (rows.length <= options.heightCells) return rows;
    }
  }
  return rowsWith(model, short, { facts: [], greets: false });
}

function rowsWith(
  model: Model,
  options: PageOptions,
  { facts, greets }: { readonly facts: ReturnType<typeof factsOf>; readonly greets: boolean },
): readonly Row[] {
  const { widthCells, heightCells, theme } = options;
  const words = (text: string, style = theme.faint): readonly Row[] =>
    layOutLines(safeText(text), { widthCells: Math.max(2, widthCells - 4), indentCells: 0 })
      .map((line): Row => [{ text: safeText(`  ${line}`), style }]);
  const hasLogo = heightCells >= MIN_ROWS_FOR_LOGO && widthCells >= LOGO_CELLS + 4;
  return [
    [],
    ...hasLogo ? [...logoRows(2, theme.frame), []] : [],
    ...welcome(model, options),
    ...greets
      ? words("Messages are end-to-end encrypted: only their receivers can read them.")
      : [],
    ...greets ? [[]] : [],
    ...facts.flatMap(([label, text]) => factRows(label, text, options)),
    ...facts.length === 0 ? [] : [[]],
    ...options.isShort === true ? [] : [...nextSteps(model).flatMap((text) => words(text)), []],
    ...words(fitHint(keysFor(model), Math.max(2, widthCells - 4)), theme.notice),
  ];
}

/** Whom it greets, and at which server where that has room behind. */
function welcome(
  { ownName, ownServer }: Model,
  { widthCells, theme }: PageOptions,
): readonly Row[] {
  const room = Math.max(2, widthCells - 4);
  const name = safeText(`Welcome, ${onOneLine(safeText(ownName))}`);
  const lines = layOutLines(name, { widthCells: room, indentCells: 0 });
  const rows = lines.map((line): Row => [{ text: safeText(`  ${line}`), style: theme.own }]);
  const server = safeText(` · ${onOneLine(safeText(ownServer))}`);
  if (ownServer === "" || rows.length > 1 || textWidthCells(name + server) > room) return rows;
  return rows.map((row) => [...row, { text: server, style: theme.faint }]);
}

/** Four of them, for what there is. */
function keysFor(model: Model): string {
  const hasUnread = unreadPeers(model).length > 0;
  return [
    "F1 keys",
    "F2 go to",
    hasUnread ? "alt-a unread" : "alt-s find",
    model.requests.length > 0 ? "F9 requests" : "ctrl-D leave",
  ].join(" · ");
}

function factRows(label: string, text: string, { widthCells, theme }: PageOptions): readonly Row[] {
  const textCells = Math.max(8, widthCells - LABEL_CELLS - 4);
  // A line ends behind a comma or colon, not between a video and its length.
  const tied = text.replaceAll(/(?<![,:]) /g, TIE);
  return layOutLines(safeText(tied), { widthCells: textCells, indentCells: 0 })
    .map((line, i): Row => [
      { text: safeText(`  ${(i === 0 ? label : "").padEnd(LABEL_CELLS)}`), style: theme.notice },
      { text: safeText(line.replaceAll(TIE, " ")), style: theme.text },
    ]);
}

/** What there is to know; nothing is said of what there is none of. */
function factsOf(model: Model): readonly (readonly [label: string, text: string])[] {
  const peers = peersInOrder(model);
  const unread = unreadPeers(model);
  const unreadWords = unread.slice(0, MOST_NAMES)
    .map((listed) => `${shownName(listed)} (${pageOf(model, listed.peer).unread})`);
  const asked = model.requests.length;
  const rows = [
    ["Unread", counted(unreadWords, unread.length)],
    ["Requests", asked === 0 ? "" : `${asked}: F9 shows them`],
    ["Online", namesOf(peers.filter(({ presence }) => presence === "here"))],
    ["Busy", namesOf(peers.filter(({ presence }) => presence === "busy"))],
    ["Rooms", namesOf(recentFirst(model, peers.filter(({ presence }) => presence === "room")))],
    [
      "Files",
      [transferWords(model.transfers), ...model.home.files.map((file) => fileWords(model, file))]
        .filter((words) => words !== "").join(", "),
    ],
    ["Videos", videoWords(model.home)],
  ] as const;
  return rows.filter(([, text]) => text !== "");
}

/** Where something was said last comes first. */
function recentFirst(model: Model, peers: readonly ListedPeer[]): readonly ListedPeer[] {
  const recent = ({ peer }: ListedPeer) => pageOf(model, peer).recent;
  return peers.toSorted((one, other) => recent(other) - recent(one));
}

/** `photo.png from bob`. */
function fileWords(model: Model, { name, place, isOwn }: HomeFile): string {
  const listed = listedAt(model, place);
  const who = listed === undefined ? "" : ` ${isOwn ? "to" : "from"} ${shownName(listed)}`;
  return `${onOneLine(safeText(name))}${who}`;
}

/** The first of them, and how to play one. */
function videoWords({ videos, hasMoreVideos }: HomeFacts): string {
  if (videos.length === 0) return "";
  const names = videos.map((video) => onOneLine(safeText(video)));
  return `${names.join(", ")}${hasMoreVideos ? " and more" : ""}: /watch NAME`;
}

/** As alt-a goes through them: nobody who is muted. */
function unreadPeers(model: Model): readonly ListedPeer[] {
  return peersInOrder(model)
    .filter(({ peer }) => pageOf(model, peer).unread > 0 && !isMuted(model, peer));
}

function namesOf(listed: readonly ListedPeer[]): string {
  return counted(listed.slice(0, MOST_NAMES).map(shownName), listed.length);
}

/** `bob, carol, and 3 more`. */
function counted(shown: readonly string[], count: number): string {
  const rest = count - shown.length;
  return [...shown, ...rest > 0 ? [`and ${rest} more`] : []].join(", ");
}

function shownName({ name }: ListedPeer): string {
  return onOneLine(safeText(name));
}

function nextSteps(model: Model): readonly string[] {
  if (model.connection === "starting") return ["Connecting …"];
  return model.peers.length === 0
    ? [
      "You know nobody here yet. /invite makes an invite for others, /who --all lists everybody on this server.",
      "/help lists all commands.",
    ]
    : [
      "Pick a conversation: alt-down, a click on the left, or F2 and a few letters of the name.",
      "/room new NAME… --name ROOM creates a room, /videos lists videos, /help all commands.",
    ];
}
