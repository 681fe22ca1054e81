/**
 * Calls of one process that name the same account, device, conversation or upload are made in the order in which they came, as
 * `Store` says, whichever connections they take; others side by side. It keeps no promise between nodes: locks do.
 */

import { encodeHex } from "../../../base/bytes.ts";
import type { CallName } from "../store.ts";
import { SINGLE_CALLS, type SingleName } from "./calls.ts";

/** Reads go side by side; those that are gathered go into one queue, and come there in their order; a write is alone. */
type Kind = "read" | "gathered" | "write";

/** The last call of those that name something. None of its promises rejects. */
interface Last {
  readonly kind: Kind;
  /** What it had to wait for: others of its kind wait for that too. */
  readonly before: Promise<unknown>;
  readonly started: Promise<unknown>;
  /** It has ended, and all before it. */
  readonly done: Promise<unknown>;
}

/** Fields of the calls that say what a call is about. */
const NAMING: ReadonlySet<string> = new Set([
  ...["account", "device", "conversation", "peer", "added", "replaces", "by"],
  ...["sender", "reader", "upload", "hash", "tokenHash", "members", "admits", "expels"],
]);

/**
 * What brings a device its envelopes is waited for by nobody: it may as well see what came after it. Else a hundred who read would
 * part what they append, which is gathered, into as many transactions: each append waits for the read of its sender, and all of
 * the conversation for that one.
 */
const UNAWAITED: ReadonlySet<CallName> = new Set(["listWaiting", "filterWaiting", "fetch"]);
/**
 * A log is read for who was told of what is in it, which is committed by then, from where the reader says. What nobody was told of
 * is looked for again and again.
 */
const FREE: ReadonlySet<CallName> = new Set(["fetch", "filterWaiting"]);

/** The calls under way. */
export class CallOrder {
  readonly #last = new Map<string, Last>();
  readonly #underWay = new Set<Promise<unknown>>();

  /** Runs `action` after all calls before that it could see, or that could see it. One that names nothing sees all. */
  run<T>(name: CallName, args: readonly unknown[], action: () => Promise<T>): Promise<T> {
    const kind = kindOf(name);
    const named = namedIn(args);
    const before = this.#beforeOf(name, { kind, named });
    const waiting = before.length === 0 ? undefined : Promise.all(before);
    const running = waiting === undefined ? action() : waiting.then(action);
    const ended = this.#track(running);
    if (UNAWAITED.has(name)) return running;
    const started = waiting ?? NOTHING;
    const lasts = named.map((one) => [one, this.#follow(one, { kind, started, ended })] as const);
    ended.then(() => {
      for (const [one, last] of lasts) if (this.#last.get(one) === last) this.#last.delete(one);
    });
    return running;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Resolves when it has ended, either way. */
  #track(running: Promise<unknown>): Promise<unknown> {
    const ended: Promise<unknown> = running.then(ignore, ignore).then(() =>
      this.#underWay.delete(ended)
    );
    this.#underWay.add(ended);
    return ended;
  }

  #beforeOf(
    name: CallName,
    { kind, named }: { readonly kind: Kind; readonly named: readonly string[] },
  ): Promise<unknown>[] {
    if (FREE.has(name)) return [];
    return named.length === 0 ? [...this.#underWay] : this.#waitFor(named, kind);
  }

  #waitFor(named: readonly string[], kind: Kind): Promise<unknown>[] {
    return named.flatMap((one) => {
      const last = this.#last.get(one);
      if (last === undefined) return [];
      if (last.kind !== kind || kind === "write") return [last.done];
      return [kind === "gathered" ? last.started : last.before];
    });
  }

  #follow(
    named: string,
    { kind, started, ended }: {
      readonly kind: Kind;
      readonly started: Promise<unknown>;
      readonly ended: Promise<unknown>;
    },
  ): Last {
    const before = this.#last.get(named);
    const isTogether = before?.kind === kind && kind !== "write";
    const last: Last = {
      kind,
      before: isTogether ? before.before : before?.done ?? NOTHING,
      started,
      done: isTogether ? Promise.all([before.done, ended]) : ended,
    };
    this.#last.set(named, last);
    return last;
  }
}

const NOTHING = Promise.resolve();
const ignore = () => {};

function kindOf(name: CallName): Kind {
  if (name === "append" || name === "acknowledge") return "gathered";
  const single: SingleName = name;
  return SINGLE_CALLS[single].effect;
}

/** What the arguments of a call name, each once. */
function namedIn(args: readonly unknown[]): readonly string[] {
  const named = new Set<string>();
  const collect = (value: unknown, isName: boolean) => {
    if (typeof value === "string") {
      if (isName) named.add(value);
    } else if (value instanceof Uint8Array) {
      if (isName) named.add(encodeHex(value));
    } else if (Array.isArray(value)) {
      for (const one of value) collect(one, isName);
    } else if (typeof value === "object" && value !== null) {
      for (const [field, one] of Object.entries(value)) collect(one, NAMING.has(field));
    }
  };
  for (const value of args) collect(value, true);
  return [...named];
}
