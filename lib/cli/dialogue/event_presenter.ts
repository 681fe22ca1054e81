/** Says what happens: connection, people, identities, the server's own words. */

import { Refusal, TransportError } from "../../base/errors.ts";
import type { ClientEvent } from "../../client/sync/client_event.ts";
import type { ConnectionNews } from "../../client/reconnect.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { parseAccountId } from "../../base/account_name.ts";
import { readBusyWords, roster } from "../../app/attendance.ts";
import { activeList, HINT, movementLines, roleLine } from "./chat_lines.ts";
import type { Dialogue } from "./dialogue.ts";
import type { HistoryTail } from "./history_tail.ts";
import { showName, typeName } from "../../app/names.ts";
import { requestLine, waitingRequests } from "./request_lines.ts";

/** What comes by itself: from the client, or about its connection. */
export type AppEvent =
  | ClientEvent
  | { readonly type: "connection"; readonly news: ConnectionNews };

/** More names are not kept: on a server so big, others are found when they are addressed. */
const MAX_PEOPLE = 2_000;

/** Where an announcer's words go. */
export interface EventPresenterOptions {
  /** Called once, when there is something to talk with: a connection, or the word that there is none. */
  readonly onReady: () => void;
  /** Takes who comes and goes, where that does not belong between what is said. */
  readonly aside?: (line: string) => Promise<void>;
  /** False where a screen says by itself who is there and what to do. */
  readonly greets?: boolean;
}

/** Shows what comes by itself: connection, people who join or leave, messages, notices. */
export class EventPresenter {
  readonly #desk: Dialogue;
  readonly #feed: HistoryTail;
  readonly #options: EventPresenterOptions;
  #state: "starting" | "online" | "offline" = "starting";
  #wasOnline = false;

  constructor(desk: Dialogue, feed: HistoryTail, options: EventPresenterOptions) {
    this.#desk = desk;
    this.#feed = feed;
    this.#options = options;
  }

  get state(): "starting" | "online" | "offline" {
    return this.#state;
  }

  /** Whether there ever was a connection. */
  get wasOnline(): boolean {
    return this.#wasOnline;
  }

  async tell(happening: AppEvent): Promise<void> {
    const desk = this.#desk;
    switch (happening.type) {
      case "connection":
        return await this.#connection(happening.news);
      case "roster":
        return await this.#movement(happening.changes);
      case "presence":
        return await this.#presence(happening);
      case "broadcast-refused":
        return await desk.print(
          `* broadcast #${happening.number} is not shown: it was said before, or is not signed by who it says`,
        );
      case "identity":
        return await this.#identity(happening);
      case "going-away":
        return await desk.print(`* server: ${onOneLine(safeText(happening.reason))}`);
      case "server-notice":
        return await desk.print(`* server: ${onOneLine(safeText(happening.text))}`);
      case "role":
        return await desk.print(roleLine(happening));
      case "request": {
        const printed = desk.print(await requestLine(desk.client, happening.account));
        desk.requests.showStranger(happening.account);
        return await printed;
      }
      case "link-request":
        return await desk.print(
          `* a device at ${
            onOneLine(safeText(happening.address))
          } that knows your password asks to be linked. If it is yours: /device link CODE, with the code that it shows. If not: /device decline, and change the password`,
        );
      case "dismissed":
        // It ends the dialogue, which says why.
        return;
      case "entry":
      case "delivery":
        return this.#feed.wake();
    }
  }

  /** Before the welcome nothing is said: the list of who is active comes with it. */
  async #movement(changes: Extract<AppEvent, { type: "roster" }>["changes"]): Promise<void> {
    const { people } = this.#desk;
    const moved = people.apply(changes);
    if (this.#state === "starting") return;
    for (const { change, name } of changes) {
      if (change === "deleted") await this.#aside(`* ${showName(name)} deleted their account`);
    }
    for (const line of movementLines(moved, people.active)) await this.#aside(line);
  }

  async #connection(news: ConnectionNews): Promise<void> {
    const desk = this.#desk;
    const before = this.#state;
    this.#state = news.state;
    if (news.state === "offline") {
      const seconds = Math.max(1, Math.round(news.retryMs / 1000));
      const then = `Trying again in ${seconds} s, and again until it is back`;
      const what = news.retryMs === 0 ? news.reason.toLowerCase() : `${news.reason}. ${then}`;
      if (before !== "offline") await desk.print(`* ${what}`);
      if (before === "starting") await this.#begin();
      return;
    }
    this.#wasOnline = true;
    await this.#readRoster();
    if (before === "starting") await this.#begin();
    else await desk.print(`* connected again (${activeList(desk.people.active)})`);
    if (!news.receivesHere) {
      await desk.print(
        "* another program of yours receives for this profile: what it stores is shown here",
      );
    }
    desk.send();
  }

  async #begin(): Promise<void> {
    const desk = this.#desk;
    for (const contact of await desk.client.messenger.contacts.list()) desk.people.meet(contact);
    await desk.rooms.refresh();
    const { name } = desk.client.profile.own;
    const { greets = true } = this.#options;
    if (greets) {
      await desk.print(`Welcome ${name}`);
      await desk.print(`${HINT}   (/help lists the commands)`);
    }
    if (this.#state === "online") {
      const { motd } = desk.client.handshake;
      if (motd !== "") await desk.print(`* server: ${onOneLine(safeText(motd))}`);
      const { failedTries } = desk.client.signedIn;
      if (failedTries > 0) {
        await desk.print(
          `* failed tries to sign in to this account since you were last here: ${failedTries}`,
        );
      }
      if (greets) await desk.print(`* ${activeList(desk.people.active)}`);
    }
    await desk.printAll(await waitingRequests(desk.client));
    await this.#feed.showUnread();
    this.#options.onReady();
  }

  #aside(line: string): Promise<void> {
    return this.#options.aside?.(line) ?? this.#desk.print(line);
  }

  async #readRoster(): Promise<void> {
    const { client, people } = this.#desk;
    people.forgetPresence();
    try {
      for await (const attendant of roster(client, false)) {
        people.learn(attendant);
        if (people.count >= MAX_PEOPLE) break;
      }
    } catch (error) {
      // The connection is gone again, or the server is busy: names are found when they are used.
      if (!(error instanceof TransportError || error instanceof Refusal)) throw error;
    }
  }

  async #presence(
    { account: text, busy, sinceMs, statement }: Extract<AppEvent, { type: "presence" }>,
  ): Promise<void> {
    const { people, client } = this.#desk;
    const account = parseAccountId(text);
    // What this person says themselves is shown where they say it.
    if (account === undefined || account === people.own.account) return;
    people.setBusy(account, busy ? { sinceMs, statement } : undefined);
    // Told when they are talked to.
    if (this.#state === "starting") return;
    const name = showName(people.nameOf(account));
    if (!busy) return await this.#aside(`* ${name} is free again`);
    // It is told here: not once more when they are talked to.
    people.takeBusy(account);
    const words = await readBusyWords(client, account, { sinceMs, statement });
    await this.#aside(`* ${name} is ${words}`);
  }

  /** The history says what happened; this is what can be done about it. */
  async #identity(
    { contact, meeting }: Extract<AppEvent, { type: "identity" }>,
  ): Promise<void> {
    const desk = this.#desk;
    desk.people.meet(contact);
    if (meeting !== "changed") return;
    const name = typeName(contact.name);
    await desk.print(
      `* the number of ${
        showName(contact.name)
      } is another one now: /verify ${name} shows it, /accept ${name} takes it`,
    );
  }
}
