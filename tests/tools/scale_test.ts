/** The plan of `docs/scale.md`. */

import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { ASSUMPTIONS, changedBy } from "../../tools/scale/assumptions.ts";
import { checkOf, costOf, fitOf, planFor, type Point } from "../../tools/scale/model.ts";

/** A point of costs that are known. */
function point(processes: number, deliveries: number): Point {
  const micros = (100 + 10 * deliveries + 20 * (processes - 1)) / deliveries;
  return {
    ...{ processes, deliveries, messagesPerSecond: 1, rows: 2 + deliveries / 10, logKb: 1 },
    ...{ serverMicros: micros, postgresMicros: micros / 2, natsMicros: 1 / deliveries },
    busKb: processes,
  };
}

Deno.test("costs are found again in points that were made of them", () => {
  const points = [point(1, 4), point(2, 4), point(4, 4), point(1, 99), point(4, 99)];
  const { serverMicros, postgresMicros, rows, busKb } = fitOf(points);
  const near = (one: number, other: number) => ok(Math.abs(one - other) < 1e-6, `${one}, ${other}`);
  near(serverMicros.base, 100);
  near(serverMicros.perDelivery, 10);
  near(serverMicros.perProcess, 20);
  near(costOf(postgresMicros, { deliveries: 10, processes: 3 }), 120);
  near(rows.perDelivery, 0.1);
  near(busKb.perProcess, 1);
  throws(() => fitOf([point(1, 4), point(1, 4)]), /do not determine/);
});

Deno.test("what the page plans with is within a half of every measured point", () => {
  const checked = checkOf(ASSUMPTIONS.points)
    .filter(({ name }) => name === "serverMicros" || name === "postgresMicros");
  ok(checked.length >= 12);
  for (const { point: { processes, deliveries }, name, measured, modelled } of checked) {
    const ratio = modelled / measured;
    ok(ratio > 0.5 && ratio < 1.5, `${name}, ${processes} processes, ${deliveries}: ${ratio}`);
  }
});

Deno.test("a plan follows what is assumed", () => {
  const [small, large] = [1_000, 1_000_000].map((devices) => planFor(devices, ASSUMPTIONS));
  equal(small.processes, 1);
  equal(small.busMbPerSecond, 0);
  ok(large.processes > 1 && large.busMbPerSecond > 0);
  ok(Math.abs(large.textsPerSecond / small.textsPerSecond - 1_000) < 1e-6);
  const talkative = changedBy({
    use: { textsPerPersonDay: 2 * ASSUMPTIONS.use.textsPerPersonDay },
  });
  const more = planFor(1_000_000, talkative);
  ok(Math.abs(more.textsPerSecond / large.textsPerSecond - 2) < 1e-6);
  ok(more.postgresCores > 1.9 * large.postgresCores && more.monthlyPrice > large.monthlyPrice);
  // Ten thousand texts a day of everybody: no number of processes is enough, and the plan says so.
  const flood = planFor(1_000_000, changedBy({ use: { textsPerPersonDay: 1e5 } }));
  ok(flood.filled["news that each process reads"] > 1);
});

Deno.test("what is no assumption is refused in words", () => {
  deepEqual(changedBy({}), ASSUMPTIONS);
  throws(() => changedBy({ use: { texts: 1 } }), { message: "There is no assumption use.texts" });
  throws(() => changedBy({ prices: { core: "20" } }), {
    message: "prices.core must be a number of 0 or more",
  });
  throws(() => changedBy([]), { message: "What is assumed must be an object" });
  throws(() => changedBy({ points: {} }), { message: "points must be a list" });
});
