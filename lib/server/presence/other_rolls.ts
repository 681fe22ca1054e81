/** Who is at the other nodes of the server, as those say. What they say may come late, twice, in another order, or not at all. */

import type { AccountId } from "../../base/ids.ts";
import type { RollChange, RollEvent, RollNews, RollPerson } from "../bus/roll_news.ts";

/** Of those that left, numbers are kept for words that were overtaken: so many of each node. */
const MAX_LEFT = 10_000;
/** What happened once, as numbers: more than a node keeps to say it again. */
const MAX_EVENTS = 2_000;

/** What one node has said. */
interface Roll {
  readonly people: Map<AccountId, { readonly number: number; readonly person: RollPerson }>;
  /** Who is not there, by the number that said so. */
  readonly left: Map<AccountId, number>;
  readonly events: Set<number>;
}

/** What was new in what a node said. */
export type RollUpdate =
  | { readonly is: "changed"; readonly person: RollPerson; readonly before?: RollPerson }
  | {
    readonly is: "gone";
    readonly before: RollPerson;
    readonly wasKicked: boolean;
  }
  | RollEvent;

const NONE: readonly RollPerson[] = [];

/** In memory. Who is told of what follows is its caller's. */
export class OtherRolls {
  readonly #rolls = new Map<string, Roll>();
  /** The same by account, and then by node. */
  readonly #people = new Map<AccountId, Map<string, RollPerson>>();

  has(account: AccountId): boolean {
    return this.#people.has(account);
  }

  /** What the nodes where it is say of it. */
  find(account: AccountId): readonly RollPerson[] {
    const people = this.#people.get(account);
    return people === undefined ? NONE : [...people.values()];
  }

  /** The instances of the nodes where it is, with what each says. */
  *placesOf(account: AccountId): Iterable<readonly [node: string, RollPerson]> {
    yield* this.#people.get(account) ?? [];
  }

  /** How many people a node has. */
  countAt(node: string): number {
    return this.#rolls.get(node)?.people.size ?? 0;
  }

  /** Takes what is new in it. Each update is done before the next one is asked for. */
  *hear({ node, changes, page }: RollNews): Iterable<RollUpdate> {
    const roll = this.#rollOf(node);
    for (const change of changes) {
      const update = this.#take(roll, node, change);
      if (update !== undefined) yield update;
    }
    if (page === undefined) return;
    const named = new Set(
      changes.map((change) => change.is === "here" ? change.person.account : undefined),
    );
    const isIn = (account: AccountId) =>
      (page.after === undefined || account > page.after) &&
      (page.upTo === undefined || account <= page.upTo);
    for (const [account, { number }] of roll.people) {
      if (number > page.number || named.has(account) || !isIn(account)) continue;
      const update = this.#leave(roll, node, { account, number: page.number, wasKicked: false });
      if (update !== undefined) yield update;
    }
  }

  /** The nodes that are there; what the others said holds no more. */
  *keep(nodes: ReadonlySet<string>): Iterable<RollUpdate> {
    for (const [node, roll] of this.#rolls) {
      if (nodes.has(node)) continue;
      for (const [account, { number }] of roll.people) {
        const update = this.#leave(roll, node, { account, number, wasKicked: false });
        if (update !== undefined) yield update;
      }
      this.#rolls.delete(node);
    }
  }

  #rollOf(node: string): Roll {
    let roll = this.#rolls.get(node);
    if (roll === undefined) {
      roll = { people: new Map(), left: new Map(), events: new Set() };
      this.#rolls.set(node, roll);
    }
    return roll;
  }

  #take(roll: Roll, node: string, change: RollChange): RollUpdate | undefined {
    switch (change.is) {
      case "here": {
        const { number, person } = change;
        const { account } = person;
        if (number <= numberOf(roll, account)) return undefined;
        const before = roll.people.get(account)?.person;
        roll.left.delete(account);
        roll.people.set(account, { number, person });
        const known = this.#people.get(account) ?? new Map<string, RollPerson>();
        this.#people.set(account, known.set(node, person));
        return { is: "changed", person, ...(before === undefined ? {} : { before }) };
      }
      case "gone":
        return this.#leave(roll, node, change);
      case "told":
      case "met": {
        if (roll.events.has(change.number)) return undefined;
        roll.events.add(change.number);
        trim(roll.events, MAX_EVENTS);
        return change;
      }
    }
  }

  #leave(
    roll: Roll,
    node: string,
    { account, number, wasKicked }: {
      readonly account: AccountId;
      readonly number: number;
      readonly wasKicked: boolean;
    },
  ): RollUpdate | undefined {
    if (number < numberOf(roll, account)) return undefined;
    roll.left.delete(account);
    roll.left.set(account, number);
    trim(roll.left, MAX_LEFT);
    const before = roll.people.get(account)?.person;
    if (before === undefined) return undefined;
    roll.people.delete(account);
    const known = this.#people.get(account);
    if (known?.delete(node) === true && known.size === 0) this.#people.delete(account);
    return { is: "gone", before, wasKicked };
  }
}

/** The highest number that was heard of it. */
function numberOf(roll: Roll, account: AccountId): number {
  return roll.people.get(account)?.number ?? roll.left.get(account) ?? -1;
}

/** The oldest go. */
function trim<Key>(kept: Set<Key> | Map<Key, unknown>, max: number): void {
  if (kept.size <= max) return;
  const [oldest] = kept.keys();
  kept.delete(oldest);
}
