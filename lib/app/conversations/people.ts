/** Who is on the server, as far as one client was told: names to address, and who is there now. */

import { parseAccountId, parseAccountName } from "../../base/account_name.ts";
import { type AccountId, isRoom, type Peer } from "../../base/ids.ts";
import type { Contact } from "../../client/store/contacts.ts";
import { suggest } from "../../commands/suggest.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import type { Attendant, BusyNews } from "../attendance.ts";

/** Somebody who can be addressed. */
export interface Person {
  readonly account: AccountId;
  readonly name: string;
}

/** What the own profile knows of somebody. */
export type KnownContact = Person & Pick<Contact, "trust" | "changedTo">;

/** Somebody as a list shows them. */
export interface ListedPerson extends Person {
  readonly isOnline: boolean;
  readonly isBusy: boolean;
  readonly trust: "verified" | "unverified" | "changed";
}

interface Known extends Person {
  readonly isOnline: boolean;
}

/** What changed for the eye. */
export interface Movements {
  readonly joined: readonly Person[];
  readonly left: readonly Person[];
  /** Left because the server ended it. */
  readonly kicked: readonly Person[];
  /** New on the server, and not there now. */
  readonly registered: readonly Person[];
}

type RosterChange = PushFields<"roster.change">["changes"][number];

/** The people of this server as the dialogue knows them: names, who is there, who was verified. */
export class People {
  readonly own: Person;
  readonly #known = new Map<AccountId, Known>();
  readonly #verified = new Set<AccountId>();
  readonly #changed = new Set<AccountId>();
  readonly #busy = new Map<AccountId, BusyNews & { isTold: boolean }>();

  constructor(own: Person) {
    this.own = own;
    this.#known.set(own.account, { ...own, isOnline: false });
  }

  get count(): number {
    return this.#known.size;
  }

  /** Before the list is read anew: nobody is there until they are listed. */
  forgetPresence(): void {
    for (const person of this.#known.values()) {
      this.#known.set(person.account, { ...person, isOnline: false });
    }
  }

  /** Takes an entry of the server's list. */
  learn({ entry, statement }: Attendant): void {
    const person = read(entry);
    if (person === undefined) return;
    this.#known.set(person.account, { ...person, isOnline: entry.online });
    const sinceMs = entry.busySinceMs;
    this.setBusy(person.account, sinceMs === undefined ? undefined : { sinceMs, statement });
  }

  /** Somebody is busy, or free when `news` is undefined: the server's word. */
  setBusy(account: AccountId, news: BusyNews | undefined): void {
    if (news === undefined) this.#busy.delete(account);
    else if (this.#busy.get(account)?.sinceMs !== news.sinceMs) {
      this.#busy.set(account, { ...news, isTold: false });
    }
  }

  /** What there is to be told of somebody's being busy: once each time. */
  takeBusy(account: AccountId): BusyNews | undefined {
    const busy = this.#busy.get(account);
    if (busy === undefined || busy.isTold) return undefined;
    busy.isTold = true;
    return busy;
  }

  /** Takes a contact of the profile, with a name that was checked. */
  meet({ account, name, trust, changedTo }: KnownContact): void {
    const isOnline = this.#known.get(account)?.isOnline ?? false;
    this.#known.set(account, { account, name, isOnline });
    if (trust === "verified" && changedTo === undefined) this.#verified.add(account);
    else this.#verified.delete(account);
    if (changedTo !== undefined) this.#changed.add(account);
    else this.#changed.delete(account);
  }

  /** Whether the safety number was compared, and still holds. */
  isVerified(peer: Peer): boolean {
    return !isRoom(peer) && this.#verified.has(peer);
  }

  /** Takes changes; what says nothing new, or is about oneself, moves nobody. */
  apply(changes: readonly RosterChange[]): Movements {
    const before = new Map(this.#known);
    const touched = new Set<AccountId>();
    const kicked = new Set<AccountId>();
    for (const { account, name, change } of changes) {
      const person = read({ account, name });
      // Who removes a device neither comes nor goes.
      if (person === undefined || change === "devices" || change === "deleted") continue;
      touched.add(person.account);
      if (change === "kicked") kicked.add(person.account);
      else kicked.delete(person.account);
      const isGone = change === "offline" || change === "kicked";
      const isOnline = change === "online" ||
        (!isGone && this.#known.get(person.account)?.isOnline === true);
      this.#known.set(person.account, { ...person, isOnline });
      if (isGone) this.#busy.delete(person.account);
    }
    touched.delete(this.own.account);
    const moved = [...touched].map((account) => this.#known.get(account))
      .filter((person) => person !== undefined);
    const wasOnline = (person: Known) => before.get(person.account)?.isOnline === true;
    const left = moved.filter((person) => !person.isOnline && wasOnline(person));
    return {
      joined: moved.filter((person) => person.isOnline && !wasOnline(person)),
      left: left.filter(({ account }) => !kicked.has(account)),
      kicked: left.filter(({ account }) => kicked.has(account)),
      registered: moved.filter((person) => !person.isOnline && !before.has(person.account)),
    };
  }

  /** Somebody else by exactly their name or id, as `user:message` asks (row S0.21). */
  find(text: string): Person | undefined {
    const parsed = parseAccountName(text);
    const known = parsed.ok ? this.#known.get(parsed.id) : undefined;
    if (known === undefined || known.account === this.own.account) return undefined;
    return text === known.name || text === known.account ? known : undefined;
  }

  /** Whom a name brings to mind that `find` does not know: written otherwise, or oneself. */
  resemble(text: string): Person | "own" | undefined {
    const parsed = parseAccountName(text);
    if (!parsed.ok) return undefined;
    return parsed.id === this.own.account ? "own" : this.#known.get(parsed.id);
  }

  /** The name to show for an account, and the number of a room. */
  nameOf(peer: Peer): string {
    return isRoom(peer) ? peer : this.#known.get(peer)?.name ?? peer;
  }

  /** Everyone else, for completion and suggestions. */
  get others(): readonly Person[] {
    return [...this.#known.values()].filter(({ account }) => account !== this.own.account);
  }

  /** Everyone else, with all that a list says of them. */
  get listed(): readonly ListedPerson[] {
    return [...this.#known.values()].filter(({ account }) => account !== this.own.account)
      .map((person) => ({
        ...person,
        isBusy: this.#busy.has(person.account),
        trust: this.#changed.has(person.account)
          ? "changed"
          : this.#verified.has(person.account)
          ? "verified"
          : "unverified",
      }));
  }

  /** The nearest known name to a mistyped one. */
  suggest(name: string): string | undefined {
    return suggest(name, this.others.map((person) => person.name));
  }

  /** Who is there now, oneself included, in the order of their names. */
  get active(): readonly Person[] {
    return [...this.#known.values()].filter(({ isOnline }) => isOnline)
      .sort((a, b) => a.account < b.account ? -1 : 1);
  }
}

/** A server that gives an account another's name is shown by the account (SR-46). */
function read({ account, name }: { account: string; name: string }): Person | undefined {
  const id = parseAccountId(account);
  if (id === undefined) return undefined;
  const parsed = parseAccountName(name);
  return { account: id, name: parsed.ok && parsed.id === id ? parsed.name : id };
}
