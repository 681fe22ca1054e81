import { deepEqual, equal, match, ok } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { judgeLines } from "../../tools/coverage.ts";
import { counts } from "../../tools/doc_lint.ts";
import { inLanes } from "../../tools/gate_report.ts";
import { readJunit } from "../../tools/junit.ts";
import { CLIENT_PERMISSIONS, SERVER_PERMISSIONS } from "../../tools/permissions.ts";
import { describeLong, withResult } from "../../tools/long.ts";
import { Importers, nearestTests } from "../../tools/nearest_tests.ts";
import { choosePrograms } from "../../tools/programs.ts";
import { judgeSkips, readSkips } from "../../tools/skips.ts";
import { groupFiles, groupPermissions, namedGroups, TEST_GROUPS } from "../../tools/test_groups.ts";
import { PROJECT_ROOT } from "./layers.ts";

const config = JSON.parse(readFileSync(join(PROJECT_ROOT, "deno.json"), "utf8"));

const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="6" failures="1" errors="1" time="0.1">
    <testsuite name="./tests/unit/a_test.ts" tests="5" disabled="2" errors="0" failures="1">
        <testcase name="reads &lt;a&gt; &amp; &apos;b&apos; &#39;c&#39;" classname="x" line="1">
        </testcase>
        <testcase name="breaks" classname="x">
            <failure message="m">text &lt;skipped/&gt;</failure>
        </testcase>
        <testcase name="reads &lt;a&gt; &amp; &apos;b&apos; &#39;c&#39; &gt; step" classname="x">
        </testcase>
        <testcase name="needs a camera" classname="x">
            <skipped/>
        </testcase>
        <testcase name="a &gt; b" classname="x">
        </testcase>
    </testsuite>
    <testsuite name="./tests/unit/b_test.ts" tests="1" disabled="0" errors="1" failures="0">
        <testcase name="hangs" classname="x">
            <error message="Cancelled"/>
        </testcase>
    </testsuite>
