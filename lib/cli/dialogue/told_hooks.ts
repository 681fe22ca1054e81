/** Which events the person's own programs are told of, and in which words. */

import { READ_WORDING } from "../../app/commands/reading_wording.ts";
import type { AppClient } from "../../app/conversations/app_client.ts";
import type { AppEvent } from "../../app/events.ts";
import { present } from "../../commands/wording.ts";
import { runHookProgram } from "./hook_program.ts";
import { Hooks } from "./hooks.ts";
import type { HookSettings } from "./hook_settings.ts";

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
        await client.write(to, text);
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
