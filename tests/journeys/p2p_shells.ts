/** Shells of people without a server, as real programs. */

import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { programCommand, RunningClient } from "./programs.ts";

/** A folder for the homes of people, removed at the end. */
export async function town(): Promise<{ folder: string } & AsyncDisposable> {
  const parent = join(PROJECT_ROOT, "tests/tmp");
  await Deno.mkdir(parent, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: parent, prefix: "p2p-" });
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

function spawn(folder: string, person: string, args: readonly string[]): Deno.ChildProcess {
  const stdio = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const env = { HELIOGRAPH_HOME: join(folder, person), USER: person };
  return programCommand("client", ["p2p", ...args], { env, ...stdio }).spawn();
}

/** A shell of `person`, who types into it. */
export function shell(folder: string, person: string, ...args: readonly string[]): RunningClient {
  return new RunningClient(spawn(folder, person, args), { types: true });
}

/** Runs lines to their end. */
export async function script(
  folder: string,
  person: string,
  lines: string,
  ...args: readonly string[]
) {
  const child = spawn(folder, person, args);
  const [{ code, stdout, stderr }] = await Promise.all([
    child.output(),
    // One that ends at once reads none of them.
    new Blob([`${lines}\n`]).stream().pipeTo(child.stdin).catch(() => {}),
  ]);
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Begins as `name` and returns where that listens. */
export async function begin(client: RunningClient, name: string, port = "0"): Promise<string> {
  await client.type(`init 127.0.0.1 ${port} ${name}`);
  const line = await client.line(/^Now listening on 127\.0\.0\.1:\d+$/);
  return line.split(":")[1];
}

/** What `name` said, as the shell lists it after a line that nobody says. */
export async function inbox(client: RunningClient, name: string, mark: string): Promise<string[]> {
  const before = (await client.lines(0)).length;
  await client.type(`inbox ${name}`);
  await client.type(mark);
  await client.line(new RegExp(`Unknown syntax: ${mark}`));
  const said = (await client.lines(0)).slice(before);
  return said.filter((line) => line.startsWith(`${name} `)).map((line) =>
    line.replace(/^\S+ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d /, "")
  );
}

/** Everything below a folder, by name. */
export async function filesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    names.push(name);
    if (isDirectory) names.push(...await filesIn(join(folder, name)));
  }
  return names;
}

/** Where the shells of `person` keep what is theirs. */
export const placeOf = (folder: string, person: string) =>
  join(folder, person, "heliograph/data/default/p2p");
