/** Which key does what: read by the screen and shown by its help. Keys of the line itself are the editor's. */

/** What a key can do. */
export type KeyAction =
  | "help"
  | "go"
  | "search"
  | "message-up"
  | "message-down"
  | "jump"
  | "next-unread"
  | "nth"
  | "fold"
  | "verify"
  | "previous"
  | "next"
  | "page-up"
  | "page-down"
  | "oldest"
  | "newest"
  | "answer"
  | "accept"
  | "decline"
  | "copy"
  | "list"
  | "mouse"
  | "editor"
  | "complete"
  | "video-keys"
  | "video-size"
  | "repaint";

/** One line of the key map. */
export interface KeyRow {
  readonly keys: readonly string[];
  /** Those of them that are the text's own while there is one. */
  readonly onEmptyLine?: readonly string[];
  readonly action: KeyAction;
  readonly summary: string;
}

/** What the star behind a key means. */
export const STAR_WORDS = "on an empty line; in a text the key is the text's";

/** The keys of a row as help shows them: of many the first and the last; a star behind those for an empty line. */
export function shownKeys(
  { keys, onEmptyLine = [] }: Pick<KeyRow, "keys" | "onEmptyLine">,
  show: (key: string) => string = (key) => key,
): string {
  const shown = keys.map((key) => `${show(key)}${onEmptyLine.includes(key) ? "*" : ""}`);
  return shown.length > 4 ? `${shown[0]} … ${shown.at(-1)}` : shown.join(", ");
}

/** By `keyName`. */
export const KEY_ROWS: readonly KeyRow[] = [
  { keys: ["f1"], action: "help", summary: "this help; ? on an empty line too" },
  {
    keys: ["f2", "ctrl-g", "ctrl-k"],
    onEmptyLine: ["ctrl-k"],
    action: "go",
    summary: "go to a conversation",
  },
  { keys: ["f3", "alt-s"], action: "search", summary: "search messages, here or everywhere" },
  { keys: ["ctrl-up", "shift-up"], action: "message-up", summary: "select a message, further up" },
  {
    keys: ["ctrl-down", "shift-down"],
    action: "message-down",
    summary: "further down, or deselect",
  },
  { keys: ["f4", "alt-g"], action: "jump", summary: "go to a date, the start, new messages" },
  { keys: ["alt-a"], action: "next-unread", summary: "go to the next unread conversation" },
  { keys: ["f5"], action: "verify", summary: "compare safety numbers with this person" },
  {
    keys: ["alt-up", "ctrl-pageup", "ctrl-p"],
    onEmptyLine: ["ctrl-p"],
    action: "previous",
    summary: "the conversation above",
  },
  {
    keys: ["alt-down", "ctrl-pagedown", "ctrl-n"],
    onEmptyLine: ["ctrl-n"],
    action: "next",
    summary: "the conversation below",
  },
  {
    keys: Array.from({ length: 9 }, (_, i) => `alt-${i + 1}`),
    action: "nth",
    summary: "the first nine of the list",
  },
  {
    keys: ["alt-z"],
    action: "fold",
    summary: "fold or unfold the heading in the list",
  },
  { keys: ["pageup"], action: "page-up", summary: "scroll back" },
  { keys: ["pagedown"], action: "page-down", summary: "scroll forward" },
  { keys: ["ctrl-home", "alt-<"], action: "oldest", summary: "the oldest loaded message" },
  { keys: ["ctrl-end", "alt->"], action: "newest", summary: "back to the newest; escape too" },
  { keys: ["tab"], action: "complete", summary: "complete commands, names, emoji, videos, files" },
  { keys: ["alt-e"], action: "editor", summary: "write the text in $EDITOR" },
  { keys: ["f6"], action: "video-keys", summary: "control the video, or go back to typing" },
  { keys: ["f7"], action: "video-size", summary: "full-screen video on/off" },
  { keys: ["f9"], action: "answer", summary: "answer requests: y or n" },
  {
    keys: ["alt-y"],
    onEmptyLine: ["alt-y"],
    action: "accept",
    summary: "accept the first request",
  },
  {
    keys: ["alt-n"],
    onEmptyLine: ["alt-n"],
    action: "decline",
    summary: "decline the first request",
  },
  { keys: ["alt-c"], action: "copy", summary: "copy a message" },
  { keys: ["f8", "alt-l"], action: "list", summary: "hide or show the list" },
  { keys: ["alt-m"], action: "mouse", summary: "select text with the mouse (on/off)" },
  { keys: ["ctrl-l"], action: "repaint", summary: "redraw" },
];

