/** A release out of planted programs, made by the real tool in a folder of its own. */

import { join } from "node:path";
import { isOnPath } from "../kit/on_path.ts";
import { contents, type Item } from "../../tools/release/contents.ts";
import { FACTS, ownTarget, type Target, TARGETS } from "../../tools/release/facts.ts";
import { finish, makePackages } from "../../tools/release/make.ts";

/** A day in 2026, as the releases of the tests are dated. */
export const SECONDS = 1_790_000_000;

/** What a planted program does: it says its version, and nothing else. */
export function plantedProgram(version = FACTS.version): string {
  return `#!/bin/sh\necho "\${0##*/} ${version}"\n`;
}

/** What to make, and of which programs. */
export interface MadeOptions {
  readonly target?: Target;
  readonly program?: string;
  /** Whether this machine has a tool. */
  readonly has?: (program: string) => boolean;
}

/** Whether nothing can be packed here: GNU tar, zip, dpkg-deb and rpmbuild are of Linux. */
export const cannotPack: boolean = Deno.build.os !== "linux";

/** Whether there can be no archive here to install from. */
export const cannotArchive: boolean = cannotPack || !isOnPath("xz");

/** Leaves out the packages: each takes seconds to make. */
export function onlyArchives(program: string): boolean {
  return program === "xz" && isOnPath(program);
}

/** The target of this machine, or that of Linux where nothing is released for it. */
export function someTarget(): Target {
  return ownTarget() ?? TARGETS[0];
}

/** Makes a release. Whoever calls it removes the folder, by disposing of it. */
export async function makeRelease(
  { target = someTarget(), program = plantedProgram(), has }: MadeOptions = {},
) {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "heliograph-made-" }));
  const [programs, scratch, output] = ["programs", "scratch", "dist/release"]
    .map((name) => join(folder, name));
  for (const each of [programs, scratch, output]) await Deno.mkdir(each, { recursive: true });
  for (const name of FACTS.programs) {
    const file = join(programs, target.os === "windows" ? `${name}.exe` : name);
    await Deno.writeTextFile(file, program, { mode: 0o755 });
  }
  const workshop = { output, scratch, seconds: SECONDS };
  // What programs print would cost a start of each.
  const items = contents(target, programs).map((item): Item =>
    "entry" in item.from ? { ...item, from: { text: `${item.from.args.join(" ")}\n` } } : item
  );
  const leftOut = await makePackages({ target, programs, items, has, isQuick: true }, workshop);
  await finish(workshop, { deno: "2.4.2" });
  return {
    folder,
    output,
    leftOut,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Runs a tool and returns what it prints. Throws when it fails. */
export async function printedBy(
  [program, ...args]: readonly string[],
  options: Deno.CommandOptions = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, ...options })
    .output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${program} failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
