/** The shell of the seed uag: `USER:`, `<USER:Message>`, files in `from` and `to`, and a log of all it does (rows S0.01 to S0.46). */

import { OFFERS } from "../app/commands/offers.ts";
import { SEND_FILES } from "../app/commands/send_files.ts";
import { STREAMING } from "../app/commands/streams.ts";
import type { AppEvent, ShownEntry } from "../app/events.ts";
import { showPeer } from "../app/names.ts";
import type { Shell, ShellFacts, ShellTalk, Step } from "../app/shells/shell.ts";
import { spokenWords } from "../app/talk/entry_words.ts";
import type { Movements } from "../app/conversations/people.ts";
import { isRoom, type Peer } from "../base/ids.ts";
import { describeItems } from "../client/transfers/describe.ts";
import { contentBytes, placeOf, planOf } from "../client/transfers/transfer.ts";
import { offerLines, strangerLines } from "./questions.ts";
import { lines, Rewordings } from "./rewordings.ts";
import { slashLine } from "./slash_line.ts";

const info = (text: string) => `INFO:client:${text}`;
/** Row S0.20. */
const HINT = info("Send data in the format <USER:Message>");
const NOT_SENT = "[not sent]";
const FINISHED = info("Thread finished., True");
/** Row S0.13: what the seed's two threads are, whether they live, and whether they end with the program. */
const THREADS = ["Console True False", "Listener True True"];

/** As the seed's library shows its keys. */
function activeLine(active: readonly string[]): string {
  const names = active.map((name) => `'${name.replace(/[\\']/g, "\\$&")}'`);
  return info(`active users: dict_keys([${names.join(", ")}])`);
}

function take(line: string): readonly Step[] {
  const text = line.trim();
  if (text === "") return [];
  if (text === "/info") return [{ kind: "say", lines: THREADS }];
  if (text === "/ls") return [{ kind: "call", call: { row: "ls", options: { "--json": true } } }];
  const slash = slashLine(text);
  if (slash !== undefined) return slash;
  // Row S0.21: whom it is for stands before each text.
  return [{ kind: "line", line: text, unaddressed: [HINT] }];
}

/** `first_chunk: 4096, last_chuck size: 3623`, as the seed spells it, with the chunks that are sent (row S0.34). */
function planWords(items: readonly { readonly sizeBytes: number }[]): string {
  const { chunks, chunkBytes, lastChunkBytes } = planOf(items);
  const first = chunks === 1 ? lastChunkBytes : chunkBytes;
  return `first_chunk: ${first}, last_chuck size: ${lastChunkBytes}`;
}

/** A file by its name alone. */
function nameOf(items: Parameters<typeof describeItems>[0]): string {
  return items.length === 1 ? items[0].path : describeItems(items);
}

/** A file that was accepted, until it is there. */
interface Coming {
  readonly items: readonly { readonly sizeBytes: number }[];
  readonly into: string;
}

/** `onAccepted` keeps what will be said at the end. */
function wordsOf(onAccepted: (peer: Peer, coming: Coming) => void): Rewordings {
  return new Rewordings()
    .set(SEND_FILES.wording, {
      offered: lines(({ transfer }) =>
        transfer === undefined ? [] : [
          info(`Preparing ${nameOf(transfer.items)}`),
          info(`Total file size ${contentBytes(transfer.items)}`),
          info(planWords(transfer.items)),
          info("waiting for server to be ready..."),
        ]
      ),
    })
    .set(OFFERS.wording, {
      accepted: lines(({ transfer, into }) => {
        const { number, items } = transfer;
        onAccepted(placeOf(transfer), { items, into });
        return [
          info("Preparing to get file."),
          info("Checking threads!!!"),
          `GetFile ${number} <<<<<<`,
          `Getting ${nameOf(items)} into ${into}`,
          info(planWords(items)),
        ];
      }),
      "watched-stream": lines(() => info("EOF!!.")),
    })
    .set(STREAMING.wording, {
      "stream-offered": lines(({ title }) => [
        info(`Getting source file ${title}`),
        info("waiting for server to be ready..."),
      ]),
      watchers: lines(({ count }) => count === 0 ? [] : info("Preparing to stream video.")),
      streamed: lines(() => FINISHED),
    });
}

/** One run: what was said of each file that goes. */
class UagTalk implements ShellTalk {
  readonly #facts: ShellFacts;
  readonly #words: Rewordings;
  readonly #sending = new Set<string>();
  readonly #coming = new Map<Peer, Coming[]>();

