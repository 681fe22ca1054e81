/** The shell of the seed Chat Room: `new user?`, slash commands, and one room in which everybody talks (rows S2.01 to S2.28). */

import { showPeer } from "../app/names.ts";
import type { ShownEntry } from "../app/events.ts";
import type { Failed, Shell, ShellFacts, ShellTalk, Step } from "../app/shells/shell.ts";
import { spokenWords } from "../app/talk/entry_words.ts";
import { isRoom } from "../base/ids.ts";
import { offerLines, strangerLines } from "./questions.ts";

/** As the seed lists them, then what a sealed chat room needs beside them. */
const COMMANDS: readonly string[] = [
  "/help",
  "/viewusers",
  "/messageto (username) (message)",
  "/busy",
  "/free",
  "/changegrant (username) (0/1)",
  "/kickuser (username)",
  "/viewkickusers",
  "/restart",
  "/disconnect",
];
const ROOM_COMMANDS: readonly string[] = [
  "/room new (username)...",
  "Every other command of heliograph chat works too: /help (command) tells about it",
];
const NO_ROOM =
  "You are in no chat room yet: /room new (username) opens one, /messageto (username) (message) is for one person";

function take(line: string, facts: ShellFacts): readonly Step[] {
  const text = line.trim();
  if (text === "") return [];
  if (text === "/help") return [{ kind: "say", lines: [...COMMANDS, ...ROOM_COMMANDS] }];
  const to = /^\/messageto\s+([^\s"]+)\s+(.+)$/s.exec(text);
  if (to !== null) {
    const [, name, said] = to;
    return [{ kind: "call", call: { row: "msg", given: { NAME: [name], TEXT: [said] } } }];
  }
  if (/^\/[^/\s]/.test(text)) return [{ kind: "line", line: text }];
  const { room } = facts;
  if (room === undefined) return [{ kind: "say", lines: [NO_ROOM] }];
  // Row S2.12: two slashes say one.
  const said = text.startsWith("//") ? text.slice(1) : line;
  return [{ kind: "call", call: { row: "room say", given: { ROOM: [room], TEXT: [said] } } }];
}

function entryOf(shown: ShownEntry, { names, room }: ShellFacts): readonly string[] | undefined {
  const { entry } = shown;
  if (entry.kind === "notice") return offerLines(shown);
  if (entry.own) return [];
  // What is done to a text, the seed does not have: said as elsewhere.
  if (entry.kind === "change") return undefined;
  const from = showPeer(entry.from, names.nameOf(entry.from));
  const label = showPeer(entry.peer, names.nameOf(entry.peer));
  // The one room needs no name; what is for one person alone says so.
  const where = !isRoom(entry.peer)
    ? entry.kind === "broadcast" ? "" : " (to you)"
    : entry.peer === room
    ? ""
    : ` in ${label}`;
  return [`${from}${where}: ${spokenWords(shown, names)}`];
}

function open(facts: ShellFacts): ShellTalk {
  return {
    prompt: () => "",
    greeting: () => [
      `Welcome ${facts.own}! /help lists the commands`,
      facts.room === undefined ? NO_ROOM : `What you type is said in room ${facts.room}`,
    ],
    take: (line) => take(line, facts),
    after: () => [],
    entry: (shown) => entryOf(shown, facts),
    news: (event) => event.type === "request" ? strangerLines(event) : undefined,
    reword: (_of, usual) => usual,
    files: () => undefined,
    failed: ({ text }) => text,
    farewell: () => ["The connection is closed"],
  };
}

/** Row S2.04; and row S2.05: the password is asked for again, so that the way back is said. */
function entryFailed({ code, text, details: { attemptsLeft } }: Failed): string {
  if (code === "name-taken") {
    return "This user exists: it is not allowed to have more than one user";
  }
  return code === "wrong-credentials" && attemptsLeft !== 0
    ? `${text}. An empty password goes back to "new user?"`
    : text;
}

/** `--classic chatroom`. */
export const CHATROOM: Shell = {
  entry: {
    before: [],
    isNew: "new user? (y/n)",
    name: "Username:",
    password: "Password",
    trustsProfile: false,
    registers: false,
    asksAgain: true,
    entering: [],
    failed: entryFailed,
  },
  keepsLogs: false,
  open,
};
