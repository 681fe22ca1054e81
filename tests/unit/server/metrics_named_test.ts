/** What dashboards, alerts and pages name is what a server counts. */

import assert from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { collectMetrics } from "../../../lib/server/health/metrics.ts";
import { Operator } from "../../../lib/server/health/operator.ts";
import { TestServer } from "../../kit/test_server.ts";

const FILES = [
  "docs/operating.md",
  "docs/nodes.md",
  "packaging/grafana/heliograph.json",
  "packaging/prometheus/heliograph.rules.yml",
  "tests/fixtures/alerts.yml",
];

/** Names as a query has them: a histogram has three. Labels of each. */
async function counted(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  await using server = await TestServer.open();
  const operator = new Operator(server.parts, server.host, {
    certificates: () => ({ ca: 1000, leaf: 1000 }),
  });
  const body = await collectMetrics(operator, {
    loopLagSeconds: 0,
    metricsCertificateUntilMs: systemClock.nowMs(),
    spoolBytes: 0,
  });
  const names = new Map<string, Set<string>>();
  for (const [, name, type] of body.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const suffixes = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    for (const suffix of suffixes) names.set(name + suffix, new Set(["instance", "job"]));
  }
  // Nothing was refused yet.
  names.get("heliograph_refusals_total")?.add("code");
  for (const [, name, labels = ""] of body.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    for (const [, label] of labels.matchAll(/([a-z]+)="/g)) names.get(name)?.add(label);
  }
  return names;
}

Deno.test("metrics that dashboard, alerts and the operator's page name are counted, with their labels", async () => {
  const names = await counted();
  for (const file of FILES) {
    const text = (await Deno.readTextFile(file)).replaceAll('\\"', '"');
    const named = [...text.matchAll(/\b((?:heliograph|process)_[a-z_]+)(?:\{([^}]*)\})?/g)];
    assert.ok(named.length > 2, file);
    for (const [, name, labels = ""] of named) {
      const has = names.get(name);
      assert.ok(has !== undefined, `${file}: ${name}`);
      for (const [, label] of labels.matchAll(/([a-z]+)(?==)/g)) {
        assert.ok(has.has(label), `${file}: ${name} has no label ${label}`);
      }
    }
  }
});

Deno.test("SR-59: no metric has a label that could grow with people", async () => {
  const labels = new Set([...(await counted()).values()].flatMap((has) => [...has]));
  // Of `code` there are as many as the protocol has failure codes; the others are few and fixed.
  const known = ["instance", "job", "state", "reason", "lane", "code", "certificate", "le"];
  assert.deepEqual([...labels].toSorted(), [...known, "version", "deno"].toSorted());
});

Deno.test("the dashboard shows every metric that is counted", async () => {
  const text = await Deno.readTextFile("packaging/grafana/heliograph.json");
  const leftOut = [
    // The same as process_resident_memory_bytes, and as uptime_seconds.
    "heliograph_resident_memory_bytes",
    "process_start_time_seconds",
  ];
  for (const name of (await counted()).keys()) {
    if (/_(?:sum|count)$/.test(name) || leftOut.includes(name)) continue;
    assert.ok(text.includes(name), name);
  }
});
