/** What is counted, for Prometheus. Numbers only: no name of an account, room, file or video (SR-59). */

import type { Histogram } from "../../base/histogram.ts";
import { VERSION } from "../../base/version.ts";
import type { ServerServices } from "../serving/server_services.ts";
import type { Operator } from "./operator.ts";
import process from "node:process";

const STATES = ["new", "stranger", "unlinked", "ready"] as const;

/** What the one who shows them knows besides. */
export interface ShownBeside {
  /** How late the event loop was last. */
  readonly loopLagSeconds: number;
  /** Of the certificate that they are shown in; undefined without one. */
  readonly metricsCertificateUntilMs: number | undefined;
  /** What uploads have on the disk. */
  readonly spoolBytes: number | undefined;
}

/** Everything at this moment. Throws StorageError. */
export async function collectMetrics(operator: Operator, beside: ShownBeside): Promise<string> {
  return formatMetrics([
    gauge("info", "What runs.", [[`{version="${VERSION}",deno="${Deno.version.deno}"}`, 1]]),
    gauge("uptime_seconds", "Since the server was opened.", one(operator.upSeconds)),
    ...connectionMetrics(operator),
    ...await accountMetrics(operator),
    ...requestMetrics(operator),
    ...await diskMetrics(operator.parts, beside),
    gauge(
      "certificate_expiry_timestamp_seconds",
      "Until when each certificate is good: the CA that clients pin, the leaf below it, and the one of the metrics.",
      certificateSamples(operator, beside),
    ),
    ...processMetrics(operator, beside),
  ]);
}

function connectionMetrics(operator: Operator): readonly Metric[] {
  const { strangers } = operator;
  const connections = operator.connectionFacts();
  const sum = (of: (facts: typeof connections[number]) => number) =>
    connections.reduce((whole, facts) => whole + of(facts), 0);
  return [
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
      "Connections of strangers that were ended for newcomers, or had no place.",
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
    gauge("queued_bytes", "Waiting to be sent.", [
      [`{lane="control"}`, sum(({ controlBytes }) => controlBytes)],
      [`{lane="bulk"}`, sum(({ bulkBytes }) => bulkBytes)],
    ]),
    gauge("video_streams", "Videos under way.", one(sum(({ streams }) => streams))),
  ];
}

async function accountMetrics({ parts }: Operator): Promise<readonly Metric[]> {
  const { total: accounts } = await parts.store.listAccounts({ limit: 1 });
  const { latest } = await parts.store.listBroadcasts({ after: 0, sinceMs: 0, limit: 1 });
  return [
    counter("sign_ins_total", "Sessions that signed in.", one(parts.presence.sessionsSoFar)),
    counter("sign_in_failures_total", "Passwords that were wrong.", one(parts.signIns.failures)),
    gauge(
      "people_online",
      "Accounts with a connection, at any node.",
      one(parts.presence.onlineCount),
    ),
    gauge(
      "node_people_online",
      "Accounts with a connection to this node.",
      one(parts.presence.hereCount),
    ),
    gauge("nodes", "Nodes that this one hears of, and itself.", one(parts.bus.others.length + 1)),
    gauge("accounts", "Accounts there are.", one(accounts)),
    counter("broadcasts_total", "Broadcasts that were said.", one(latest)),
  ];
}

function requestMetrics(operator: Operator): readonly Metric[] {
  const { mailboxes } = operator.parts;
  return [
    counter("packets_total", "Packets that clients sent.", one(operator.packets)),
    counter("messages_total", "Messages that were stored.", one(mailboxes.messages)),
    counter(
      "deliveries_total",
      "Messages and changes of conversations that a device has acknowledged.",
      one(mailboxes.acknowledged),
    ),
    counter(
      "refusals_total",
      "Requests that were refused, by the failure code.",
      [...operator.refusals].sort().map(([code, times]) => [`{code="${code}"}`, times]),
    ),
    histogram(
      "request_seconds",
      "How long requests wait for their answer, refused ones too.",
      operator.requestSeconds,
    ),
  ];
}

