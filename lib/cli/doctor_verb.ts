/** The verb doctor: what works here, and what does not and why (row S0.02). */

import { describeError, UsageError } from "../base/errors.ts";
import { COMMIT, spellVersion, VERSION } from "../base/version.ts";
import type { Client } from "../client/client.ts";
import { EXIT } from "../commands/exit_code.ts";
import { formatCertificateFingerprint } from "../base/ids.ts";
import { locateFfmpeg } from "../media/ffmpeg/ffmpeg_locate.ts";
import type { Capabilities } from "../terminal/capability/capability.ts";
import { detectCapabilities } from "../terminal/capability/detect.ts";
import { systemMediaFiles } from "../terminal/capability/media_files.ts";
import { Tty } from "../terminal/tty/tty.ts";
import { processTty } from "../terminal/tty/tty_device.ts";
import { type Findings, writeBugReport } from "./bug_report.ts";
import type { Context } from "./context.ts";
import { findServerProgram } from "./server_program.ts";
import { soundFinder } from "./video/sound_finder.ts";
import type { Verb } from "./verb.ts";

/** The row of `doctor`. */
export const DOCTOR_VERB: Verb = {
  name: "doctor",
  group: "This machine",
  summary: "check what works here, and why something does not",
  details:
    "Checks the terminal, the profile and its server, and optional programs: beside each it says what does not work without it. Always exits with 0.",
  examples: [
    { line: "doctor", summary: "when something does not work" },
    { line: "doctor --json", summary: "the findings, for programs" },
    { line: "doctor --bundle report.json", summary: "for a bug report" },
  ],
  options: [{
    flag: "--bundle",
    valueName: "FILE",
    summary: "write a new file for a bug report: no names, addresses, messages or secrets",
  }],
  async run(context, values) {
    const bundle = values.option("--bundle");
    const path = bundle === undefined ? undefined : context.person.path(bundle);
    // Said before everything is tried, which takes a while.
    if (path !== undefined) await requireFree(path);
    const { deno } = Deno.version;
    const { os, arch } = Deno.build;
    await context.output.fact(
      "versions",
      { version: VERSION, commit: COMMIT, deno, os, arch },
      `program   heliograph ${spellVersion()}, Deno ${deno}, ${os} ${arch}`,
    );
    const terminal = await describeTerminal(context);
    const externals = await describeExternals(context);
    const profile = await describeProfile(context);
    if (path === undefined) return EXIT.done;
    const lines = await writeBugReport(path, context, { terminal, ...externals, ...profile });
    await context.output.fact(
      "bundle",
      { path, lines },
      `bundle    written to ${path}: read it before you send it`,
    );
    return EXIT.done;
  },
};

/** Throws UsageError `file-exists`. What is written in that very moment by somebody else is refused as it is made. */
async function requireFree(path: string): Promise<void> {
  try {
    await Deno.lstat(path);
  } catch {
    // Nothing is there, or it cannot be seen: then making it says why.
    return;
  }
  throw new UsageError(
    "file-exists",
    `${path} exists already, and is not replaced: choose another name`,
  );
}

async function describeTerminal(context: Context): Promise<Capabilities | undefined> {
  const { output } = context;
  if (context.options.isPlain || !Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
    await output.fact("terminal", { found: false }, "terminal  none, or --plain: text only");
    return undefined;
  }
  const tty = Tty.open(processTty("stdout"), context);
  context.restoreAtExit(() => tty.restore());
  let found;
  try {
    found = await detectCapabilities({
      input: tty.input,
      output: tty.output,
      clock: context.clock,
      hints: { env: (name) => Deno.env.get(name), ...tty.size, choice: "auto" },
      mediaFiles: systemMediaFiles,
      signal: context.signal,
    });
  } finally {
    await tty.close();
  }
  const { name, method, cell, columns, rows, truecolor, reasons } = found;
  await output.object("terminal", { found: true, ...found });
  await output.line(
    `terminal  ${name}: ${method}, ${truecolor ? "truecolor" : "256 colours"}, ` +
      `${cell.widthPx}x${cell.heightPx} px cells, ${columns}x${rows}`,
  );
  for (const reason of reasons) await output.line(`          ${reason}`);
  return found;
}

/** Programs and devices outside of this program. None is needed to talk and to watch. */
async function describeExternals(
  context: Context,
): Promise<Pick<Findings, "ffmpeg" | "server">> {
  const { output } = context;
  const ffmpeg = await locateFfmpeg({ projectFolder: Deno.cwd() });
  const use = "prepares videos for the demo and for a server on this machine, and streams yours";
  const lost =
    "the demo has no video, and you cannot stream; chatting and watching work without it";
  if (ffmpeg.found) {
    const { path } = ffmpeg;
    await output.fact(
      "external",
      { name: "ffmpeg", found: true, path, use },
      `ffmpeg    ${path}: ${use}`,
    );
  } else {
    const tried = ffmpeg.tried.map(({ path, reason }) => `${path}: ${reason}`);
    await output.object("external", { name: "ffmpeg", found: false, tried, lost });
    await output.line(`ffmpeg    none: ${lost}`);
    for (const line of tried) await output.line(`          not ${line}`);
  }
  const server = await findServerProgram();
  await output.fact(
    "external",
    { name: "heliograph-server", found: server !== undefined },
    server === undefined
      ? "server    no heliograph-server here: no demo, and no heliograph -s"
      : "server    heliograph -s can run one here",
  );
  await output.fact(
    "external",
    { name: "camera", used: ffmpeg.found },
    ffmpeg.found
      ? "camera    stream --camera shows it through ffmpeg; --camera test needs none"
      : "camera    cannot stream without ffmpeg",
  );
  const { ways, silence } = await soundFinder(context)();
  const [way] = ways;
  await output.fact(
    "external",
    way === undefined
      ? { name: "audio", used: false, reason: silence }
      : { name: "audio", used: true, way: way.name, path: way.path },
    way === undefined
      ? `audio     none: ${silence}; videos are shown without`
      : `audio     ${way.name}, ${way.path}: plays the sound of videos`,
  );
  return { ffmpeg: ffmpeg.found, server: server !== undefined };
}

async function describeProfile(
  context: Context,
): Promise<Pick<Findings, "profile" | "signIn">> {
  const { output } = context;
  let client: Client;
  try {
    client = await context.openClient();
  } catch (error) {
    const reason = describeError(error);
    await output.fact("profile", { found: false, reason }, `profile   ${reason}`);
    return { profile: false, signIn: undefined };
  }
  const { account, name, device, serverAddress, identity } = client.profile.own;
  const fingerprint = formatCertificateFingerprint(identity.key.fingerprint);
  await output.object("profile", {
    found: true,
    account,
    name,
    device,
    identity: fingerprint,
    server: serverAddress,
  });
  await output.line(`profile   ${name} at ${serverAddress}`);
  await output.line(`identity  ${fingerprint}`);
  try {
    const startMs = context.clock.monotonicMs();
    await context.connect(client, context.signal);
    const tookMs = Math.round(context.clock.monotonicMs() - startMs);
    await output.fact(
      "server",
      { reachable: true, tookMs },
      `sign-in   works, took ${tookMs} ms`,
    );
    return { profile: true, signIn: { tookMs } };
  } catch (error) {
    if (context.signal.aborted) throw error;
    const reason = describeError(error);
    await output.fact("server", { reachable: false, reason }, `sign-in   ${reason}`);
    return { profile: true, signIn: { reason } };
  }
}
