/** Prometheus' text format 0.0.4, as what is counted is written in. */

import type { Histogram } from "../../base/histogram.ts";

/** What stands behind the metric's name, `{state="new"}` or `_sum`, and the number. */
export type Sample = readonly [suffix: string, value: number];

/** One metric with its numbers. */
export interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A number without labels; none where it is not known. */
export function one(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [["", value]];
}

/** Goes up and down. */
export function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "gauge", help, samples };
}

/** Since the start. */
export function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "counter", help, samples };
}

/** How long something took. */
export function histogram(name: string, help: string, times: Histogram): Metric {
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
export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics.map(format).join("");
}

function format({ name, type, help, samples }: Metric): string {
  const full = name.startsWith("process_") ? name : `heliograph_${name}`;
  const lines = samples.map(([suffix, value]) => `${full}${suffix} ${value}`);
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines, ""].join("\n");
}
