/** The verb chat. */

import { quietLine } from "../../app/attendance.ts";
import { REMEMBER_OPTION, TRUST_OPTIONS } from "../../app/commands/registering.ts";
import { AppClient, type AppClientOptions } from "../../app/conversations/app_client.ts";
import type { AppEvent } from "../../app/events.ts";
import { usualNotify } from "../../app/conversations/listed_peers.ts";
import { mentionsIn } from "../../app/conversations/mentions.ts";
import { Bug, UsageError } from "../../base/errors.ts";
import { Client } from "../../client/client.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { ExitCode } from "../../commands/exit_code.ts";
import type { LineDialogue } from "../../terminal/lines/dialogue.ts";
import { qrRows } from "../../terminal/cells/qr_rows.ts";
import { goOnWithoutWrong } from "../config_problems.ts";
import type { Context } from "../context.ts";
import type { Verb } from "../verb.ts";
import { activeList } from "./chat_lines.ts";
import { Dialogue, type DialogueOptions } from "./dialogue.ts";
import { greetingOf, waitingLines } from "./event_lines.ts";
import { firstRun, type NoServer } from "./first_run.ts";
import { pageInLines } from "./numbered.ts";
import { LineLoop } from "./line_loop.ts";
import { promptOf, ruledLine, takesTerminal, typedLine } from "./lines_in.ts";
import { runShell } from "./open_dialogue.ts";

