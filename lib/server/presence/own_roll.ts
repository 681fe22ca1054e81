/** What this node says of its people to the other nodes of the server. */

import type { Clock } from "../../base/clock.ts";
import type { AccountId, AccountName, Fingerprint } from "../../base/ids.ts";
import type { Bus } from "../bus/bus.ts";
import type { AccountNews, RollChange, RollEvent, RollHere, RollPerson } from "../bus/roll_news.ts";

/** People in one word: with the longest names and statements 350 KB, a third of what NATS takes. */
const PAGE_PEOPLE = 64;
/** Nodes that ask at the same time are answered once. */
const GATHER_MS = 100;
/** What happened once is kept for nodes that did not hear of it: so much, and the oldest goes first. */
const MAX_EVENTS = 1_000;

type Event = RollEvent & { readonly atMs: number };

/** Its owner closes it. */
export class OwnRoll {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #people = new Map<AccountId, RollHere>();
  /** The oldest first. */
  #events: Event[] = [];
  #number = 0;
  #cancelPages: (() => void) | undefined;

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
    bus.answer("presence.roll", () => {
      this.#cancelPages ??= clock.after(GATHER_MS, () => this.#sayPages());
      return true;
    });
  }

  /** Somebody is here, or otherwise than before. */
  set(person: RollPerson): void {
    const here: RollHere = { number: ++this.#number, is: "here", person };
    this.#people.set(person.account, here);
    this.#say([here]);
  }

  /** Somebody is here no more. */
  remove(account: AccountId, wasKicked: boolean): void {
    if (!this.#people.delete(account)) return;
    this.#say([{ number: ++this.#number, is: "gone", account, wasKicked }]);
  }

  /** Of an account that need not be here. */
  tell(
    account: AccountId,
    { name, identity }: { readonly name: AccountName; readonly identity: Fingerprint },
    news: AccountNews,
  ): void {
    const number = ++this.#number;
    this.#happened({ number, is: "told", ageMs: 0, account, name, identity, news });
  }

  met(left: AccountId, right: AccountId): void {
    this.#happened({ number: ++this.#number, is: "met", ageMs: 0, left, right });
  }

  close(): void {
    this.#cancelPages?.();
  }

  #happened(event: RollEvent): void {
    this.#events.push({ ...event, atMs: this.#clock.monotonicMs() });
    if (this.#events.length > MAX_EVENTS) this.#events.shift();
    this.#say([event]);
  }

  #sayPages(): void {
    this.#cancelPages = undefined;
    const nowMs = this.#clock.monotonicMs();
    const events = this.#events.map(({ atMs, ...event }) => ({
      ...event,
      ageMs: Math.round(nowMs - atMs),
    }));
    for (let at = 0; at < events.length; at += PAGE_PEOPLE) {
      this.#say(events.slice(at, at + PAGE_PEOPLE));
    }
    const number = this.#number;
    const people = [...this.#people.values()].sort((left, right) =>
      left.person.account < right.person.account ? -1 : 1
    );
    let after: AccountId | undefined;
    for (let at = 0;; at += PAGE_PEOPLE) {
      const changes = people.slice(at, at + PAGE_PEOPLE);
      // The last page has no end: nobody is behind it.
      const upTo = at + PAGE_PEOPLE < people.length
        ? changes[changes.length - 1].person.account
        : undefined;
      this.#say(changes, {
        ...(after === undefined ? {} : { after }),
        ...(upTo === undefined ? {} : { upTo }),
        number,
      });
      if (upTo === undefined) return;
      after = upTo;
    }
  }

  #say(
    changes: readonly RollChange[],
    page?: { after?: AccountId; upTo?: AccountId; number: number },
  ): void {
    const node = this.#bus.own.instance;
    this.#bus.publish("presence.roll", {
      node,
      changes,
      ...(page === undefined ? {} : { page }),
    });
  }
}
