/** What is counted, in Prometheus' text format 0.0.4. Numbers only: no name of an account, room, file or video (SR-59). */

import { VERSION } from "../../base/version.ts";
import type { Operator } from "../operator.ts";

type Sample = readonly [labels: string, value: number];

interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
}

const STATES = ["new", "stranger", "unlinked", "ready"] as const;

/** Everything at this moment. Throws StorageError. */
export async function collectMetrics(
  operator: Operator,
  process: { loopLagSeconds: number },
): Promise<string> {
  const { parts } = operator;
  const { accounts, total } = await countAccounts(operator);
  const connections = operator.connectionFacts();
  const sum = (of: (facts: typeof connections[number]) => number) =>
    connections.reduce((whole, facts) => whole + of(facts), 0);
  const { rss, heapUsed } = Deno.memoryUsage();
  const one = (value: number): readonly Sample[] => [["", value]];
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
    gauge("video_streams", "Videos under way.", one(sum(({ streams }) => streams))),
    gauge(
      "draining",
      "1 once the end was ordered.",
      one(parts.ending.planned === undefined ? 0 : 1),
    ),
    gauge("loop_lag_seconds", "How late the event loop was last.", one(process.loopLagSeconds)),
    gauge("resident_memory_bytes", "Memory of the process.", one(rss)),
    gauge("heap_bytes", "Of it, what the program holds.", one(heapUsed)),
  ];
  return metrics.map(format).join("");
}

async function countAccounts({ parts: { store } }: Operator) {
  const { total: accounts } = await store.listAccounts({ limit: 1 });
  const { latest } = await store.listBroadcasts({ after: 0, sinceMs: 0, limit: 1 });
  return { accounts, total: latest };
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "gauge", help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "counter", help, samples };
}

function format({ name, type, help, samples }: Metric): string {
  const full = `heliograph_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labels} ${value}`);
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines, ""].join("\n");
}