</testsuites>`;

Deno.test("junit report tells tests that passed, failed and were skipped, without steps", () => {
  deepEqual(readJunit(JUNIT), {
    passed: 2,
    failed: [
      { name: "tests/unit/a_test.ts: breaks", reason: "text <skipped/>" },
      { name: "tests/unit/b_test.ts: hangs", reason: "" },
    ],
    skipped: ["tests/unit/a_test.ts: needs a camera"],
  });
});

Deno.test("junit report names the file of a failed test that a kit made, by the stack", () => {
  const report = (stack: string) => `
    <testsuite name="./tests/scenarios/kit.ts" tests="1">
        <testcase name="plays" classname="x">
            <failure message="m">AssertionError: no
    at file:///somewhere/${stack}:9:5</failure>
        </testcase>
    </testsuite>`;
  const named = (stack: string) => readJunit(report(stack)).failed.map(({ name }) => name);
  deepEqual(named("tests/scenarios/a_test.ts"), ["tests/scenarios/a_test.ts: plays"]);
  deepEqual(named("lib/a.ts"), ["tests/scenarios/kit.ts: plays"]);
});

Deno.test("junit report of a run that broke before its first test is empty", () => {
  deepEqual(readJunit(""), { passed: 0, failed: [], skipped: [] });
});

const SKIP_RULES = {
  kept: readSkips(
    "# a comment\ntmux tests/a_test.ts: draws (needs tmux)\nmount tests/b_test.ts: fills\n",
  ),
  has: (need: string) => need === "mount",
};

Deno.test("gate lets a test be skipped that is kept in the list and needs what is not here", () => {
  equal(judgeSkips(["tests/a_test.ts: draws (needs tmux)"], SKIP_RULES), "");
  equal(judgeSkips([], SKIP_RULES), "");
});

Deno.test("gate catches a skip that is not in the list, and one whose need is here", () => {
  match(judgeSkips(["tests/a_test.ts: sleeps"], SKIP_RULES), /not in tests\/skips: .*sleeps/);
  match(judgeSkips(["tests/b_test.ts: fills"], SKIP_RULES), /lack of mount, which is here/);
});

Deno.test("gate catches a skip of another system that nobody named, and lets a named one pass", () => {
  const kept = readSkips("Linux tests/c_test.ts: walls\nunix tests/d_test.ts: signals\n");
  const on = (system: string) => ({ kept, has: (need: string) => need === system });
  equal(judgeSkips(["tests/c_test.ts: walls", "tests/d_test.ts: signals"], on("")), "");
  match(judgeSkips(["tests/d_test.ts: signals"], on("unix")), /lack of unix, which is here/);
  match(judgeSkips(["tests/e_test.ts: sleeps"], on("")), /not in tests\/skips: .*sleeps/);
});

Deno.test("what macOS and Windows skip is named, in files that are there, and nothing twice", () => {
  const elsewhere = readSkips(readFileSync(join(PROJECT_ROOT, "tests/skips_elsewhere"), "utf8"));
  ok(elsewhere.length > 50);
  equal(new Set(elsewhere.map(({ test }) => test)).size, elsewhere.length);
  for (const { need, test } of elsewhere) {
    ok(["Linux", "unix"].includes(need), need);
    ok(existsSync(join(PROJECT_ROOT, test.split(": ")[0])), test);
  }
});

Deno.test("every test that may be skipped is there by that name", () => {
  for (const { test } of readSkips(readFileSync(join(PROJECT_ROOT, "tests/skips"), "utf8"))) {
    const at = test.indexOf(": ");
    ok(
      readFileSync(join(PROJECT_ROOT, test.slice(0, at)), "utf8").includes(test.slice(at + 2)),
      test,
    );
  }
});

function lcov(module: string, reached: number, lines: number): string {
  const data = Array.from({ length: lines }, (_, i) => `DA:${i + 1},${i < reached ? 7 : 0}\n`);
  return `SF:${PROJECT_ROOT}/lib/${module}/a.ts\n${data.join("")}end_of_record\n`;
}

Deno.test("lanes go side by side, and what is in one of them one after the other", async () => {
  const began: string[] = [];
  const other = Promise.withResolvers<void>();
  const outcomes = await inLanes([["first", "second"], ["other"]], async (name, since) => {
    began.push(name);
    if (name === "other") other.resolve();
    // It ends only if the other lane has begun.
    if (name === "first") await other.promise;
    equal(since.cpuSeconds, undefined);
    return { passed: name === "second" ? 0 : 1, failed: name === "second" ? 1 : 0 };
  });
  deepEqual(began, ["first", "other", "second"]);
  deepEqual(outcomes.map(({ failed }) => failed), [0, 1, 0]);
});

Deno.test("coverage passes at 95 lines of 100 and is caught at 94", () => {
  const rest = lcov("protocol", 1, 1) + lcov("crypto", 1, 1) + lcov("tui", 0, 9);
  equal(judgeLines(PROJECT_ROOT, lcov("base", 95, 100) + rest), "");
  match(judgeLines(PROJECT_ROOT, lcov("base", 94, 100) + rest), /^lib\/base: 94.0 % .*\n.*6 not/);
});

Deno.test("coverage catches a module that no test reaches", () => {
  match(judgeLines(PROJECT_ROOT, lcov("base", 1, 1)), /^lib\/protocol: 0 %.*\nlib\/crypto: 0 %/);
});

Deno.test("doc lint counts what is exported and not what is inside it", () => {
  ok(counts("missing-jsdoc", "export class Outbox {"));
  ok(!counts("missing-jsdoc", "  constructor(clock: Clock) {"));
  ok(counts("missing-return-type", "export function push() {"));
  ok(!counts("private-type-ref", "export type DeviceId = Branded<1>;"));
});

Deno.test("programs are chosen by the ending and by words of their names", () => {
  const files = ["sixel_bench.ts", "kit.ts", "packet_bench.ts", "sixel_bench_kit.ts"];
  const choice = { folder: "tests/bench", ending: "_bench.ts", names: [], limitMs: 1 };
  deepEqual(choosePrograms(files, choice), ["packet_bench.ts", "sixel_bench.ts"]);
  deepEqual(choosePrograms(files, { ...choice, names: ["six"] }), ["sixel_bench.ts"]);
});

Deno.test("the tests of a change are those that changed, then those that import it, the nearest first", () => {
  const nearest = (changed: readonly string[], most = 3) =>
    nearestTests(
      changed,
      [
        "tests/unit/base/bytes_test.ts",
        "tests/unit/base/ids_test.ts",
        "tests/unit/net/quic_test.ts",
      ],
      most,
    );
  deepEqual(nearest(["tests/unit/net/quic_test.ts"]).chosen, ["tests/unit/net/quic_test.ts"]);
  deepEqual(nearest(["lib/base/ids.ts"]), { chosen: ["tests/unit/base/ids_test.ts"], left: 0 });
  const [first, ...rest] = nearest(["lib/base/bytes.ts"]).chosen;
  equal(first, "tests/unit/base/bytes_test.ts");
  ok(rest.length > 0, "the others import it too");
  equal(nearest(["lib/base/bytes.ts"], 1).left, rest.length);
  deepEqual(nearest(["docs/bench.md"]), { chosen: [], left: 0 });
});

Deno.test("tests of a source are those that reach it, by the fewest imports first", () => {
  const kit = "tests/kit/prepared.ts";
  const direct = "tests/unit/base/ids_test.ts";
  const indirect = "tests/unit/client/store/chain_test.ts";
  const none = "tests/unit/base/rate_test.ts";
  const lib = ["lib/client/store/chain.ts", "lib/base/ids.ts"];
  const importers = new Importers([...lib, kit, none, indirect, direct]);
  deepEqual(importers.testsOf("lib/base/ids.ts", [none, indirect, direct]).at(0), direct);
  ok(!importers.testsOf("lib/base/ids.ts", [none]).includes(none));
  deepEqual(importers.testsOf(lib[0], [none, indirect, direct]), [indirect]);
});

Deno.test("the result of the long runs says when, of what, and what came out, the last of each", () => {
  const facts = { date: "2026-11-23", commit: "67662f8", deno: "2.9.6", seed: "7" };
  const crash = { name: "crash soak", isGood: false, minutes: 2, said: "lost one" };
  const mutants = { name: "mutants", isGood: true, minutes: 95, said: "3 mutants: 3 killed" };
  let text = "";
  for (
    const result of [crash, mutants, { ...crash, isGood: true, said: "lost none (of 5)" }]
  ) text = withResult(text, describeLong(facts, result));
  const of = "(date 2026-11-23, commit 67662f8, deno 2.9.6, seed 7)";
  deepEqual(text.split("\n").slice(1), [
    `ok 95 min mutants ${of}: 3 mutants: 3 killed`,
    `ok 2 min crash soak ${of}: lost none (of 5)`,
    "",
  ]);
});

Deno.test("tasks start the programs with the permissions that are compiled in", () => {
  // Quiet: while it loads a worker Deno writes escape sequences, and what a program prints may be a picture.
  // And nobody is asked for news of Deno.
  const start = "DENO_NO_UPDATE_CHECK=1 deno run --quiet";
  const { server, client, demo } = config.tasks;
  equal(server.command, [start, ...SERVER_PERMISSIONS, "server.ts"].join(" "));
  equal(client.command, [start, ...CLIENT_PERMISSIONS, "client.ts"].join(" "));
  equal(demo.command, [start, ...CLIENT_PERMISSIONS, "client.ts demo"].join(" "));
  deepEqual(demo.dependencies, ["setup"]);
});

Deno.test("the linter runs the house rules, and tests run with the sanitizers on", () => {
  deepEqual(config.lint.plugins, ["./tests/tools/house_rules.ts"]);
  deepEqual(config.test, { sanitizeOps: true, sanitizeResources: true });
});

Deno.test("imports are pinned to one version", () => {
  for (const [name, target] of Object.entries(config.imports)) {
    match(String(target), /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/, name);
  }
});

/** Packages that ts-mls imports when they are there, and those that decision 0005 keeps for what is still to come. */
const NOT_IMPORTED: readonly RegExp[] = [
  /^@noble\/(ciphers|curves|post-quantum)$/,
  /^@hpke\//,
  /^smol-toml$/,
];

Deno.test("every package of deno.json is imported, or there for a reason that is written down", () => {
  const sources = ["lib", "tests", "tools"].flatMap((folder) => typescriptBelow(folder))
    // It lists packages without importing them.
    .filter((path) => !path.endsWith("compile.ts"));
  const text = sources.map((path) => readFileSync(path, "utf8")).join("\n");
  for (const name of Object.keys(config.imports)) {
    if (NOT_IMPORTED.some((pattern) => pattern.test(name))) continue;
    // By its name or a path in it; a wasm file is read out of node_modules.
    const used = [`"${name}"`, `"${name}/`, `node_modules/${name}/`].some((use) =>
      text.includes(use)
    );
    ok(used, name);
  }
});