/** `heliograph chat`: also what the program does without a command where there is no full screen. */
export const CHAT_VERB: Verb = {
  name: "chat",
  group: "Messages",
  summary: "open the line-by-line chat",
  details:
    "Lines in, lines out. On a terminal, new messages never disturb what you type. With --plain, in a pipe, or with ACCESSIBLE=1 it only appends lines, without a single escape sequence. /help lists its commands; /quit, ctrl-D or ctrl-C twice leave it. A pipe exits with 4 if a line was not sent because it named nobody.",
  options: [...TRUST_OPTIONS, REMEMBER_OPTION],
  examples: [
    { line: "chat", summary: "asks for a server and a name the first time" },
    { line: "chat --plain < lines.txt", summary: "runs the lines, then ends" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 10],
  async run(context, values) {
    if (values.has("--json")) {
      throw new UsageError("no-json", "The dialogue has no --json. Try: receive --follow --json");
    }
    await goOnWithoutWrong(context);
    const client = await openSignedIn(context, values);
    if (!(client instanceof Client)) return await goWithoutServer(context, client.words);
    return await runShell(
      context,
      client,
      (parts) => new Chat({ ...parts, echo: parts.readsKeys }, context.signal),
    );
  },
};

/**
 * The client of this profile; a profile without a session is signed in first, if a person can be asked. For somebody who wants no
 * server, what they said of that.
 */
export async function openSignedIn(
  context: Context,
  values: CommandValues,
): Promise<Client | NoServer> {
  const keeper = await context.keeper();
  const isSignedIn = keeper.hasAccount && await keeper.keys.hasSession();
  if (isSignedIn || !context.person.isPossible) return await context.openClient();
  const client = await firstRun(context, values, keeper);
  return client instanceof Client ? await context.own(client) : client;
}

/** Talks with others directly, for a person who chose that. */
export async function goWithoutServer(
  { options }: Context,
  words: readonly string[],
): Promise<ExitCode> {
  if (options.withoutServer === undefined) {
    throw new Bug("Cannot go without a server: no command does");
  }
  return await options.withoutServer(words);
}

// The line dialogue: lines come in from the person and from the server at any time, and neither disturbs the other. Knows
// no terminal and no process: where it reads and writes, and how it connects, is passed in.

/** What a dialogue needs from the verb that opens it. */
interface ChatOptions
  extends AppClientOptions, Pick<DialogueOptions, "stage" | "secrets" | "isAttended"> {
  readonly dialogue: LineDialogue;
  /** Whether command lines are repeated where they were typed: not where the terminal itself keeps them. */
  readonly echo: boolean;
}

/** A bell for what the person wants to be notified of, where they chose one. */
async function ringFor(
  { entry }: Extract<AppEvent, { type: "entry" }>,
  { client, stage, people }: Pick<Dialogue, "client" | "stage" | "people">,
  { dialogue }: Pick<ChatOptions, "dialogue">,
): Promise<void> {
  if (dialogue.ring === undefined || entry.own || entry.kind !== "text") return;
  const chosen = client.messenger.listChoices.all().get(entry.peer)?.notify;
  const level = chosen ?? usualNotify(entry.peer);
  if (level === "none") return;
  const settings = await stage.settings?.();
  const bell = await settings?.bell(client.clock.nowMs());
  if (bell === undefined) return;
  const words = [people.own.name, ...bell.highlights];
  if (level === "all" || mentionsIn(entry.text, words).length > 0) await dialogue.ring();
}

/** The line dialogue: lines in, lines out, over one client and its connection. Owns all of them until `run` ends. */
class Chat {
  readonly #options: ChatOptions;
  readonly #app: AppClient;
  readonly #desk: Dialogue;
  readonly #loop: LineLoop;

  /** Ends when `signal` aborts, and then rejects with its reason. */
  constructor(options: ChatOptions, signal: AbortSignal) {
    const { dialogue, stage, isAttended, secrets } = options;
    this.#options = options;
    this.#app = new AppClient(options, signal);
    this.#desk = new Dialogue({
      app: this.#app,
      dialogue,
      stage,
      isAttended,
      secrets,
      ...options.echo && {
        showPage: (page, lines) =>
          this.#desk.printAll([
            ...pageInLines(page, lines),
            ...page.kind === "share" ? qrRows(page.share.text, "light") : [],
          ]),
      },
      onPartner: () => this.#loop.promptChanged(),
    });
    this.#loop = new LineLoop({
      dialogue,
      prompt: () => promptOf(this.#desk, this.#app.state, this.#app.waiting),
      offered: () => this.#desk.requests.newest(),
      typed: (line, offered) => {
        const run = typedLine(this.#desk, line, { offered });
        return () => this.#run(line, run);
      },
      ruled: (line) => {
        const run = ruledLine(this.#desk, line);
        return () => this.#run(line, run);
      },
      takesTerminal: (line, offered) => takesTerminal(this.#desk, line, offered),
      onInterrupt: () => this.#desk.print("* press ctrl-C again to quit, or type /quit"),
      onLeave: () => this.#app.leave(),
    });
  }

  /** For completion: who and what there is to name. */
  get desk(): Dialogue {
    return this.#desk;
  }

  /** Whether there ever was a connection. */
  get wasOnline(): boolean {
    return this.#app.wasOnline;
  }

  /** Ctrl-C, where it does not come as a key. */
  interrupt(): void {
    this.#app.scope.run("interrupt", () => this.#loop.interrupt());
  }

  /** Runs until the person leaves. Rejects with what cannot be mended (Refusal, TrustError, TerminalError). Once. */
  async run(): Promise<void> {
    await this.#app.run({
      take: (event) => this.#take(event),
      read: (signal) => this.#loop.read(signal),
      left: () => this.#farewell(),
      close: () => this.#desk.close(),
    });
  }

  async #take(event: AppEvent): Promise<void> {
    const desk = this.#desk;
    desk.hear(event);
    switch (event.type) {
      case "started":
        return await this.#greet(event);
      case "ready":
        return this.#app.scope.run("commands", (signal) => this.#loop.run(signal));
      case "unread": {
        const { count, shown } = event;
        const earlier = count > shown ? `; the last ${shown}` : "";
        return await desk.print(
          `* ${count} unread ${count === 1 ? "message" : "messages"}${earlier}`,
        );
      }
      case "entry":
        await desk.show(event);
        return await ringFor(event, desk, this.#options);
      case "quiet": {
        const { waiting, before, busy } = event;
        if (waiting === undefined) await desk.print("* you are free");
        else if (before === undefined && busy !== undefined) {
          await desk.print(quietLine(busy, waiting));
        }
        return this.#loop.promptChanged();
      }
      default:
        await desk.tell(event);
    }
    if (event.type === "connection" && event.before !== event.news.state) {
      this.#loop.promptChanged();
    }
    if (event.type === "due") await this.#loop.obey(event.due.line);
  }

  /** Who is there is said before who waits. */
  async #greet(event: Extract<AppEvent, { type: "started" }>): Promise<void> {
    const desk = this.#desk;
    await desk.printAll(greetingOf(desk.client.profile.own.name));
    await desk.tell({ ...event, requests: 0 });
    if (event.state === "online") await desk.print(`* ${activeList(event.active)}`);
    await desk.printAll(waitingLines(event.requests));
  }

  async #run(line: string, run: () => Promise<void>): Promise<void> {
    if (this.#app.isLeaving) return;
    if (this.#options.echo && line.startsWith("/")) await this.#desk.print(`> ${line}`);
    await run();
  }

  async #farewell(): Promise<void> {
    const { deliveries, people } = this.#desk;
    const { unsentWords } = deliveries;
    if (unsentWords !== undefined) await this.#desk.print(`* ${unsentWords}`);
    await this.#desk.print(`Bye, ${people.own.name}!`);
  }
}
