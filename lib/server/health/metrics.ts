/** What is counted, in Prometheus' text format 0.0.4. Numbers only: no name of an account, room, file or video (SR-59). */

import { VERSION } from "../../base/version.ts";
import type { Operator } from "./operator.ts";
import type { ServerServices } from "../serving/server_services.ts";
import { COMMIT_BOUNDS_SECONDS, type CommitTimes } from "../store/sqlite/commit_times.ts";

/** What stands behind the metric's name, `{state="new"}` or `_sum`, and the number. */
type Sample = readonly [suffix: string, value: number];

interface Metric {
  /** Left out: `heliograph_`. */
  readonly prefix?: "heliograph_" | "process_";
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
}

const STATES = ["new", "stranger", "unlinked", "ready"] as const;

/** Everything at this moment. Throws StorageError. */
export async function collectMetrics(
  operator: Operator,
  process: { loopLagSeconds: number },
): Promise<string> {
  const { parts, strangers } = operator;
  const { accounts, total } = await countAccounts(operator);
  const connections = operator.connectionFacts();
  const sum = (of: (facts: typeof connections[number]) => number) =>
    connections.reduce((whole, facts) => whole + of(facts), 0);
  const { rss, heapUsed } = Deno.memoryUsage();
  const metrics: readonly Metric[] = [
    gauge("info", "What runs.", [[`{version="${VERSION}",deno="${Deno.version.deno}"}`, 1]]),
    gauge("uptime_seconds", "Since the server was opened.", one(operator.upSeconds)),
    gauge(
      "connections",
      "Open connections by the state of their session.",
      STATES.map((state) => [
        `{state="${state}"}`,
        connections.filter((facts) => facts.state === state).length,
      ]),
    ),
    counter("connections_total", "Connections that were accepted.", one(operator.accepted)),
    counter(
      "connections_refused_total",
      "Connections of strangers that were ended for newcomers, or found no place.",
      [[`{reason="displaced"}`, strangers.displaced], [`{reason="full"}`, strangers.refused]],
    ),
    counter(
      "connections_overdue_total",
      "Connections that were ended because nobody had signed in at their deadline.",
      one(strangers.overdue),
    ),
    gauge(
      "sources_blocked",
      "Addresses and networks whose connections the system drops for a minute, because they came again and again.",
      one(strangers.blocked),
    ),
    counter("sign_ins_total", "Sessions that signed in.", one(parts.presence.sessionsSoFar)),
    counter("sign_in_failures_total", "Passwords that were wrong.", one(parts.signIns.failures)),
    counter("packets_total", "Packets that clients sent.", one(operator.packets)),
    gauge("people_online", "Accounts with a connection.", one(parts.presence.onlineCount)),
    gauge("accounts", "Accounts there are.", one(accounts)),
    counter("broadcasts_total", "Broadcasts that were said.", one(total)),
    gauge("queued_bytes", "Waiting to be sent.", [
      [`{lane="control"}`, sum(({ controlBytes }) => controlBytes)],
      [`{lane="bulk"}`, sum(({ bulkBytes }) => bulkBytes)],
    ]),
    counter("messages_total", "Messages that were stored.", one(parts.mailboxes.messages)),
    counter(
      "deliveries_total",
      "Messages and changes of conversations that a device has acknowledged.",
      one(parts.mailboxes.acknowledged),
    ),
    counter(
      "refusals_total",
      "Requests that were refused, by the failure code.",
      [...operator.refusals].sort().map(([code, times]) => [`{code="${code}"}`, times]),
    ),
    ...await storeMetrics(parts),
    gauge("video_streams", "Videos under way.", one(sum(({ streams }) => streams))),
    gauge(
      "draining",
      "1 once the end was ordered.",
      one(parts.ending.planned === undefined ? 0 : 1),
    ),
    gauge("loop_lag_seconds", "How late the event loop was last.", one(process.loopLagSeconds)),
    gauge("resident_memory_bytes", "Memory of the process.", one(rss)),
    gauge("heap_bytes", "Of it, what the program holds.", one(heapUsed)),
    // The names that stock dashboards look for.
    ofProcess(gauge("resident_memory_bytes", "Resident memory size in bytes.", one(rss))),
    ofProcess(gauge("start_time_seconds", "When it was opened.", one(operator.startedMs / 1000))),
  ];
  return metrics.map(format).join("");
}

async function storeMetrics({ commitTimes, database }: ServerServices): Promise<readonly Metric[]> {
  const { databaseBytes, freeBytes } = await database.sizes();
  const some = (value: number | undefined) => value === undefined ? [] : one(value);
  return [
    {
      name: "commit_seconds",
      type: "histogram",
      help: "How long what clients write waits for the disk.",
      samples: commitSamples(commitTimes),
    },
    counter(
      "commit_failures_total",
      "Commits that failed, for lack of room or worse.",
      one(commitTimes.failed),
    ),
    gauge("database_bytes", "The database and its log.", some(databaseBytes)),
    gauge("disk_free_bytes", "Left on the disk of the database.", some(freeBytes)),
  ];
}

async function countAccounts({ parts: { store } }: Operator) {
  const { total: accounts } = await store.listAccounts({ limit: 1 });
  const { latest } = await store.listBroadcasts({ after: 0, sinceMs: 0, limit: 1 });
  return { accounts, total: latest };
}

function one(value: number): readonly Sample[] {
  return [["", value]];
}

function ofProcess(metric: Metric): Metric {
  return { ...metric, prefix: "process_" };
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "gauge", help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "counter", help, samples };
}

/** Cumulative, as the format has it: each bucket counts those below it, too. */
function commitSamples({ counts, total, totalSeconds }: CommitTimes): readonly Sample[] {
  let below = 0;
  const buckets = COMMIT_BOUNDS_SECONDS.map((bound, i): Sample => {
    below += counts[i];
    return [`_bucket{le="${bound}"}`, below];
  });
  return [
    ...buckets,
    [`_bucket{le="+Inf"}`, total],
    ["_sum", totalSeconds],
    ["_count", total],
  ];
}

function format({ prefix = "heliograph_", name, type, help, samples }: Metric): string {
  const full = `${prefix}${name}`;
  const lines = samples.map(([suffix, value]) => `${full}${suffix} ${value}`);
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines, ""].join("\n");
}
