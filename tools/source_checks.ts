/** What the gate asks of the source besides tests. Each check returns what is wrong, "" when nothing is. */

import { join } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";
import { listSources } from "../tests/tools/graph.ts";
import { lintDocs } from "./doc_lint.ts";
import { run } from "./process.ts";

/** One line of the gate. */
export interface SourceCheck {
  readonly name: string;
  readonly problems: () => Promise<string>;
}

/** A check that is a command of Deno. */
async function deno(...args: readonly string[]): Promise<string> {
  const { success, output } = await run([Deno.execPath(), ...args], { cwd: PROJECT_ROOT });
  return success ? "" : output || `deno ${args[0]} failed without a word`;
}

/** Files below `folder` that `wanted` takes, as paths below the project. */
function filesBelow(folder: string, wanted: (path: string) => boolean): string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(join(PROJECT_ROOT, folder))) {
    const path = folder === "." ? name : `${folder}/${name}`;
    if (!isDirectory) {
      if (wanted(path)) found.push(path);
      // A fixture of media may be an MPEG transport stream, whose files end like ours.
    } else if (!["tests/tmp", "tests/fixtures/media"].includes(path) && name !== "node_modules") {
      found.push(...filesBelow(path, wanted));
    }
  }
  return found.sort();
}

/** Everything that must type-check: programs, library, tests and tools, AssemblyScript excepted. */
function typedFiles(): string[] {
  const isTyped = (path: string) => path.endsWith(".ts") && !path.endsWith(".as.ts");
  return [
    ...listSources(PROJECT_ROOT),
    ...filesBelow("tests", isTyped),
    ...filesBelow("tools", isTyped),
  ];
}

/** What people read. */
function markdownFiles(): string[] {
  const isMarkdown = (path: string) => path.endsWith(".md");
  const beside = [...Deno.readDirSync(PROJECT_ROOT)].map(({ name }) => name).filter(isMarkdown);
  return [...beside.sort(), ...filesBelow("docs", isMarkdown)];
}

/** Files that tools made of others must be what the tools make of them today. */
async function generatedFiles(): Promise<string> {
  const tools = ["tools/build_kernel.ts", "tools/build_decoders.ts", "tools/generate/main.ts"];
  const problems: string[] = [];
  for (const tool of tools) problems.push(await deno("run", "--no-check", "-A", tool, "--check"));
  return problems.join("");
}

/**
 * Those of a lane run one after the other, in the order in which a person wants to hear of them; the lanes side by side: types take
 * one core as long as all others together take another.
 */
export const SOURCE_CHECKS: readonly (readonly SourceCheck[])[] = [
  [
    { name: "format", problems: () => deno("fmt", "--check") },
    { name: "lint", problems: () => deno("lint") },
    { name: "doc lint", problems: () => lintDocs(PROJECT_ROOT) },
    { name: "generated", problems: generatedFiles },
    {
      name: "markdown",
      problems: () =>
        deno("test", "--doc", "--permit-no-files", "--quiet", "-A", ...markdownFiles()),
    },
  ],
  [
    { name: "types", problems: () => deno("check", "--quiet", "--unstable-net", ...typedFiles()) },
  ],
];
