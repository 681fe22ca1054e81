/** The plan as the tables of `docs/scale.md` and of `deno task scale`. */

import { markdownTable } from "../generate/command_pages.ts";
import { type Assumptions, checkOf, type CostName, fitOf, type Plan, planFor } from "./model.ts";

/** How many devices the page plans for. */
export const SIZES = [1_000, 10_000, 100_000, 1_000_000];

const NAMES: Readonly<Record<CostName, string>> = {
  serverMicros: "server, µs",
  postgresMicros: "PostgreSQL, µs",
  natsMicros: "NATS, µs",
  rows: "rows",
  logKb: "log, kB",
  busKb: "bus, kB",
};

/** Three figures that count, thousands apart. */
function shown(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString("en", { maximumFractionDigits: Math.min(digits, 6) });
}

/** What a message costs. */
export function costTable({ points }: Assumptions): string {
  return markdownTable(
    ["of one message", "itself", "for each device", "for each further process"],
    Object.entries(fitOf(points)).map(([name, { base, perDelivery, perProcess }]) => [
      // The cast: the costs have these names.
      ...[NAMES[name as CostName], shown(base), shown(perDelivery), shown(perProcess)],
    ]),
  );
}

/** Each measured point, and what the model says of it. */
export function checkTable({ points }: Assumptions): string {
  const checked = checkOf(points);
  return markdownTable(
    ["processes", "devices a message", ...Object.values(NAMES)],
    points.map((point) => [
      String(point.processes),
      String(point.deliveries),
      ...checked.filter((one) => one.point === point)
        .map(({ measured, modelled }) => `${shown(measured)} (${shown(modelled)})`),
    ]),
  );
}

const ROWS: Readonly<Record<string, (plan: Plan) => string>> = {
  "connected in the busiest hour": ({ connections }) => shown(connections),
  "texts a second": ({ textsPerSecond }) => shown(textsPerSecond),
  "deliveries a second": ({ deliveriesPerSecond }) => shown(deliveriesPerSecond),
  "processes": ({ processes, processesBy }) =>
    processes === 1 ? "1" : `${processes}, for ${processesBy}`,
  "cores that they use": ({ serverCores }) => shown(serverCores),
  "memory, GiB": ({ memoryGib }) => shown(memoryGib),
  "cores that PostgreSQL uses": ({ postgresCores }) => shown(postgresCores),
  "cores that NATS uses": ({ busCores }) => shown(busCores),
  "rows a second": ({ rowsPerSecond }) => shown(rowsPerSecond),
  "log, MB a second": ({ logMbPerSecond }) => shown(logMbPerSecond),
  "bus, MB a second": ({ busMbPerSecond }) => shown(busMbPerSecond),
  "disk for what waits, GB": ({ diskGb }) => shown(diskGb),
  "seconds until the people of a process that ended are back": ({ processes, comeBackSeconds }) =>
    processes === 1 ? "when it is back" : shown(comeBackSeconds),
  "a month": ({ monthlyPrice }) => shown(monthlyPrice),
};

/** What each number of devices needs. */
export function planTable(assumptions: Assumptions, sizes: readonly number[] = SIZES): string {
  const plans = sizes.map((devices) => planFor(devices, assumptions));
  return markdownTable(
    ["devices", ...plans.map(({ devices }) => shown(devices))],
    Object.entries(ROWS).map(([name, read]) => [name, ...plans.map(read)]),
  );
}

/** What one more process gives no more of, and how much of it is used. */
export function filledTable(assumptions: Assumptions, sizes: readonly number[] = SIZES): string {
  const plans = sizes.map((devices) => planFor(devices, assumptions));
  const names = Object.keys(plans[0].filled) as (keyof Plan["filled"])[];
  return markdownTable(
    ["devices", ...plans.map(({ devices }) => shown(devices))],
    names.map((name) => [
      name,
      ...plans.map(({ filled }) => `${shown(filled[name] * 100)} %`),
    ]),
  );
}
