/** What belongs to an installation, whatever it is packed into: the programs and everything that goes with them. */

import { join } from "node:path";
import { PROJECT_ROOT } from "../../tests/tools/layers.ts";
import { NOTICES_FILE } from "../licenses.ts";
import { CLIENT_PERMISSIONS, SERVER_PERMISSIONS } from "../permissions.ts";
import { FACTS, type Target } from "./facts.ts";

/** What is in a file: a copy, a text, or what a program of ours prints. */
export type Source =
  | { readonly file: string }
  | { readonly text: string }
  | { readonly entry: string; readonly args: readonly string[] };

/** One file: where it lies in the archive, what is in it, and whether it is a program. */
export interface Item {
  readonly path: string;
  readonly from: Source;
  readonly isProgram?: boolean;
}

/** Whoever runs the demo of a downloaded program watches this one. */
const DEMO_VIDEOS: readonly string[] = ["cockatoo.mp4", "LICENSES.md"];

/** Where each shell looks for the completion of a program, below the folder of completions. */
const COMPLETIONS: Readonly<Record<string, (program: string) => string>> = {
  bash: (program) => `bash/${program}`,
  zsh: (program) => `zsh/_${program}`,
  fish: (program) => `fish/${program}.fish`,
};

const PAGES: readonly string[] = ["README.md", "CHANGELOG.md", "LICENSE"];

/** Pages that units and manual pages name, and an operator reads where there is no network. */
const DOCS: readonly string[] = [
  "command-line.md",
  "operating.md",
  "backup.md",
  "guide.md",
  "bots.md",
  "classic.md",
  "p2p.md",
  "screens.md",
  "threat-model.md",
  "faq.md",
];

/** Of systemd: the server, its nightly backup, and a client of a person's that receives. */
const UNITS: readonly string[] = [
  "heliograph-server.service",
  "heliograph-server-backup.service",
  "heliograph-server-backup.timer",
  "user/heliograph-receive.service",
];

/** For an operator's Prometheus and Grafana. */
const MONITORING: readonly string[] = [
  "prometheus/heliograph.rules.yml",
  "prometheus/scrape.yml",
  "grafana/heliograph.json",
];

/** The programs that the compiler left in `folder`, and the rest out of the project; by path. */
export function contents(target: Target, folder: string): Item[] {
  const programs = FACTS.programs.map((name) => {
    const path = target.os === "windows" ? `${name}.exe` : name;
    return { path, from: { file: join(folder, path) }, isProgram: true };
  });
  return [
    ...programs,
    ...PAGES.map((name) => copied(name, name)),
    copied("THIRD-PARTY-LICENSES.txt", NOTICES_FILE),
    ...DOCS.map((name) => copied(`docs/${name}`, `docs/${name}`)),
    ...DEMO_VIDEOS.map((name) => copied(`videos/${name}`, `videos/${name}`)),
    ...manPages().map((name) => copied(`man/${name}`, `packaging/man/${name}`)),
    ...completions(),
    { path: "server.toml", from: { entry: "server.ts", args: ["config", "example"] } },
    ...MONITORING.map((path) => copied(path, `packaging/${path}`)),
    ...(target.os === "linux" ? UNITS.map(unit) : []),
  ].sort((one, other) => one.path < other.path ? -1 : 1);
}

function copied(path: string, file: string): Item {
  return { path, from: { file: join(PROJECT_ROOT, file) } };
}

function unit(name: string): Item {
  return copied(`systemd/${name}`, `packaging/${name}`);
}

function manPages(): string[] {
  return [...Deno.readDirSync(join(PROJECT_ROOT, "packaging/man"))].map(({ name }) => name);
}

function completions(): Item[] {
  return FACTS.programs.flatMap((program) => {
    const entry = program === FACTS.name ? "client.ts" : "server.ts";
    return Object.entries(COMPLETIONS).map(([shell, place]) => ({
      path: `completions/${place(program)}`,
      from: { entry, args: ["completion", shell] },
    }));
  });
}

/** What was printed already: an archive and two packages hold the same. */
const printed = new Map<string, Promise<string>>();

/** What stands in a file that is no copy. Throws when the program that prints it fails. */
export function textOf(source: Exclude<Source, { readonly file: string }>): Promise<string> {
  if ("text" in source) return Promise.resolve(source.text);
  const { entry, args } = source;
  const key = [entry, ...args].join(" ");
  const text = printed.get(key) ?? print(entry, args);
  printed.set(key, text);
  return text;
}

/** Run from the source: the compiled program may be for another system. */
async function print(entry: string, args: readonly string[]): Promise<string> {
  const permissions = entry === "server.ts" ? SERVER_PERMISSIONS : CLIENT_PERMISSIONS;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", ...permissions, entry, ...args],
    cwd: PROJECT_ROOT,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run ${entry} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
