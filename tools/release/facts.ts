/** What a release is called and made for. Everything that is published says it as this table does. */

import { join } from "node:path";
import { VERSION } from "../../lib/base/version.ts";
import { PROJECT_ROOT } from "../../tests/tools/layers.ts";

/** Names, sentences and addresses of the packages. */
export interface Facts {
  readonly name: string;
  readonly version: string;
  /** Of one version, the packaging of Debian and RPM. */
  readonly packageRevision: number;
  readonly summary: string;
  readonly description: readonly string[];
  readonly license: string;
  readonly maintainer: string;
  /** The repository. Only here: the workflow stops in a repository that has another address. */
  readonly homepage: string;
  readonly image: string;
  readonly programs: readonly string[];
  readonly port: number;
}

export const FACTS: Facts = {
  name: "heliograph",
  version: VERSION,
  packageRevision: 1,
  summary: "End-to-end-encrypted chat, files and video in the terminal",
  description: [
    "A client and a server in one package: sealed messages, rooms, files and live",
    "streams, and pictures drawn in the terminal by sixel, kitty graphics or half",
    "blocks. Two people can also talk without a server.",
  ],
  license: "MIT",
  maintainer: "The Heliograph maintainers <heliograph@users.noreply.github.com>",
  homepage: "https://github.com/heliograph/heliograph",
  image: "ghcr.io/heliograph/heliograph",
  programs: ["heliograph", "heliograph-server"],
  port: 9797,
};

/** One system that programs are made for, by the word that each kind of package has for it. */
export interface Target {
  /** As `deno compile --target` has it. */
  readonly triple: string;
  readonly os: "linux" | "macos" | "windows";
  readonly cpu: "x64" | "arm64";
  /** As `uname -m` says it. */
  readonly machine: string;
  readonly debian?: string;
  readonly rpm?: string;
  readonly nix?: string;
}

export const TARGETS: readonly Target[] = [
  {
    triple: "x86_64-unknown-linux-gnu",
    os: "linux",
    cpu: "x64",
    machine: "x86_64",
    debian: "amd64",
    rpm: "x86_64",
    nix: "x86_64-linux",
  },
  {
    triple: "aarch64-unknown-linux-gnu",
    os: "linux",
    cpu: "arm64",
    machine: "aarch64",
    debian: "arm64",
    rpm: "aarch64",
    nix: "aarch64-linux",
  },
  { triple: "x86_64-apple-darwin", os: "macos", cpu: "x64", machine: "x86_64" },
  { triple: "aarch64-apple-darwin", os: "macos", cpu: "arm64", machine: "arm64" },
  { triple: "x86_64-pc-windows-msvc", os: "windows", cpu: "x64", machine: "AMD64" },
];

/** The oldest C library that Deno's runtime starts with. */
export const OLDEST_GLIBC = "2.27";

/** The target of this machine; undefined where nothing is released for it. */
export function ownTarget(): Target | undefined {
  return TARGETS.find(({ triple }) => triple === Deno.build.target);
}

/** `heliograph-0.1.0-x86_64-unknown-linux-gnu`: the archive's name without its ending, and the folder in it. */
export function archiveFolder({ triple }: Target, facts: Facts = FACTS): string {
  return `${facts.name}-${facts.version}-${triple}`;
}

export function archiveName(target: Target, facts: Facts = FACTS): string {
  return `${archiveFolder(target, facts)}${target.os === "windows" ? ".zip" : ".tar.xz"}`;
}

/** Where the files of a release are. */
export function downloadFolder(facts: Facts = FACTS): string {
  return `${facts.homepage}/releases/download/v${facts.version}`;
}

export function debName(debian: string, facts: Facts = FACTS): string {
  return `${facts.name}_${facts.version}-${facts.packageRevision}_${debian}.deb`;
}

export function rpmName(rpm: string, facts: Facts = FACTS): string {
  return `${facts.name}-${facts.version}-${facts.packageRevision}.${rpm}.rpm`;
}

export function sbomName(facts: Facts = FACTS): string {
  return `${facts.name}-${facts.version}.cdx.json`;
}

/**
 * The time that every file of a release has, in seconds: SOURCE_DATE_EPOCH, else the day of the version in the changelog. Throws
 * when the changelog has no such version.
 */
export function releaseSeconds(
  facts: Facts = FACTS,
  epoch = Deno.env.get("SOURCE_DATE_EPOCH"),
): number {
  const named = Number(epoch || NaN);
  if (Number.isSafeInteger(named) && named >= 0) return named;
  const changelog = Deno.readTextFileSync(join(PROJECT_ROOT, "CHANGELOG.md"));
  const head = `## [${facts.version}] - `;
  const day = changelog.split("\n").find((line) => line.startsWith(head))?.slice(head.length);
  const atMs = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(atMs)) {
    throw new Error(`Cannot date the release: CHANGELOG.md has no line ${head}YYYY-MM-DD`);
  }
  return atMs / 1000;
}
