import { deepEqual, equal } from "node:assert/strict";
import { checkHistory, type HistoryEvent, type Violation } from "../../kit/history_checker.ts";

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  bob: ["bob"],
  "#ops": ["alice", "bob", "carol"],
};
const readers = (to: string) => MEMBERS[to] ?? [];

const said = (text: string, to = "bob", by = "alice"): HistoryEvent => ({
  type: "said",
  by,
  to,
  text,
});
const acknowledged = (text: string, by = "alice"): HistoryEvent => ({
  type: "acknowledged",
  by,
  text,
});
const shown = (text: string, at = "bob", to = "bob", by = "alice"): HistoryEvent => ({
  type: "shown",
  at,
  by,
  to,
  text,
});

/** A history without fault: two texts to bob, and one of each in a room of three. */
const GOOD: readonly HistoryEvent[] = [
  said("1"),
  said("2"),
  acknowledged("1"),
  shown("1"),
  acknowledged("2"),
  said("in the room", "#ops"),
  said("so am I", "#ops", "bob"),
  shown("2"),
  acknowledged("in the room"),
  acknowledged("so am I", "bob"),
  shown("in the room", "bob", "#ops"),
  shown("in the room", "carol", "#ops"),
  shown("so am I", "carol", "#ops", "bob"),
  shown("so am I", "alice", "#ops", "bob"),
];

Deno.test("a history in which everything arrived once and in its order has no findings", () => {
  deepEqual(checkHistory(GOOD, readers), []);
  deepEqual(checkHistory([], readers), []);
});

Deno.test("what nobody acknowledged may be missing, and may arrive", () => {
  deepEqual(checkHistory([said("1"), said("2"), shown("2")], readers), []);
});

const PLANTED: Readonly<Record<Violation, readonly HistoryEvent[]>> = {
  "lost": [said("3"), acknowledged("3")],
  "doubled": [shown("1")],
  "reordered": [said("3"), said("4"), shown("4"), shown("3")],
  "invented": [shown("never said")],
  "disagreed": [
    said("a", "#ops"),
    said("b", "#ops", "bob"),
    shown("a", "carol", "#ops"),
    shown("b", "carol", "#ops", "bob"),
    shown("b", "dave", "#ops", "bob"),
    shown("a", "dave", "#ops"),
  ],
  "acknowledged unsaid": [acknowledged("never said")],
};

for (const [violation, events] of Object.entries(PLANTED)) {
  Deno.test(`a planted violation is found: ${violation}`, () => {
    const found = checkHistory([...GOOD, ...events], readers);
    deepEqual([...new Set(found.map((finding) => finding.violation))], [violation]);
  });
}

Deno.test("what was said to somebody else is invented where it is shown", () => {
  const [finding] = checkHistory([said("1"), shown("1", "carol", "#ops")], readers);
  deepEqual(finding, { violation: "invented", by: "alice", text: "1", at: "carol" });
});

Deno.test("a text that one of three members was never shown is lost for that one", () => {
  const without = GOOD.filter((event) => !(event.type === "shown" && event.at === "carol"));
  const found = checkHistory(without, readers);
  deepEqual(found.map(({ violation, at }) => [violation, at]), [["lost", "carol"], [
    "lost",
    "carol",
  ]]);
});

Deno.test("a receiver who comes back in the middle is not out of order with itself", () => {
  const events = [said("1"), said("2"), said("3"), shown("1"), shown("2"), shown("2"), shown("3")];
  equal(checkHistory(events, readers).length, 1, "the doubled one only");
});

Deno.test("what is told again to who came later stands where it came, and only once", () => {
  const again: HistoryEvent = {
    ...{ type: "shown", at: "dave", by: "alice", to: "#ops", text: "in the room" },
    isToldAgain: true,
  };
  const events = [...GOOD, said("later", "#ops"), shown("later", "dave", "#ops"), again];
  deepEqual(checkHistory(events, readers), []);
  deepEqual(checkHistory([...events, again], readers).map(({ violation }) => violation), [
    "doubled",
  ]);
});