/** What the mouse can do. */
export type MouseAction =
  | "choose"
  | "scroll-panel"
  | "open"
  | "fold"
  | "neighbour"
  | "scroll"
  | "pick"
  | "answer"
  | "video-keys"
  | "seek";

/** One thing that the mouse does, and the keys that do the same. */
export interface MouseRow {
  readonly gesture: string;
  readonly action: MouseAction;
  /** By `keyName`. */
  readonly keys: readonly string[];
}

/** The mouse is never needed. */
export const MOUSE_ROWS: readonly MouseRow[] = [
  { gesture: "click a name in the list", action: "open", keys: ["alt-up", "alt-down", "f2"] },
  { gesture: "click a heading of the list", action: "fold", keys: ["alt-z"] },
  { gesture: "wheel over the list", action: "neighbour", keys: ["alt-up", "alt-down"] },
  { gesture: "wheel over the conversation", action: "scroll", keys: ["pageup", "pagedown"] },
  { gesture: "click a message", action: "pick", keys: ["ctrl-up", "ctrl-down"] },
  { gesture: "click a request", action: "answer", keys: ["f9"] },
  { gesture: "click the picture", action: "video-keys", keys: ["f6"] },
  { gesture: "click the line below the picture", action: "seek", keys: ["f6"] },
  { gesture: "click a row to choose", action: "choose", keys: ["up", "down", "enter"] },
  { gesture: "wheel over a page", action: "scroll-panel", keys: ["pageup", "pagedown"] },
];

/** Keys of a message that is picked. */
export const MESSAGE_KEYS: readonly (readonly [string, string])[] = [
  ["up, down, k, j", "the message above, below"],
  ["r", "reply"],
  ["e", "edit, one of yours"],
  ["d, twice", "delete, for everybody"],
  ["+", "react with an emoji, or undo it"],
  ["y", "copy"],
  ["o", "open its link or file"],
  ["enter", "a long message whole, a picture on all of the screen, the folder of a file"],
  ["/", "search messages; n, N next and previous match"],
  ["g", "go to a date, the start, new messages"],
  ["p, r, x twice", "of a file: pause, resume, cancel; x stops your stream"],
  ["y, n", "of a request: accept or decline it"],
  ["escape", "deselect; typing does it too"],
];

/** Keys of the text that is typed, for help. */
export const EDITOR_KEYS: readonly (readonly [string, string])[] = [
  ["enter", "send"],
  ["alt-enter, shift-enter", "start a new line"],
  [
    "up, down",
    "rows of the text; up on an empty line edits your last message; then earlier inputs; in a text also ctrl-p, ctrl-n",
  ],
  ["ctrl-r", "search earlier inputs"],
  ["ctrl-a, ctrl-e, alt-b, alt-f", "to the ends, by words"],
  ["ctrl-w, ctrl-u, ctrl-k, alt-d", "cut; ctrl-y pastes it, alt-y what was cut before"],
  ["ctrl-_, ctrl-z", "undo"],
  ["ctrl-c", "clear the text; on an empty line twice in 2 s: quit"],
  ["ctrl-d", "quit, on an empty line"],
  ["escape", "back to the newest; there: hide requests"],
  ["shift with the mouse", "select and copy as the terminal does; after alt-m without shift"],
];

/** Keys of a video that has them. */
export const VIDEO_KEYS: readonly (readonly [string, string])[] = [
  ["space", "pause and play"],
  ["left, right, home", "seek by 5 s, to the start"],
  ["down, up, 0 to 9", "seek by a minute, to a tenth of it"],
  ["[ ] backspace", "slower, faster, normal speed"],
  ["a", "adaptive on/off: as large as line and terminal allow"],
  ["M", "next mode: thirds, 240p to 1440p, keyframes, adaptive"],
  ["n, p, L", "next and previous of several; again and again"],
  ["g", "next way of drawing; remembered for this terminal"],
  ["i", "facts about the picture"],
  ["f", "full screen on/off"],
  ["escape", "back to typing; the video continues"],
  ["q", "stop"],
];

/** What a key does, and as which of the keys for that, from 1 on. */
export interface BoundKey {
  readonly action: KeyAction;
  readonly nth: number;
  /** Where there is text, the key is the text's. */
  readonly isOnEmptyLine: boolean;
}
