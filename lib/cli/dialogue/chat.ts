/** One sitting in the line dialogue: who is known, with whom the person talks, what is shown and what is sent. */

import { parseAccountName } from "../../base/account_name.ts";
import { describeError, TransportError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { ClientEvent } from "../../client/client_event.ts";
import { unreadMark } from "../../client/messaging/marks.ts";
import type { Contact } from "../../client/messaging/contacts.ts";
import type { ConnectionNews } from "../../client/reconnect.ts";
import type { Context } from "../context.ts";
import { entryLine } from "../entry_lines.ts";
import { describeThrown } from "../failure_words.ts";
import { roster } from "../people_verbs.ts";
import type { Paper } from "./paper.ts";

/** How often to look whether something came: another process of the profile may be the one that receives. */
const LOOK_MS = 250;

/** What slash commands work with. */
export class Chat {
  readonly context: Context;
  readonly client: Client;
  readonly paper: Paper;
  /** Whom a line without a name is for. */
  partner: Contact | undefined;
  /** Set by `/quit`. */
  isLeaving = false;
  /** By account. */
  readonly #names = new Map<string, string>();

  constructor(context: Context, client: Client, paper: Paper) {
    this.context = context;
    this.client = client;
    this.paper = paper;
  }

  /** A name that the server's roster or this profile knows, exactly as an account name compares. */
  lookUp(name: string): string | undefined {
    const parsed = parseAccountName(name);
    return parsed.ok ? this.#names.get(parsed.id) : undefined;
  }

  /** Says a text to `name`, or to whom the person talks. It is written down before anything can fail. */
  async say(name: string | undefined, text: string): Promise<void> {
    if (name !== undefined) await this.talkTo(name);
    if (this.partner === undefined) {
      return await this.paper.print("Whom do you mean? Say NAME:text, e.g. bob:hi");
    }
    await this.client.write(this.partner.account, text);
    await this.flush();
  }

  /** From here on lines without a name are for `name`. Throws Refusal `unknown-account`. */
  async talkTo(name: string): Promise<void> {
    this.partner = await this.client.findContact(name);
    this.#learn(this.partner.name);
  }

  /** Sends what waits, and says what cannot leave. */
  async flush(): Promise<void> {
    try {
      for (const { error } of await this.client.flush()) {
        if (error !== undefined) await this.explain(error);
      }
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      await this.paper.print("Kept, and sent as soon as the server is there again");
    }
  }

  /** Puts what went wrong into words. */
  async explain(error: unknown): Promise<void> {
    await this.paper.print(describeThrown(error).text);
  }

  /** Shows what came since something was shown last. */
  async showNew(): Promise<void> {
    const mark = unreadMark(this.client.profile.database);
    for (const entry of await this.client.messenger.history.after(mark.get())) {
      if (!entry.own) await this.paper.print(entryLine(entry));
      mark.moveTo(entry.place);
    }
  }

  /** Shows what comes until `signal` aborts; then rejects with its reason. */
  async keepShowing(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.showNew();
      await this.context.clock.sleep(LOOK_MS, { signal });
    }
  }

  /** Shows what the server says about itself and about who is there. */
  async tell(event: ClientEvent): Promise<void> {
    switch (event.type) {
      case "server-notice":
        return await this.paper.print(`* server: ${event.text}`);
      case "going-away":
        return await this.paper.print(`* the server stops: ${event.reason}`);
      case "roster":
        for (const { name, account, change } of event.changes) {
          this.#learn(name);
          if (account === this.client.profile.own.account) continue;
          await this.paper.print(`* ${name} ${CHANGES[change]}`);
        }
    }
  }

  /** Shows how it stands with the connection. */
  async news(news: ConnectionNews): Promise<void> {
    if (news.state === "offline") {
      const seconds = Math.ceil(news.retryMs / 1000);
      return await this.paper.print(`* ${news.reason}. Trying again in ${seconds} s`);
    }
    try {
      await this.#learnNames();
      await this.flush();
    } catch (error) {
      await this.paper.print(`* ${describeError(error)}`);
    }
  }

  async #learnNames(): Promise<void> {
    for (const { name } of await this.client.messenger.contacts.list()) this.#learn(name);
    for await (const { name } of roster(this.client, false)) this.#learn(name);
  }

  /** The server's word for names is taken as far as finding: whoever is written to is compared with the pin. */
  #learn(name: string): void {
    const parsed = parseAccountName(name);
    if (parsed.ok) this.#names.set(parsed.id, name);
  }
}

/** How a change of the roster is put. */
const CHANGES = {
  online: "is here",
  offline: "has left",
  registered: "is new here",
  identity: "has another identity: compare the numbers of /verify",
} as const;
