/** The shell of the seed Toom: commands in capitals, numbered messages, no chat but what is asked for (rows S3.01 to S3.60). */

import { BROADCAST } from "../app/commands/broadcast.ts";
import { WHO } from "../app/commands/people.ts";
import { READING } from "../app/commands/reading.ts";
import { ROOMS } from "../app/commands/rooms.ts";
import { SEND_STRAIGHT } from "../app/commands/send_files.ts";
import { showName } from "../app/names.ts";
import { isRoom } from "../base/ids.ts";
import type { Failed, Shell, ShellFacts, ShellTalk, Step } from "../app/shells/shell.ts";
import { broadcastSaid, seedLine } from "../app/talk/entry_lines.ts";
import { formatSeedTime } from "../app/when.ts";
import { offerLines, strangerLines } from "./questions.ts";
import { lines, Rewordings } from "./rewordings.ts";
import { slashLine } from "./slash_line.ts";

/** Row S3.06: with UPD, which the seed has and does not list. */
const PROMPT = "Enter one of the following commands (BCM, ATU, SRB, SRM, RDM, OUT, UPD):";
/** Row S3.51. */
const INVALID = "Error. Invalid command!";
const WAITING = ["Somebody waits for your answer: /requests lists, /y accepts, /n declines"];
const LOGS = "Readable logs, for you alone: ./messageLog.txt, ./SR_ID_messageLog.txt";

/** What a command has said, or the end of a file will say. */
const UNSAID: ReadonlySet<string> = new Set(["entered", "file-accepted"]);

/** A command: what it needs, and the line that shows it. */
interface Command {
  readonly needs: string;
  readonly example: string;
  /** Undefined where something is missing, or is too much. */
  read(words: readonly string[], rest: string, facts: ShellFacts): readonly Step[] | undefined;
}

const say = (...lines: readonly string[]): readonly Step[] => [{ kind: "say", lines }];
const call = (row: string, given: Readonly<Record<string, readonly string[]>> = {}) =>
  [{ kind: "call", call: { row, given } }] as const;

const SRB: Command = {
  needs: "one user or more",
  example: "SRB obiwan",
  read(words, _rest, facts) {
    // Row S3.27.
    const away = words.filter((name) => facts.isAway(name)).map(showName);
    if (away.length > 0) return say(`Error. Not online: ${away.join(", ")}`);
    return words.length === 0 ? undefined : call("room new", { NAME: words });
  },
};

const COMMANDS: ReadonlyMap<string, Command> = new Map(Object.entries(
  {
    BCM: {
      needs: "a text",
      example: "BCM Morning",
      read: (_words, rest) => rest === "" ? undefined : call("broadcast", { TEXT: [rest] }),
    },
    ATU: {
      needs: "nothing",
      example: "ATU",
      read: (words) => words.length === 0 ? call("who") : undefined,
    },
    SRB,
    SRS: SRB,
    SRM: {
      needs: "a room and a text",
      example: "SRM 256 hi",
      read([room], rest) {
        const text = rest.replace(/^\S+\s*/, "");
        return text === "" ? undefined : call("room say", { ROOM: [room], TEXT: [text] });
      },
    },
    RDM: {
      needs: "b or s, and a time",
      example: "RDM b 1 Jun 2022 16:00:00",
      read([kind = ""], rest) {
        const when = rest.replace(/^\S+\s*/, "");
        const isKind = kind === "b" || kind === "s";
        if (!isKind || when === "") return undefined;
        // What a stranger wrote, or a room that one is invited to, is not read yet.
        return [...call("rdm", { KIND: [kind], WHEN: [when] }), {
          kind: "waiting",
          lines: WAITING,
        }];
      },
    },
    UPD: {
      needs: "a user and a file",
      example: "UPD obiwan example1.mp4",
      read([name, ...file], _rest, facts) {
        if (name === undefined || file.length === 0) return undefined;
        const sent = call("upd", { NAME: [name], FILE: [file.join(" ")] });
        // Row S3.50.
        return facts.isAway(name) ? [...say(`${showName(name)} is offline`), ...sent] : sent;
      },
    },
    OUT: {
      needs: "nothing",
      example: "OUT",
      read: (words) => words.length === 0 ? [{ kind: "leave" }] : undefined,
    },
  } satisfies Record<string, Command>,
));