function typescriptBelow(folder: string): string[] {
  return [...Deno.readDirSync(join(PROJECT_ROOT, folder))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      return ["tests/tmp", "tests/node_modules"].includes(path) ? [] : typescriptBelow(path);
    }
    return name.endsWith(".ts") ? [join(PROJECT_ROOT, path)] : [];
  });
}

Deno.test("narrow test groups may not run programs, load native code or leave this machine", () => {
  for (const group of TEST_GROUPS.filter(({ isNarrow }) => isNarrow)) {
    const granted = groupPermissions(group).map((flag) => flag.split("=")[0]);
    const allowed = ["--no-prompt", "--allow-read", "--allow-write", "--allow-net", "--allow-env"];
    deepEqual(granted, allowed);
  }
});

Deno.test("every test file is in exactly one group of the gate", () => {
  const files = TEST_GROUPS.flatMap((group) => groupFiles(group, PROJECT_ROOT));
  deepEqual(files.length, new Set(files).size);
  const all = { ...TEST_GROUPS[0], folder: "tests" };
  deepEqual(files.sort(), groupFiles(all, PROJECT_ROOT));
});

Deno.test("the README gives the test command that CI runs", () => {
  const script = readFileSync(join(PROJECT_ROOT, ".ci/run"), "utf8");
  const version = script.match(/npx -y deno@(\S+?)\)/)?.[1];
  const readme = readFileSync(join(PROJECT_ROOT, "README.md"), "utf8");
  for (const task of ["demo", "test"]) {
    ok(readme.includes(`npx -y deno@${version} task ${task}`), `README lacks task ${task}`);
  }
});

