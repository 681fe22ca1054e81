/**
 * Who may connect: so many in all, so many that have not signed in, and so many of those from one source. Where there is no
 * place, a stranger gives way to a newcomer, so that nobody keeps others out by holding on (decision 0048). Places are shared among
 * networks first, then among the sources of each: one rented machine has thousands of sources.
 */

import { UNAUTHENTICATED_MAX, UNAUTHENTICATED_PER_ADDRESS_MAX } from "../../protocol/limits.ts";
import { networkOf, sourceOf } from "../addresses/address.ts";

/** How many connections there may be at once. */
export interface AdmissionLimits {
  /** All connections. Keep it below the descriptor limit: at that, `accept` fails for everybody. */
  readonly connections: number;
  readonly unauthenticated?: number;
  readonly unauthenticatedPerAddress?: number;
}

/** The place of one connection. It counts as unauthenticated until `signIn`; `release` gives the place back. */
export interface Admission {
  /** It has come half the way, and counts with those who have. Calling twice is fine. */
  advance(): void;
  /** Calling twice is fine. */
  signIn(): void;
  /**
   * It was told to go and its descriptor is not given back yet: it keeps no stranger out any more, but still counts in all.
   * Calling twice is fine.
   */
  leave(): void;
  /** Calling twice is fine. */
  release(): void;
}

/** Why a newcomer gets no place: all are of people who have signed in. */
export type AdmissionRefusal = "server-full";

/**
 * By whose doing a stranger goes: that of its source, which came too often, did nothing or left; that of its network, which
 * has more places than others; or that of others alone.
 */
export type Blame = "source" | "network" | "others";

/** Is told who comes and goes, by their sources. */
export interface DoorWatch {
  /** A stranger has gone or was told to go. */
  gone(source: string, blame: Blame): void;
  /** A stranger has signed in. */
  signedIn(source: string): void;
  /** Somebody who had signed in has gone. */
  left(source: string): void;
}

const NOTHING = () => {};

/** Counts the connections of one server. Everything is decided at once, without waiting. */
export class AdmissionControl {
  readonly #limits: Required<AdmissionLimits>;
  readonly #places: Places;
  #displaced = 0;
  #refused = 0;

  constructor(limits: AdmissionLimits, watch?: DoorWatch) {
    this.#limits = {
      unauthenticated: UNAUTHENTICATED_MAX,
      unauthenticatedPerAddress: UNAUTHENTICATED_PER_ADDRESS_MAX,
      ...limits,
    };
    this.#places = {
      ...{ connections: 0, unauthenticated: 0, leaving: 0 },
      sources: new Map(),
      networks: new Map(),
      bySize: new BySize(),
      watch,
    };
  }

  get connections(): number {
    return this.#places.connections;
  }

  get unauthenticated(): number {
    return this.#places.unauthenticated;
  }

  /** Those who were told to go and whose descriptors are not back. */
  get leaving(): number {
    return this.#places.leaving;
  }

  /** Strangers who gave way to newcomers so far. */
  get displaced(): number {
    return this.#displaced;
  }

  /** Newcomers who got no place so far. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * A place for a connection from `ip`, or why there is none. `onDisplaced` is called when it has to give way to another: its
   * owner MUST end it at once, and give the place back when that is done.
   */
  admit(ip: string, onDisplaced: () => void): Admission | AdmissionRefusal {
    const source = sourceOf(ip);
    const { connections, unauthenticated, unauthenticatedPerAddress } = this.#limits;
    const places = this.#places;
    const own = places.sources.get(source);
    if (own !== undefined && sizeOf(own) >= unauthenticatedPerAddress) {
      this.#displace(larger(own), "source");
    } else if (
      places.unauthenticated >= unauthenticated || places.connections >= connections
    ) {
      if (places.unauthenticated === 0) {
        this.#refused++;
        return "server-full";
      }
      const largest = places.bySize.largest;
      // Who is there alone has done nothing to be sent away for.
      const blame = largest !== undefined && largest.size > 1 ? "network" : "others";
      this.#displace(largest?.groups.largest, blame);
    }
    return new Place(places, source, onDisplaced);
  }

  /**
   * The oldest of the group gives way. A group is what one source has at one stage; where all places are taken it is the largest
   * of the largest network. So networks share the places evenly and the sources of each share its own, who gets on is safe from
   * those of the same source who do not, and who is quick from those who hold on.
   */
  #displace(group: Group | undefined, blame: Blame): void {
    const oldest = group?.values().next().value;
    if (oldest === undefined) return;
    this.#displaced++;
    oldest.displace(blame);
  }
}

/** In the order in which they came to it. */
type Group = Set<Place>;

