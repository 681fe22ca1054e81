/** The shell of the fourth seed: a menu of three, asked again after each choice (rows S4.12, S4.20, S4.22). */

import { showName, showPeer } from "../app/names.ts";
import type { AppEvent, ShownEntry } from "../app/events.ts";
import type { Shell, ShellFacts, ShellTalk, Step } from "../app/shells/shell.ts";
import { VIDEOS, watchedLine } from "../app/commands/videos.ts";
import { spokenWords } from "../app/talk/entry_words.ts";
import { offerLines, strangerLines } from "./questions.ts";
import { Rewordings } from "./rewordings.ts";
import { slashLine } from "./slash_line.ts";

const MENU: readonly string[] = ["1. Message a client", "2. Video streaming", "3. QUIT"];
const INVALID = "Invalid choice";

/** What is asked. */
type Asked =
  | { readonly what: "choice" }
  | { readonly what: "client" }
  | { readonly what: "message"; readonly client: string }
  | { readonly what: "video" };

const PROMPTS: Readonly<Record<Asked["what"], string>> = {
  choice: "Enter your choice: ",
  client: "Enter client name: ",
  message: "Enter message: ",
  video: "Enter video name: ",
};

/** The seed counts the frames. */
const WORDS = new Rewordings().set(VIDEOS.wording, {
  watched: {
    ...VIDEOS.wording.watched,
    line: ({ watched, statistics }) => watchedLine(watched, statistics),
  },
});

class MenuTalk implements ShellTalk {
  readonly #facts: ShellFacts;
  #asked: Asked = { what: "choice" };

  constructor(facts: ShellFacts) {
    this.#facts = facts;
  }

  prompt(): string {
    return PROMPTS[this.#asked.what];
  }

  greeting(): readonly string[] {
    return [`Welcome ${this.#facts.own}`, ...MENU];
  }

  take(line: string): readonly Step[] {
    const text = line.trim();
    const asked = this.#asked;
    if (text === "") {
      this.#asked = { what: "choice" };
      return [];
    }
    // A text may begin so.
    const slash = asked.what === "message" ? undefined : slashLine(text);
    if (slash !== undefined) return slash;
    switch (asked.what) {
      case "choice":
        return this.#choose(text);
      case "client":
        this.#asked = { what: "message", client: text };
        return [];
      case "message":
        this.#asked = { what: "choice" };
        return [{
          kind: "call",
          call: { row: "msg", given: { NAME: [asked.client], TEXT: [line] } },
        }];
      case "video":
        this.#asked = { what: "choice" };
        return [{ kind: "call", call: { row: "watch", given: { NAME: [text] } } }];
    }
  }

  after(): readonly string[] {
    return this.#asked.what === "choice" ? MENU : [];
  }

  entry(shown: ShownEntry): readonly string[] | undefined {
    const { entry } = shown;
    if (entry.kind === "notice") return offerLines(shown);
    if (entry.own) return [];
    // What is done to a text, no seed has: said as elsewhere.
    if (entry.kind === "change") return undefined;
    const { names } = this.#facts;
    const from = showPeer(entry.from, names.nameOf(entry.from));
    return [`${from}: ${spokenWords(shown, names)}`];
  }

  news(
    event: Exclude<AppEvent, { type: "entry" | "started" | "ready" }>,
  ): readonly string[] | undefined {
    return event.type === "request" ? strangerLines(event) : undefined;
  }

  reword: ShellTalk["reword"] = (of, usual) => WORDS.reword(of, usual);

  files(): undefined {
    return undefined;
  }

  failed({ text }: { readonly text: string }): string {
    return text;
  }

  farewell(): readonly string[] {
    return [];
  }

  #choose(text: string): readonly Step[] {
    const { own, active } = this.#facts;
    switch (text) {
      case "1": {
        this.#asked = { what: "client" };
        const others = active.filter((name) => name !== own).map(showName);
        return [{ kind: "say", lines: [`Clients: ${others.join(", ") || "nobody else is here"}`] }];
      }
      case "2":
        this.#asked = { what: "video" };
        return [{ kind: "call", call: { row: "videos" } }];
      case "3":
      case "QUIT":
        return [{ kind: "leave" }];
      default:
        return [{ kind: "say", lines: [INVALID] }];
    }
  }
}

/** `--classic menu`. */
export const MENU_SHELL: Shell = {
  entry: {
    before: [],
    name: "Enter your name:",
    password: "Password",
    trustsProfile: true,
    registers: true,
    asksAgain: true,
    entering: [],
    failed: ({ text }) => text,
  },
  keepsLogs: false,
  open: (facts) => new MenuTalk(facts),
};
