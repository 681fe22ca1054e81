/**
 * How large a server can get, from what the bench of several processes measured and from what is assumed of people, machines and
 * prices (`assumptions.json`). Only arithmetic: `docs/scale.md` says what it means. `fitOf` turns measured points into costs of one
 * message; `planFor` what so many devices need.
 */

/** One row of `tests/bench/workers_bench.ts`: CPU in µs a delivery of server, PostgreSQL and NATS, and what a message writes. */
export interface Point {
  readonly processes: number;
  /** Devices of each conversation that get a message. */
  readonly deliveries: number;
  readonly messagesPerSecond: number;
  readonly serverMicros: number;
  readonly postgresMicros: number;
  readonly natsMicros: number;
  readonly rows: number;
  readonly logKb: number;
  readonly busKb: number;
}

/** Everything that the plan rests on. What is no measured point may be changed by whoever plans. */
export interface Assumptions {
  readonly points: readonly Point[];
  /** Of a device that is connected and says nothing. */
  readonly idle: { readonly kib: number; readonly coreShare: number };
  /** A process before anybody comes. */
  readonly processMib: number;
  readonly signInMillis: number;
  /** How people use it. */
  readonly use: {
    readonly devicesPerPerson: number;
    /** Of all devices, in the busiest hour. */
    readonly onlineShare: number;
    readonly textsPerPersonDay: number;
    /** Of a day's texts. */
    readonly busiestHourShare: number;
    /** Devices that get a text, on average. */
    readonly devicesReached: number;
    readonly fileMbPerPersonDay: number;
    /** Of all texts, those that wait for a device that is away, and how long it is. */
    readonly waitingShare: number;
    readonly waitingDays: number;
    readonly waitingKb: number;
  };
  /** How much of each is used at most, and where one more machine does not help. */
  readonly limits: {
    readonly connectionsPerProcess: number;
    readonly busyShare: number;
    readonly fileCpuSecondsPerGb: number;
    readonly postgresCores: number;
    readonly postgresConnections: number;
    readonly postgresConnectionsPerProcess: number;
    readonly rowsPerSecond: number;
    readonly logMbPerSecond: number;
    readonly busMbPerSecond: number;
  };
  /** Of a month, in any currency. */
  readonly prices: {
    readonly core: number;
    readonly gib: number;
    readonly diskGb: number;
    readonly trafficGb: number;
  };
}

/** What one message costs: `base`, and more for each device that gets it and each process beyond the first. */
export interface Cost {
  readonly base: number;
  readonly perDelivery: number;
  readonly perProcess: number;
}

/** What can be read off a point for one message. */
const OF_A_MESSAGE = {
  serverMicros: (point: Point) => point.serverMicros * point.deliveries,
  postgresMicros: (point: Point) => point.postgresMicros * point.deliveries,
  natsMicros: (point: Point) => point.natsMicros * point.deliveries,
  rows: (point: Point) => point.rows,
  logKb: (point: Point) => point.logKb,
  busKb: (point: Point) => point.busKb,
} as const;

/** A kind of cost. */
export type CostName = keyof typeof OF_A_MESSAGE;

/** What each kind costs. */
export type Costs = Readonly<Record<CostName, Cost>>;

/** A measured point beside what the costs say of it. */
export interface Checked {
  readonly point: Point;
  readonly name: CostName;
  readonly measured: number;
  readonly modelled: number;
}

/** What so many devices need in the busiest hour. */
export interface Plan {
  readonly devices: number;
  readonly connections: number;
  readonly textsPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly processes: number;
  readonly processesBy: "connections" | "processor";
  readonly serverCores: number;
  readonly memoryGib: number;
  readonly postgresCores: number;
  readonly busCores: number;
  readonly rowsPerSecond: number;
  readonly logMbPerSecond: number;
  readonly busMbPerSecond: number;
  readonly diskGb: number;
  /** Until those of a process that ended have signed in at the others. */
  readonly comeBackSeconds: number;
  /** What is used of what one more process gives no more of; 1: all of it. */
  readonly filled: Filled;
  readonly monthlyPrice: number;
}

/** Shares. What is highest fills first. */
export type Filled = Readonly<
  Record<
    | "PostgreSQL's processor"
    | "PostgreSQL's connections"
    | "rows a second"
    | "PostgreSQL's log"
    | "the bus"
    | "news that each process reads",
    number
  >
