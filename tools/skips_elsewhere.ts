/**
 * Writes `tests/skips_elsewhere`: the tests that macOS and Windows skip because of the system, by name. It loads the test files as if
 * this were such a system, notes what they would leave out, and runs nothing. By hand, when the gate on such a system names a test.
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";
import { groupFiles, TEST_GROUPS } from "./test_groups.ts";

const HEAD =
  "# Tests that only Linux runs (Linux), or every system but Windows (unix). Written by tools/skips_elsewhere.ts.";

type Given = string | Deno.TestDefinition | ((context: Deno.TestContext) => unknown);

/** The tests that are left out on this kind of system, `file: test`. This process is of no other use afterwards. */
async function leftOut(os: typeof Deno.build.os): Promise<string[]> {
  const found: string[] = [];
  let file = "";
  const note = (given: Given, options?: Partial<Deno.TestDefinition>) => {
    const named = typeof given === "string" ? { name: given } : given;
    const ignore = options?.ignore ?? ("ignore" in named ? named.ignore : false);
    if (ignore === true) found.push(`${file}: ${named.name}`);
  };
  Object.defineProperty(Deno, "build", { value: { ...Deno.build, os } });
  Object.defineProperty(Deno, "test", { value: note });
  for (const path of TEST_GROUPS.flatMap((group) => groupFiles(group, PROJECT_ROOT))) {
    if (!Deno.readTextFileSync(join(PROJECT_ROOT, path)).includes("ignore")) continue;
    file = path;
    await import(pathToFileURL(join(PROJECT_ROOT, path)).href);
  }
  return found;
}

/** The same in a process of its own, since it changes what the runtime says of itself. */
async function askFor(os: string): Promise<Set<string>> {
  const config = join(PROJECT_ROOT, "deno.json");
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-check", "--unstable-net", "--config", config],
      ...[new URL(import.meta.url).pathname, os],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new Set(JSON.parse(new TextDecoder().decode(stdout)));
}

if (import.meta.main) {
  const [os] = Deno.args;
  if (os === "windows" || os === "darwin" || os === "linux") {
    const names = await leftOut(os);
    console.log(JSON.stringify(names));
    // Nothing that a test file opened holds this up.
    Deno.exit(0);
  }
  const here = await askFor("linux");
  const [windows, macos] = [await askFor("windows"), await askFor("darwin")];
  const lines = [...new Set([...windows, ...macos])].filter((test) => !here.has(test))
    .map((test) => `${macos.has(test) ? "Linux" : "unix"} ${test}`).sort();
  Deno.writeTextFileSync(
    join(PROJECT_ROOT, "tests/skips_elsewhere"),
    [HEAD, ...lines, ""].join("\n"),
  );
  console.error(`tests/skips_elsewhere: ${lines.length} tests`);
}
