/**
 * Judges what several people saw of the conversations that they had, through whatever went wrong meanwhile: what was
 * acknowledged must arrive, everything at most once, and in its order. Pure.
 */

/** Something that happened, in the order in which it was seen. `text` is unique to its sender. */
export type HistoryEvent =
  /** Somebody began to say something. */
  | { readonly type: "said"; readonly by: string; readonly to: string; readonly text: string }
  /** The server has acknowledged it. */
  | { readonly type: "acknowledged"; readonly by: string; readonly text: string }
  /** Somebody was shown it, in the conversation `to`: a person's name, or that of a room. */
  | {
    readonly type: "shown";
    readonly at: string;
    readonly by: string;
    readonly to: string;
    readonly text: string;
    /** Told to somebody who came later: it stands where it came. */
    readonly isToldAgain?: true;
  };

/** What may not be. */
export type Violation =
  /** Acknowledged, and somebody of the conversation was never shown it. */
  | "lost"
  /** Shown twice to the same person. */
  | "doubled"
  /** Shown to somebody after something that its sender said later in that conversation. */
  | "reordered"
  /** Shown, and never said by this sender in this conversation. */
  | "invented"
  /** Two people were shown two texts of a room in opposite orders. */
  | "disagreed"
  /** Acknowledged, and never said. */
  | "acknowledged unsaid";

/** A violation, and what it is about. */
export interface Finding {
  readonly violation: Violation;
  readonly by: string;
  readonly text: string;
  /** Who was shown it, or should have been. */
  readonly at: string | undefined;
}

type Said = Extract<HistoryEvent, { type: "said" }> & { readonly place: number };
type Shown = Extract<HistoryEvent, { type: "shown" }>;

/** `readers`: who is to be shown what is said in a conversation, but its sender. Finds everything that is wrong. */
export function checkHistory(
  events: readonly HistoryEvent[],
  readers: (to: string) => readonly string[],
): readonly Finding[] {
  const said = new Map<string, Said>();
  for (const [place, event] of events.entries()) {
    if (event.type === "said") said.set(keyOf(event), { ...event, place });
  }
  const shown = events.filter((event) => event.type === "shown");
  return [
    ...findLost(events, { said, shown, readers }),
    ...findWrongShows(shown, said),
    ...findDisagreements(shown),
  ];
}

function keyOf({ by, text }: { by: string; text: string }): string {
  return `${by}\n${text}`;
}

function findLost(
  events: readonly HistoryEvent[],
  { said, shown, readers }: {
    said: ReadonlyMap<string, Said>;
    shown: readonly Shown[];
    readers: (to: string) => readonly string[];
  },
): Finding[] {
  const seen = new Set(shown.map((event) => `${event.at}\n${keyOf(event)}`));
  return events.flatMap((event): Finding[] => {
    if (event.type !== "acknowledged") return [];
    const { by, text } = event;
    const of = said.get(keyOf(event));
    if (of === undefined) return [{ violation: "acknowledged unsaid", by, text, at: undefined }];
    return readers(of.to).filter((at) => at !== by && !seen.has(`${at}\n${keyOf(event)}`))
      .map((at) => ({ violation: "lost", by, text, at }));
  });
}

/** One pass over what each person was shown, in their order. */
function findWrongShows(shown: readonly Shown[], said: ReadonlyMap<string, Said>): Finding[] {
  const seen = new Set<string>();
  const lastPlace = new Map<string, number>();
  return shown.flatMap((event): Finding[] => {
    const { at, by, to, text } = event;
    const about = { by, text, at };
    const of = said.get(keyOf(event));
    if (of === undefined || of.to !== to) return [{ violation: "invented", ...about }];
    const key = `${at}\n${keyOf(event)}`;
    if (seen.has(key)) return [{ violation: "doubled", ...about }];
    seen.add(key);
    if (event.isToldAgain === true) return [];
    const line = `${at}\n${by}\n${to}`;
    const last = lastPlace.get(line) ?? -1;
    lastPlace.set(line, Math.max(last, of.place));
    return of.place < last ? [{ violation: "reordered", ...about }] : [];
  });
}

/** Of each conversation, what two people both were shown must stand in one order. */
function findDisagreements(shown: readonly Shown[]): Finding[] {
  const orders = new Map<string, Map<string, Map<string, Shown>>>();
  for (const event of shown) {
    if (event.isToldAgain === true) continue;
    const people = orders.get(event.to) ?? new Map<string, Map<string, Shown>>();
    orders.set(event.to, people);
    const order = people.get(event.at) ?? new Map<string, Shown>();
    people.set(event.at, order);
    if (!order.has(keyOf(event))) order.set(keyOf(event), event);
  }
  return [...orders.values()].flatMap((people) => {
    const all = [...people.values()];
    return all.flatMap((left, i) => all.slice(i + 1).flatMap((right) => findOpposite(left, right)));
  });
}

function findOpposite(
  left: ReadonlyMap<string, Shown>,
  right: ReadonlyMap<string, Shown>,
): Finding[] {
  const places = new Map([...left.keys()].map((key, place) => [key, place]));
  let last = -1;
  return [...right].flatMap(([key, { by, text, at }]): Finding[] => {
    const place = places.get(key);
    if (place === undefined) return [];
    const isBehind = place < last;
    last = Math.max(last, place);
    return isBehind ? [{ violation: "disagreed", by, text, at }] : [];
  });
}