>;

const SECONDS_PER_HOUR = 3600;
const DAYS_PER_MONTH = 30;

/** Least squares over all measured points, nothing below 0. Throws where they do not determine it. */
export function fitOf(points: readonly Point[]): Costs {
  const fitted = Object.entries(OF_A_MESSAGE).map(([name, read]) => {
    // Relative errors count: a point of 2 ms must not drown one of 0.2 ms.
    const rows = points.map((point) => {
      const value = Math.max(read(point), Number.MIN_VALUE);
      return [1, point.deliveries, point.processes - 1].map((one) => one / value);
    });
    const [base, perDelivery, perProcess] = solveFor(rows);
    return [name, { base, perDelivery, perProcess }];
  });
  // The cast: one of each name.
  return Object.fromEntries(fitted) as Costs;
}

/** Of one message that so many devices get, over so many processes. */
export function costOf(
  { base, perDelivery, perProcess }: Cost,
  { deliveries, processes }: Pick<Point, "deliveries" | "processes">,
): number {
  return base + perDelivery * deliveries + perProcess * (processes - 1);
}

/** Each measured point beside the model. */
export function checkOf(points: readonly Point[], costs: Costs = fitOf(points)): Checked[] {
  return points.flatMap((point) =>
    Object.entries(OF_A_MESSAGE).map(([key, read]) => {
      const name = key as CostName;
      return { point, name, measured: read(point), modelled: costOf(costs[name], point) };
    })
  );
}

/** What so many devices need. */
export function planFor(devices: number, assumptions: Assumptions): Plan {
  const { idle, processMib, signInMillis, limits } = assumptions;
  const load = loadOf(devices, assumptions);
  const costs = fitOf(assumptions.points);
  const { processes, by, serverCores, newsShare } = processesFor(load, costs, assumptions);
  const { connections, textsPerSecond, deliveries } = load;
  const each = (name: CostName) => costOf(costs[name], { deliveries, processes });
  const postgresCores = textsPerSecond * each("postgresMicros") / 1e6;
  const busCores = processes === 1 ? 0 : textsPerSecond * each("natsMicros") / 1e6;
  const rowsPerSecond = textsPerSecond * each("rows");
  const logMbPerSecond = textsPerSecond * each("logKb") / 1000;
  const busMbPerSecond = processes === 1 ? 0 : textsPerSecond * each("busKb") / 1000;
  const memoryGib = (processes * processMib + connections * idle.kib / 1024) / 1024;
  const filled: Filled = {
    "PostgreSQL's processor": postgresCores / limits.busyShare / limits.postgresCores,
    "PostgreSQL's connections": processes * limits.postgresConnectionsPerProcess /
      limits.postgresConnections,
    "rows a second": rowsPerSecond / limits.rowsPerSecond,
    "PostgreSQL's log": logMbPerSecond / limits.logMbPerSecond,
    "the bus": busMbPerSecond / limits.busMbPerSecond,
    "news that each process reads": newsShare,
  };
  const cores = (serverCores + postgresCores + busCores) / limits.busyShare;
  return {
    ...{ devices, connections, textsPerSecond, deliveriesPerSecond: textsPerSecond * deliveries },
    ...{
      processes,
      processesBy: by,
      serverCores,
      memoryGib,
      postgresCores,
      busCores,
      rowsPerSecond,
    },
    ...{ logMbPerSecond, busMbPerSecond, diskGb: load.diskGb, filled },
    comeBackSeconds: connections / processes * signInMillis / 1000 / Math.max(1, processes - 1),
    monthlyPrice: priceOf({ cores, memoryGib, ...load }, assumptions),
  };
}

/** What so many devices do in the busiest hour. */
interface Demand {
  readonly connections: number;
  readonly textsPerSecond: number;
  /** Of one text. */
  readonly deliveries: number;
  readonly filesGbPerSecond: number;
  readonly diskGb: number;
  readonly trafficGbPerMonth: number;
}