  constructor(facts: ShellFacts) {
    this.#facts = facts;
    this.#words = wordsOf((peer, coming) => {
      this.#coming.set(peer, [...this.#coming.get(peer) ?? [], coming]);
    });
  }

  prompt(): string {
    return "";
  }

  greeting(): readonly string[] {
    const { own, active } = this.#facts;
    return [
      info(`{'msg': 'Welcome ${own.replace(/[\\']/g, "\\$&")}'}`),
      info("starting listener."),
      activeLine(active),
      HINT,
    ];
  }

  take(line: string): readonly Step[] {
    return take(line);
  }

  after(): readonly string[] {
    return [];
  }

  entry(shown: ShownEntry): readonly string[] | undefined {
    const { entry } = shown;
    const { names } = this.#facts;
    if (entry.kind === "notice") return offerLines(shown) ?? this.#fileLines(entry);
    if (entry.own) return [];
    // What is done to a text, no seed has: said as elsewhere.
    if (entry.kind === "change") return undefined;
    const from = names.nameOf(isRoom(entry.peer) ? entry.from : entry.peer);
    const where = isRoom(entry.peer) ? `${showPeer(entry.peer, names.nameOf(entry.peer))} ` : "";
    // Row S0.22.
    return [
      `${where}${showPeer(entry.from, from)}:- ${spokenWords(shown, names)}`,
    ];
  }

  news(
    event: Exclude<AppEvent, { type: "entry" | "started" | "ready" }>,
  ): readonly string[] | undefined {
    switch (event.type) {
      case "movement":
        return isMoved(event.moved) ? [activeLine(event.active.map(({ name }) => name))] : [];
      case "request":
        return strangerLines(event);
      case "transfers":
        return event.active.flatMap(({ transfer: { id, state } }) => {
          if (state.state !== "uploading" || this.#sending.has(id)) return [];
          this.#sending.add(id);
          return [info("Sending chunks.")];
        });
      case "delivery":
        return event.state === "failed" ? [info(NOT_SENT)] : [];
      default:
        return undefined;
    }
  }

  reword: ShellTalk["reword"] = (of, usual) => this.#words.reword(of, usual);

  /** Row S0.29. */
  files(names: Readonly<Record<string, string>>): readonly string[] {
    return JSON.stringify(names, null, 4).split("\n");
  }

  failed({ text }: { readonly text: string }): string {
    return text;
  }

  farewell(): readonly string[] {
    return [];
  }

  /** Rows S0.38, S0.39. Undefined for other lines of the program. */
  #fileLines({ id, text, peer }: ShownEntry["entry"]): readonly string[] | undefined {
    switch (id) {
      case "file-accepted":
        return [info("Server ACK transfer")];
      case "file-done": {
        const [, what, how] = /^(.*?) ha(?:s|ve) uploaded: (.*), .*: .*$/s.exec(text) ?? [];
        return [what === undefined ? text : `${what}: transfer completed! ${how}`, FINISHED];
      }
      case "file-received": {
        const coming = this.#coming.get(peer)?.shift();
        if (coming === undefined) return [text, FINISHED];
        const bytes = contentBytes(coming.items);
        const place = text.slice(Math.max(0, text.lastIndexOf(coming.into)));
        return [
          info(`Total data received: ${bytes}`),
          info("Decrypt data."),
          info(`File size after decrypt: ${bytes}`),
          info("Writing data to file."),
          info(`${place}: transfer completed!`),
          FINISHED,
        ];
      }
      default:
        return undefined;
    }
  }
}

/** Whoever is only new on the server is not there. */
function isMoved({ joined, left, kicked }: Movements): boolean {
  return joined.length + left.length + kicked.length > 0;
}

/** `--classic uag`. */
export const UAG: Shell = {
  entry: {
    before: ["Sign-in/Sign-up.. Press ENTER when done."],
    name: "USER:",
    password: "PWD",
    trustsProfile: false,
    registers: true,
    asksAgain: false,
    entering: [
      info("Connected to server."),
      info("Sending cred data."),
      info("Waiting for server response."),
    ],
    failed: ({ code, text }) =>
      code === "wrong-credentials" || code === "name-taken" ? "Wrong name or password." : text,
  },
  folders: { outbox: "from", inbox: "to" },
  keepsLogs: false,
  open: (facts) => new UagTalk(facts),
};
