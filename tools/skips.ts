/**
 * Which tests this machine may skip. `tests/skips` names each with what it needs, a line `need file: test`, and
 * `tests/skips_elsewhere` those that macOS and Windows leave out; a skip that is not there, or whose need this machine has, fails the gate. So a test cannot fall silent, and a machine with Node and npm
 * alone still passes.
 */

import { isLoopback } from "../lib/net/addresses/address.ts";
import { canMount } from "../tests/kit/full_disk.ts";
import { canMakeMediaCases } from "../tests/kit/media_cases.ts";
import { hasNats } from "../tests/kit/nats.ts";
import { isOnPath } from "../tests/kit/on_path.ts";
import { canHideDisk } from "../tests/kit/namespaces.ts";
import { hasPostgres } from "../tests/kit/postgres.ts";
import { hasS3rver } from "../tests/kit/s3rver.ts";
import { canForbidWriting } from "../tests/kit/read_only.ts";
import { HAS_XTERM } from "../tests/kit/xterm_decoder.ts";
import { readsSixel } from "../tests/kit/sixel_programs.ts";

/** What a test may need that not every Linux has, and whether this machine has it. */
const NEEDS: Readonly<Record<string, () => boolean>> = {
  tmux: () => isOnPath("tmux"),
  /** Shells at a terminal, and one that completes without. */
  bash: () => isOnPath("bash") && isOnPath("tmux"),
  zsh: () => isOnPath("zsh") && isOnPath("tmux"),
  fish: () => isOnPath("fish"),
  man: () => isOnPath("man"),
  mandoc: () => isOnPath("mandoc"),
  Xvfb: () => isOnPath("Xvfb"),
  /** A sound server without a card, and what records it. */
  pulseaudio: () => ["pulseaudio", "pactl", "parec"].every(isOnPath),
  /** What packs a release, and what looks at its scripts. */
  xz: () => isOnPath("xz"),
  zip: () => isOnPath("zip"),
  "dpkg-deb": () => isOnPath("dpkg-deb"),
  rpmbuild: () => isOnPath("rpmbuild"),
  shellcheck: () => isOnPath("shellcheck"),
  /** Prometheus' own check of metrics, rules and settings. */
  promtool: () => isOnPath("promtool"),
  /** Checks units; works without a running systemd. */
  "systemd-analyze": () => isOnPath("systemd-analyze"),
  /** Programs of a PostgreSQL to start, and a user for it. */
  postgres: hasPostgres,
  /** A NATS to start. */
  nats: hasNats,
  /** A fake S3 store of npm. */
  s3rver: hasS3rver,
  /** Both, for a server of several nodes. */
  nodes: () => hasPostgres() && hasNats(),
  /** What awkward videos are made with. */
  encoders: canMakeMediaCases,
  /** Decoders of sixel that no one here wrote. */
  sixel2png: () => readsSixel("sixel2png"),
  convert: () => readsSixel("convert"),
  xterm: () => HAS_XTERM,
  /** Root, and a kernel that lets it mount. */
  mount: canMount,
  /** A folder that this user cannot write to: root can, unless it is mounted read-only. */
  "read-only": canForbidWriting,
  /** Namespaces that a program may make for itself: the walls around ffmpeg. */
  namespaces: canHideDisk,
  /** An address that is not this machine's loopback. */
  network: () =>
    Deno.networkInterfaces().some(({ family, address }) =>
      family === "IPv4" && !isLoopback(address)
    ),
};

/** What only another system has. */
const SYSTEMS: Readonly<Record<string, () => boolean>> = {
  Linux: () => Deno.build.os === "linux",
  unix: () => Deno.build.os !== "windows",
};

/** One line of `tests/skips`. */
export interface Skip {
  readonly need: string;
  /** `file: test`, as the report names it. */
  readonly test: string;
}

/** The lines of `tests/skips`; `#` begins a comment. */
export function readSkips(text: string): Skip[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const at = line.indexOf(" ");
    return { need: line.slice(0, at), test: line.slice(at + 1) };
  });
}

/** What the judge goes by: the kept list, and whether this machine has a need. */
export interface SkipRules {
  readonly kept: readonly Skip[];
  readonly has: (need: string) => boolean;
}

/** What is wrong with the tests that were skipped, "" when nothing is. */
export function judgeSkips(skipped: readonly string[], { kept, has }: SkipRules): string {
  const needs = new Map(kept.map(({ need, test }) => [test, need]));
  const problems = skipped.flatMap((test) => {
    const need = needs.get(test);
    if (need === undefined) return [`skipped, and not in tests/skips: ${test}`];
    return has(need) ? [`skipped for the lack of ${need}, which is here: ${test}`] : [];
  });
  return problems.join("\n");
}

/** Whether this machine has what a line of `tests/skips` names. An unknown need is had: its test must run. */
export function hasNeed(need: string): boolean {
  return (SYSTEMS[need] ?? NEEDS[need])?.() ?? true;
}

/** Elsewhere than on Linux a program may be here that its test is not made for: only the system is judged. */
export function hasSystem(need: string): boolean {
  return SYSTEMS[need]?.() ?? false;
}

/** What this machine lacks, of all that tests need. */
export function missingNeeds(): string[] {
  return Object.keys(NEEDS).filter((need) => !hasNeed(need));
}