function loadOf(devices: number, { use }: Assumptions): Demand {
  const people = devices / use.devicesPerPerson;
  const textsPerDay = people * use.textsPerPersonDay;
  const fileGbPerDay = people * use.fileMbPerPersonDay / 1000;
  const inBusiestSecond = use.busiestHourShare / SECONDS_PER_HOUR;
  return {
    connections: devices * use.onlineShare,
    textsPerSecond: textsPerDay * inBusiestSecond,
    deliveries: use.devicesReached,
    filesGbPerSecond: fileGbPerDay * inBusiestSecond,
    diskGb: textsPerDay * use.waitingShare * use.waitingDays * use.waitingKb / 1e6,
    trafficGbPerMonth: fileGbPerDay * DAYS_PER_MONTH,
  };
}

/** As many as the connections need, and more while the processor is too busy: each more costs a little of every message itself. */
function processesFor(
  { connections, textsPerSecond, deliveries, filesGbPerSecond }: Demand,
  { serverMicros }: Costs,
  { idle, limits }: Assumptions,
) {
  const least = Math.max(1, Math.ceil(connections / limits.connectionsPerProcess));
  const newsCores = textsPerSecond * serverMicros.perProcess / 1e6;
  const newsShare = newsCores / limits.busyShare;
  const coresOf = (processes: number) =>
    textsPerSecond * costOf(serverMicros, { deliveries, processes }) / 1e6 +
    connections * idle.coreShare + filesGbPerSecond * limits.fileCpuSecondsPerGb;
  let processes = least;
  // With news that fill a process no number of them is enough.
  while (coresOf(processes) > processes * limits.busyShare && newsShare < 1) processes++;
  return {
    processes,
    by: processes > least ? "processor" as const : "connections" as const,
    serverCores: coresOf(processes),
    newsShare: processes === 1 ? 0 : newsShare,
  };
}

function priceOf(
  { cores, memoryGib, diskGb, trafficGbPerMonth }: Demand & {
    readonly cores: number;
    readonly memoryGib: number;
  },
  { prices }: Assumptions,
): number {
  return cores * prices.core + memoryGib * prices.gib + diskGb * prices.diskGb +
    trafficGbPerMonth * prices.trafficGb;
}

/** Unknowns of 0 or more, with which each row comes nearest to 1: the best of those in which some are 0. */
function solveFor(rows: readonly (readonly number[])[]): readonly number[] {
  const count = rows[0]?.length ?? 0;
  let best: { readonly unknowns: readonly number[]; readonly error: number } | undefined;
  for (let subset = 1; subset < 2 ** count; subset++) {
    const columns = Array.from({ length: count }, (_, i) => i).filter((i) =>
      (subset >> i & 1) === 1
    );
    const solved = solve(rows.map((row) => columns.map((i) => row[i])));
    if (solved === undefined && columns.length === count) {
      throw new Error("The measured points do not determine the costs");
    }
    if (solved === undefined || solved.some((one) => one < 0)) continue;
    const unknowns = Array.from({ length: count }, (_, i) => solved[columns.indexOf(i)] ?? 0);
    const error = rows.reduce(
      (sum, row) => sum + (row.reduce((all, one, i) => all + one * unknowns[i], 0) - 1) ** 2,
      0,
    );
    if (best === undefined || error < best.error) best = { unknowns, error };
  }
  return best?.unknowns ?? Array(count).fill(0);
}

/** The normal equations of 1 = row · unknowns, by Gauss and Jordan. Undefined where they have no one solution. */
function solve(rows: readonly (readonly number[])[]): number[] | undefined {
  const count = rows[0].length;
  const table = Array.from({ length: count }, (_, i) => [
    ...Array.from({ length: count }, (_, j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0)),
    rows.reduce((sum, row) => sum + row[i], 0),
  ]);
  const scale = Math.max(...table.flat().map(Math.abs));
  for (let i = 0; i < count; i++) {
    const pivot = table.slice(i).reduce((best, row) =>
      Math.abs(row[i]) > Math.abs(best[i]) ? row : best
    );
    if (Math.abs(pivot[i]) < scale * 1e-12) return undefined;
    table.splice(table.indexOf(pivot), 1);
    table.splice(i, 0, pivot);
    for (const [j, row] of table.entries()) {
      if (j === i) continue;
      const factor = row[i] / pivot[i];
      for (let k = i; k <= count; k++) row[k] -= factor * pivot[k];
    }
  }
  return table.map((row, i) => row[count] / row[i]);
}
