/** Which events the person's own programs are told of, and in which words. */

import { READ_WORDING } from "../../app/commands/reading_wording.ts";
import type { AppClient } from "../../app/conversations/app_client.ts";
import type { AppEvent } from "../../app/events.ts";
import { saidText } from "../../app/talk/action.ts";
import { Channel } from "../../base/channel.ts";
import type { Clock } from "../../base/clock.ts";
import { HeliographError } from "../../base/errors.ts";
import type { Peer } from "../../base/ids.ts";
import { anySignal } from "../../base/scope.ts";
import { present } from "../../commands/wording.ts";
import { describeThrown } from "../failure_words.ts";
import { type HookEnd, runHookProgram } from "./hook_program.ts";
import type { HookEvent, HookSettings } from "./hook_settings.ts";

/** What programs are told with. */
interface Teller {
  readonly app: AppClient;
  print(text: string): Promise<void>;
  beside(task: (signal: AbortSignal) => Promise<void>): void;
}

/** The hooks of a dialogue. They begin when what was said before is told, so that no old message is news to a program. */
export class ToldHooks {
  readonly #hooks: Hooks;
  readonly #teller: Teller;
  #hasBegun = false;

  constructor(settings: HookSettings, teller: Teller) {
    const { app, app: { client } } = teller;
    this.#teller = teller;
    this.#hooks = new Hooks({
      settings,
      clock: client.clock,
      run: (words, input, signal) =>
        runHookProgram(words, input, { env: (name) => Deno.env.get(name), signal }),
      answer: async (to, text) => {
        await client.write(to, saidText(text));
        app.outbox.send();
        await app.look();
      },
      tell: (line) => teller.print(line),
    });
  }

  /** Takes what happens; returns at once. */
  hear(event: AppEvent): void {
    if (event.type === "ready" && !this.#hasBegun) {
      this.#hasBegun = true;
      this.#teller.beside((signal) => this.#hooks.run(signal));
    }
    if (!this.#hasBegun) return;
    if (event.type === "request") {
      const object = { type: "request", from: event.account };
      return this.#hooks.push({ event: "request", object, from: undefined });
    }
    if (event.type !== "entry" || event.wasShown) return;
    const { entry, facts } = event;
    if (entry.own || entry.kind !== "text" && entry.kind !== "broadcast") return;
    const { rooms } = this.#teller.app;
    const report = { kind: "entry", facts: { entry, facts, rooms, ids: false } } as const;
    const { object } = present(report, READ_WORDING, {
      time: () => "",
      command: () => "",
      isDialogue: false,
    });
    if (object === undefined) return;
    this.#hooks.push({
      event: "message",
      object: { type: object.type, ...object.fields },
      // What everyone reads is not answered by a program.
      from: entry.kind === "broadcast" ? undefined : entry.peer,
    });
  }
}

// Tells programs of the person's own what happens, one after the other, beside the conversation.

/** What hooks work with. */
export interface HooksOptions {
  readonly settings: HookSettings;
  readonly clock: Clock;
  run(words: readonly string[], input: string, signal: AbortSignal): Promise<HookEnd>;
  /** Sends what a program answers. */
  answer(to: Peer, text: string): Promise<void>;
  /** Says what was wrong with a program. */
  tell(line: string): Promise<void>;
}

/** Something that a program is told of. */
interface HookCall {
  readonly event: HookEvent;
  /** As `receive --json` has it. */
  readonly object: Readonly<Record<string, unknown>>;
  /** Where it came from; undefined where nothing can be answered. */
  readonly from: Peer | undefined;
}

/** More wait for no program: the newest are not told then. */
const MAX_WAITING = 100;
/** Two programs that answer each other come to an end. */
const MAX_ANSWERS = 10;
const ANSWERS_MS = 60_000;

/** One for a dialogue. */
export class Hooks {
  readonly #options: HooksOptions;
  readonly #queue = new Channel<HookCall>();
  #waiting = 0;
  #answeredMs: readonly number[] = [];
  /** What was wrong last, so that it is said once. */
  #trouble = "";

  constructor(options: HooksOptions) {
    this.#options = options;
  }

  /** Has a program told, if there is one for it. Returns at once. */
  push(call: HookCall): void {
    const isWanted = this.#options.settings.programs[call.event] !== undefined;
    if (!isWanted || this.#waiting >= MAX_WAITING) return;
    this.#waiting++;
    this.#queue.push(call);
  }

  /** Runs the programs until `signal` aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const call = await this.#queue.next({ signal });
      if (call === undefined) return;
      this.#waiting--;
      await this.#runOne(call, signal);
    }
  }

  async #runOne({ event, object, from }: HookCall, signal: AbortSignal): Promise<void> {
    const { settings, clock, run } = this.#options;
    const words = settings.programs[event];
    if (words === undefined) return;
    const until = anySignal(signal, clock.deadline(settings.timeoutMs));
    const end = await run(words, `${JSON.stringify({ v: 1, ...object })}\n`, until);
    signal.throwIfAborted();
    if (end.kind !== "done") return await this.#tellTrouble(words[0], end);
    const text = end.output.trim();
    if (!settings.answer || text === "" || from === undefined) {
      this.#trouble = "";
      return;
    }
    const nowMs = clock.nowMs();
    this.#answeredMs = this.#answeredMs.filter((atMs) => atMs > nowMs - ANSWERS_MS);
    if (this.#answeredMs.length >= MAX_ANSWERS) {
      return await this.#say(
        `it answered ${MAX_ANSWERS} times in a minute: no more answers for now`,
        words[0],
      );
    }
    this.#answeredMs = [...this.#answeredMs, nowMs];
    try {
      await this.#options.answer(from, text);
      this.#trouble = "";
    } catch (error) {
      if (signal.aborted || !(error instanceof HeliographError)) throw error;
      await this.#say(`its answer was not sent: ${describeThrown(error).text}`, words[0]);
    }
  }

  async #tellTrouble(program: string, end: Exclude<HookEnd, { kind: "done" }>): Promise<void> {
    switch (end.kind) {
      case "failed":
        return await this.#say(`it ended with ${end.code}`, program);
      case "not-started":
        return await this.#say(`it did not start: ${end.reason}`, program);
      case "ended": {
        const seconds = this.#options.settings.timeoutMs / 1_000;
        const why = end.reason === "time" ? `took longer than ${seconds} s` : "wrote over 64 kB";
        return await this.#say(`stopped, because it ${why}`, program);
      }
    }
  }

  async #say(what: string, program: string): Promise<void> {
    if (this.#trouble === what) return;
    this.#trouble = what;
    await this.#options.tell(`* hook ${program}: ${what}`);
  }
}
