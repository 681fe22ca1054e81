/** Verbs about this machine: paths, doctor. */

import { describeError } from "../base/errors.ts";
import { EXIT } from "../commands/exit_code.ts";
import { formatCertificateFingerprint } from "../crypto/server_certificate.ts";
import { detectCapabilities } from "../terminal/detect.ts";
import { systemMediaFiles } from "../terminal/media_files.ts";
import { Tty } from "../terminal/tty.ts";
import { processTty } from "../terminal/tty_device.ts";
import type { Context } from "./context.ts";
import type { Verb } from "./verb.ts";

const pathsVerb: Verb = {
  name: "paths",
  aliases: [],
  group: "This machine",
  summary: "say where the files are",
  arguments: [],
  options: [],
  examples: [{ line: "paths", summary: "config, data, state, cache, profile" }],
  exitCodes: [],
  async run(context) {
    const paths = { ...context.options.folders, profile: context.options.profileFolder };
    for (const [kind, path] of Object.entries(paths)) {
      await context.output.fact("path", { kind, path }, `${kind.padEnd(8)} ${path}`);
    }
    return EXIT.done;
  },
};

const doctorVerb: Verb = {
  name: "doctor",
  aliases: [],
  group: "This machine",
  summary: "say what works here, and what does not and why",
  arguments: [],
  options: [],
  examples: [{ line: "doctor --json", summary: "for a bug report" }],
  exitCodes: [],
  async run(context) {
    const { output } = context;
    await output.fact(
      "versions",
      { deno: Deno.version.deno, os: Deno.build.os, arch: Deno.build.arch },
      `program   Deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`,
    );
    await describeTerminal(context);
    await describeProfile(context);
    return EXIT.done;
  },
};

async function describeTerminal(context: Context): Promise<void> {
  const { output } = context;
  if (context.options.isPlain || !Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
    await output.fact("terminal", { found: false }, "terminal  none, or --plain: text only");
    return;
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
}

async function describeProfile(context: Context): Promise<void> {
  const { output } = context;
  try {
    const client = await context.openClient();
    const { name, serverAddress, identity } = client.profile.own;
    await output.fact(
      "profile",
      { name, server: serverAddress },
      `profile   ${name} at ${serverAddress}, ${
        formatCertificateFingerprint(identity.key.fingerprint)
      }`,
    );
    const startMs = context.clock.monotonicMs();
    await context.connect(client, context.signal);
    const tookMs = Math.round(context.clock.monotonicMs() - startMs);
    await output.fact("server", { reachable: true, tookMs }, `server    signed in in ${tookMs} ms`);
  } catch (error) {
    const reason = describeError(error);
    await output.fact("server", { reachable: false, reason }, `server    ${reason}`);
  }
}

/** The verbs about this machine; they need no server. */
export const PLACE_VERBS: readonly Verb[] = [doctorVerb, pathsVerb];