Deno.test("a release passes the gate of a change, and both call the README's test command", () => {
  const workflow = (name: string) =>
    readFileSync(join(PROJECT_ROOT, ".github/workflows", name), "utf8");
  const command = readFileSync(join(PROJECT_ROOT, "README.md"), "utf8")
    .match(/^npx -y deno@\S+ task test/m)?.[0] ?? "no command";
  for (const how of ["", " --kept", " --oldest", " --compiled", " --sample"]) {
    match(workflow("ci.yml"), new RegExp(`run: ${command}${how}$`, "m"));
  }
  match(workflow("release.yml"), /gate:\n +uses: \.\/\.github\/workflows\/ci\.yml/);
  match(workflow("release.yml"), /build:\n +needs: gate/);
  ok(readFileSync(join(PROJECT_ROOT, ".ci/bare"), "utf8").includes(`${command} "$@"`));
});

Deno.test("what is named is a group, or a test file with the permissions of its group", () => {
  const root = PROJECT_ROOT;
  const files = ["tests/unit/base/bytes_test.ts", "tests/unit/base/scope_test.ts"];
  const [core, vectors] = namedGroups([files[0], "vectors", files[1]], { root }) ?? [];
  deepEqual([core.name, core.isPart, groupFiles(core, root)], ["core", true, files]);
  deepEqual([vectors.name, vectors.isPart], ["vectors", undefined]);
  deepEqual(groupPermissions(core), groupPermissions(TEST_GROUPS[1]));
  equal(namedGroups(["vectors", "tests/unit/base/nothing_test.ts"], { root }), undefined);
});