function take(line: string, facts: ShellFacts): readonly Step[] {
  const text = line.trim();
  // Row S3.59.
  if (text === "") return [];
  const slash = slashLine(text);
  if (slash !== undefined) return slash;
  const [word, ...words] = text.split(/\s+/);
  const command = COMMANDS.get(word);
  if (command === undefined) return say(INVALID);
  const steps = command.read(words, text.slice(word.length).trim(), facts);
  // Row S3.52.
  return steps ?? say(`${word} needs ${command.needs}. Example: ${command.example}`);
}

const WORDS = new Rewordings()
  .set(BROADCAST.wording, { broadcast: lines(broadcastSaid) })
  // Row S3.21: the server tells addresses to its owners alone.
  .set(WHO.wording, {
    person: lines(({ attendant: { entry: { name, address, port, sinceMs } }, isMe }) =>
      isMe ? [] : [
        showName(name),
        ...[address, port].filter((part) => part !== undefined),
        `active since ${formatSeedTime(sinceMs ?? 0)}`,
      ].join(", ")
    ),
    // Row S3.23.
    "nobody-else": { isNote: true, line: () => "no other active user" },
  })
  // Row S3.39.
  .set(READING.wording, { numbered: lines(({ number, entry }) => seedLine(number, entry)) })
  .set(ROOMS.wording, {
    "room-created": lines(({ room, users }) => {
      const names = users.map(({ name }) => showName(name)).join(",");
      return `Separate chat room has been created, room ID: ${room}, users in this room:${names}`;
    }),
  })
  .set(SEND_STRAIGHT.wording, { offered: { isNote: true, line: () => [] } });

/** The seed's own words for a file's end: who it was is the conversation's, not the text's. */
function fileLine(text: string, code: string, name: string): string | undefined {
  if (code === "file-done") return text.replace(/^(.*? ha(?:s|ve) uploaded): .*$/s, "$1");
  if (code !== "file-received") return undefined;
  const what = text.slice("Received ".length).split(" (")[0];
  return `Received ${what} from ${showName(name)}`;
}

/** The seed's sentences without what other front ends say behind them. */
function failed({ code, text }: Failed): string {
  // Row S3.28.
  if (code === "same-members") {
    const room = /\d+/.exec(text)?.[0];
    return `a separate room (ID: ${room}) already created for these users`;
  }
  return code === "unknown-account" ? text.replace(/: give the name .*$/s, "") : text;
}

function open(facts: ShellFacts): ShellTalk {
  return {
    prompt: () => PROMPT,
    greeting: () => [
      ...facts.session === undefined ? [] : [`${facts.session}`],
      "Welcome to Toom!",
      LOGS,
    ],
    take: (line) => take(line, facts),
    after: () => [],
    entry(shown) {
      const { entry } = shown;
      // Read by RDM, as in the seed.
      if (entry.kind === "broadcast" || entry.kind === "change") return [];
      if (entry.kind === "notice") {
        if (UNSAID.has(entry.id)) return [];
        const line = fileLine(entry.text, entry.id, facts.names.nameOf(entry.peer));
        return line === undefined ? offerLines(shown) : [line];
      }
      return isRoom(entry.peer) || entry.own ? [] : undefined;
    },
    news(event) {
      switch (event.type) {
        case "request":
          return strangerLines(event);
        case "movement":
        case "presence":
        case "transfers":
        case "unread":
          return [];
        default:
          return undefined;
      }
    },
    reword: (of, usual) => WORDS.reword(of, usual),
    files: () => undefined,
    failed,
    farewell: () => [`Bye, ${facts.own}!`],
  };
}

/** Rows S3.07 to S3.09: the server says so in the seed's words; how long it lasts stands behind a lock. */
function entryFailed({ code, text, details: { attemptsLeft } }: Failed): string {
  return code === "wrong-credentials" && attemptsLeft !== 0
    ? "Invalid Password. Please try again"
    : text;
}

/** `--classic toom`. */
export const TOOM: Shell = {
  entry: {
    before: [],
    name: "Username:",
    password: "Password",
    trustsProfile: false,
    registers: false,
    asksAgain: true,
    entering: [],
    failed: entryFailed,
  },
  // The seed's client takes and puts files where it was started.
  folders: { outbox: ".", inbox: "." },
  keepsLogs: true,
  open,
};