async function diskMetrics(
  { commitTimes, database, library, spool }: ServerServices,
  { spoolBytes }: ShownBeside,
): Promise<readonly Metric[]> {
  const { databaseBytes, freeBytes } = await database.sizes();
  return [
    histogram(
      "commit_seconds",
      "How long what clients write waits for the disk.",
      commitTimes.seconds,
    ),
    counter(
      "commit_failures_total",
      "Commits that failed, for lack of room or worse.",
      one(commitTimes.failed),
    ),
    gauge("database_bytes", "The database and its log.", one(databaseBytes)),
    gauge("spool_bytes", "Files on their way, on the disk of the data.", one(spoolBytes)),
    gauge(
      "spool_pending_bytes",
      "Of uploads, bytes that wait for the disk.",
      one(spool.pendingBytes),
    ),
    gauge("frames_bytes", "Pictures of videos in the cache folder.", one(library.frameBytes)),
    gauge("disk_free_bytes", "Left on the disk of the database.", one(freeBytes)),
  ];
}

function certificateSamples(
  operator: Operator,
  { metricsCertificateUntilMs }: ShownBeside,
): readonly Sample[] {
  const { ca, leaf } = operator.certificatesUntilMs;
  return Object.entries({ ca, leaf, metrics: metricsCertificateUntilMs }).flatMap(
    ([name, untilMs]) => one(untilMs).map(([, value]) => [`{certificate="${name}"}`, value / 1000]),
  );
}

function processMetrics(operator: Operator, beside: ShownBeside): readonly Metric[] {
  const { rss, heapUsed } = Deno.memoryUsage();
  const { user, system } = process.cpuUsage();
  const { draining, ending } = operator.parts;
  const isDraining = ending.planned !== undefined || draining.isOrdered;
  return [
    gauge(
      "draining",
      "1 once the end was ordered, or the node gives its people away.",
      one(isDraining ? 1 : 0),
    ),
    gauge("loop_lag_seconds", "How late the event loop was last.", one(beside.loopLagSeconds)),
    gauge("resident_memory_bytes", "Memory of the process.", one(rss)),
    gauge("heap_bytes", "Of it, what the program holds.", one(heapUsed)),
    // The names that stock dashboards look for. Deno shows nobody the open descriptors of its process.
    counter(
      "process_cpu_seconds_total",
      "Total user and system CPU time spent in seconds.",
      one((user + system) / 1_000_000),
    ),
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", one(rss)),
    gauge(
      "process_start_time_seconds",
      "Start time of the process since unix epoch in seconds.",
      one(operator.startedMs / 1000),
    ),
  ];
}

// Prometheus' text format 0.0.4, as what is counted is written in.

/** What stands behind the metric's name, `{state="new"}` or `_sum`, and the number. */
type Sample = readonly [suffix: string, value: number];

/** One metric with its numbers. */
interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A number without labels; none where it is not known. */
function one(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [["", value]];
}

/** Goes up and down. */
function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "gauge", help, samples };
}

/** Since the start. */
function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "counter", help, samples };
}

/** How long something took. */
function histogram(name: string, help: string, times: Histogram): Metric {
  return { name, type: "histogram", help, samples: histogramSamples(times) };
}

/** Cumulative, as the format has it: each bucket counts those below it, too. */
function histogramSamples({ bounds, counts, total, sum }: Histogram): readonly Sample[] {
  let below = 0;
  const buckets = bounds.map((bound, i): Sample => {
    below += counts[i];
    return [`_bucket{le="${bound}"}`, below];
  });
  return [...buckets, [`_bucket{le="+Inf"}`, total], ["_sum", sum], ["_count", total]];
}

/** All of them. */
function formatMetrics(metrics: readonly Metric[]): string {
  return metrics.map(format).join("");
}

function format({ name, type, help, samples }: Metric): string {
  const full = name.startsWith("process_") ? name : `heliograph_${name}`;
  const lines = samples.map(([suffix, value]) => `${full}${suffix} ${value}`);
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines, ""].join("\n");
}