/** What one source has: those who have just come, and those who have come half the way. */
interface Source {
  readonly network: Network;
  readonly come: Group;
  readonly advanced: Group;
}

/** What the sources of one network have together. */
interface Network {
  readonly name: string;
  size: number;
  readonly groups: BySize<Group>;
}

/** Who is there. */
interface Places {
  connections: number;
  unauthenticated: number;
  leaving: number;
  readonly sources: Map<string, Source>;
  readonly networks: Map<string, Network>;
  readonly bySize: BySize<Network>;
  readonly watch: DoorWatch | undefined;
}

function sizeOf({ come, advanced }: Source): number {
  return come.size + advanced.size;
}

function larger({ come, advanced }: Source): Group {
  return come.size >= advanced.size ? come : advanced;
}

/** Finds the largest without looking at all: a flood asks thousands of times a second. */
class BySize<Item extends { readonly size: number }> {
  /** By their size; those that have been of it longest are first. */
  readonly #items: Set<Item>[] = [];

  get largest(): Item | undefined {
    for (let size = this.#items.length - 1; size > 0; size--) {
      const first = this.#items[size]?.values().next().value;
      if (first !== undefined) return first;
      // Nobody comes back to a size at once: what is empty at the end is not looked at again.
      this.#items.length = size;
    }
    return undefined;
  }

  /** Every change of an item's size MUST be made in here. */
  change(item: Item, make: () => void): void {
    this.#items[item.size]?.delete(item);
    make();
    if (item.size > 0) (this.#items[item.size] ??= new Set()).add(item);
  }
}

/** One for each connection: a class, so that ten thousand of them do not have their functions each. */
class Place implements Admission {
  readonly #places: Places;
  readonly #source: string;
  #onDisplaced: () => void;
  #state: "come" | "advanced" | "leaving" | "signed-in" | "released" = "come";

  constructor(
    places: Places,
    source: string,
    onDisplaced: () => void,
  ) {
    this.#places = places;
    this.#source = source;
    this.#onDisplaced = onDisplaced;
    places.connections++;
    places.unauthenticated++;
    let own = places.sources.get(source);
    if (own === undefined) {
      own = { network: this.#network(), come: new Set(), advanced: new Set() };
      places.sources.set(source, own);
    }
    this.#change(own, "come", 1);
  }

  advance(): void {
    if (this.#state !== "come") return;
    this.#state = "advanced";
    const own = this.#places.sources.get(this.#source);
    if (own === undefined) return;
    this.#change(own, "come", -1);
    this.#change(own, "advanced", 1);
  }

  signIn(): void {
    this.#endStrangeness("signed-in");
  }

  leave(): void {
    this.#endStrangeness("leaving");
  }

  /** For a newcomer. */
  displace(blame: Blame): void {
    const onDisplaced = this.#onDisplaced;
    this.#endStrangeness("leaving", blame);
    onDisplaced();
  }

  release(): void {
    if (this.#state === "released") return;
    if (this.#state === "leaving") this.#places.leaving--;
    if (this.#state === "signed-in") this.#places.watch?.left(this.#source);
    this.#endStrangeness("released");
    this.#state = "released";
    this.#places.connections--;
  }

  #endStrangeness(next: "leaving" | "signed-in" | "released", blame: Blame = "source"): void {
    if (this.#state !== "come" && this.#state !== "advanced") return;
    const stage = this.#state;
    this.#state = next;
    if (next === "leaving") this.#places.leaving++;
    // What it holds would stay as long as the connection.
    this.#onDisplaced = NOTHING;
    const { sources, watch } = this.#places;
    this.#places.unauthenticated--;
    if (next === "signed-in") watch?.signedIn(this.#source);
    else watch?.gone(this.#source, blame);
    const own = sources.get(this.#source);
    if (own === undefined) return;
    this.#change(own, stage, -1);
    if (sizeOf(own) === 0) sources.delete(this.#source);
    if (own.network.size === 0) this.#places.networks.delete(own.network.name);
  }

  #network(): Network {
    const { networks } = this.#places;
    const name = networkOf(this.#source);
    const found = networks.get(name);
    if (found !== undefined) return found;
    const made = { name, size: 0, groups: new BySize<Group>() };
    networks.set(name, made);
    return made;
  }

  /** Enters a group, or leaves it. */
  #change(own: Source, stage: "come" | "advanced", by: 1 | -1): void {
    const { network, [stage]: group } = own;
    this.#places.bySize.change(network, () => {
      network.size += by;
      network.groups.change(group, () => by > 0 ? group.add(this) : group.delete(this));
    });
  }
}
