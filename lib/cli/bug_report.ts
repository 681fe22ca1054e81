/**
 * `doctor --bundle`: one file for a bug report, without anything that says who somebody is, whom they know or what they wrote. It is put
 * together of what is known to be harmless; nothing is copied and then cleaned.
 */

import { COMMIT, VERSION } from "../base/version.ts";
import { utf8 } from "../base/bytes.ts";
import { logPath } from "../client/logging.ts";
import { createPrivateFile } from "../storage/atomic_file.ts";
import type { Capabilities } from "../terminal/capability/capability.ts";
import { bareLogLine, bareReason } from "../client/bare_log.ts";
import type { Context } from "./context.ts";
import { readConfig } from "./config_file.ts";
import { parseDirectConfig } from "../client/direct/direct_config.ts";

/** The newest are what a report is about. */
const MAX_LOG_LINES = 2000;
/** Of each of the two files of the log, from its end. */
const MAX_LOG_BYTES = 1_100_000;

/** What `doctor` has found. */
export interface Findings {
  /** Undefined without one. */
  readonly terminal: Capabilities | undefined;
  readonly ffmpeg: boolean;
  readonly server: boolean;
  readonly profile: boolean;
  /** Of the sign-in: how long it took, or why it failed. Undefined where none was tried. */
  readonly signIn: { readonly tookMs: number } | { readonly reason: string } | undefined;
}

/** What a variable may say that is no secret; anything else is `other`. */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  TERM:
    /^(?:xterm|tmux|screen|linux|vt\d{3}|foot|alacritty|kitty|wezterm|rxvt|konsole|ghostty|dumb)(?:-(?:256color|16color|color|direct|truecolor|kitty|ghostty|unicode|extra))*$/,
  COLORTERM: /^(?:truecolor|24bit)$/,
  TERM_PROGRAM: /^(?:iTerm\.app|Apple_Terminal|WezTerm|vscode|ghostty|tmux|rio|Hyper)$/,
  LANG: /^(?:C|POSIX|[a-z]{2}_[A-Z]{2})(?:\.(?:UTF-8|utf8))?$/,
  LC_ALL: /^(?:C|POSIX|[a-z]{2}_[A-Z]{2})(?:\.(?:UTF-8|utf8))?$/,
  NO_COLOR: /^1?$/,
  ACCESSIBLE: /^1$/,
};
/** Of these it is told that they are set. */
const NAMED: readonly string[] = [
  ...["SSH_CONNECTION", "TMUX", "STY", "WSL_DISTRO_NAME", "DENO_CERT", "DENO_TLS_CA_STORE"],
  ...["HELIOGRAPH_HOME", "HELIOGRAPH_PROFILE", "HELIOGRAPH_SERVER", "HELIOGRAPH_LOG"],
  ...["HELIOGRAPH_FFMPEG", "HELIOGRAPH_RENDER"],
];
/** As terminals call themselves: `XTerm(379)`, `kitty(0.35.2)`, `tmux 3.3a`. */
const TERMINAL_NAME =
  /^(?:unknown|(?:XTerm|kitty|WezTerm|foot|tmux|iTerm2|Konsole|mintty|contour|ghostty|mlterm|VTE)[ (]?[0-9.a-z]{0,16}\)?)$/i;

/** Writes it. Returns how many lines of the log are in it. Throws StorageError `already-exists`. */
export async function writeBugReport(
  path: string,
  context: Context,
  findings: Findings,
): Promise<number> {
  const log = await bareLog(context.options.folders.state);
  const { signIn } = findings;
  const report = {
    v: 1,
    type: "bundle",
    at: new Date(context.clock.nowMs()).toISOString(),
    versions: {
      version: VERSION,
      commit: COMMIT,
      ...Deno.version,
      ...{ os: Deno.build.os, arch: Deno.build.arch, release: Deno.osRelease() },
    },
    terminal: terminalFacts(findings.terminal),
    environment: environmentFacts(),
    found: { ffmpeg: findings.ffmpeg, server: findings.server, profile: findings.profile },
    signIn: signIn !== undefined && "reason" in signIn
      ? { reason: bareReason(signIn.reason) }
      : signIn ?? null,
    settings: await settingFacts(context.options.folders.config),
    log,
  };
  await createPrivateFile(path, utf8(`${JSON.stringify(report, undefined, 2)}\n`));
  return log.length;
}

function terminalFacts(found: Capabilities | undefined) {
  if (found === undefined) return null;
  const { name, answered, method, truecolor, cell, columns, rows, multiplexer } = found;
  const { kitty, sixel, iterm2, synchronizedOutput, kittyKeyboard } = found;
  return {
    name: TERMINAL_NAME.test(name) ? name : "other",
    ...{ answered, method, truecolor, synchronizedOutput, kittyKeyboard, iterm2 },
    ...{ kitty: kitty !== undefined, sixel: sixel !== undefined },
    ...{ cell, columns, rows, multiplexer: multiplexer ?? null },
  };
}

function environmentFacts() {
  const values = Object.entries(VARIABLES).flatMap(([name, harmless]) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, harmless.test(value) ? value : "other"]];
  });
  return {
    ...Object.fromEntries(values),
    set: NAMED.filter((name) => Deno.env.get(name) !== undefined),
  };
}

async function settingFacts(folder: string) {
  try {
    const { mode, addresses, port } = parseDirectConfig(await readConfig(folder));
    return { p2p: { mode, addresses: addresses.length, port: port !== undefined } };
  } catch {
    // What is wrong with it may hold words of it.
    return { p2p: "cannot be used" };
  }
}

async function bareLog(stateFolder: string): Promise<readonly string[]> {
  const path = logPath(stateFolder);
  const texts = await Promise.all([`${path}.1`, path].map(readEnd));
  return texts.flatMap((text) => text.split("\n"))
    .map(bareLogLine)
    .filter((line) => line !== undefined)
    .slice(-MAX_LOG_LINES);
}

/** Nothing for a file that cannot be read: the log is only a part of it. */
async function readEnd(path: string): Promise<string> {
  try {
    using file = await Deno.open(path, { read: true });
    const { size } = await file.stat();
    await file.seek(Math.max(0, size - MAX_LOG_BYTES), Deno.SeekMode.Start);
    return await new Response(file.readable).text();
  } catch {
    return "";
  }
}
