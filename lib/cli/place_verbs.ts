/** Verbs that need no server: p2p, doctor, paths, config, version, licenses. */

import { COMMIT, spellVersion, VERSION } from "../base/version.ts";
import { protocolWords } from "../client/link/handshake.ts";
import { logPath } from "../client/logging.ts";
import { EXIT } from "../commands/exit_code.ts";
import { readThirdPartyLicenses } from "../storage/third_party_licenses.ts";
import { CONFIG_VERBS } from "./config_verbs.ts";
import { DOCTOR_VERB } from "./doctor_verb.ts";
import { P2P_VERB } from "./p2p/p2p_verb.ts";
import type { Verb } from "./verb.ts";

const pathsVerb: Verb = {
  name: "paths",
  group: "This machine",
  summary: "show where the files are",
  examples: [{ line: "paths", summary: "config, data, state, cache, profile, log" }],
  async run(context) {
    const { folders, profileFolder } = context.options;
    const paths = { ...folders, profile: profileFolder, log: logPath(folders.state) };
    for (const [kind, path] of Object.entries(paths)) {
      await context.output.fact("path", { kind, path }, `${kind.padEnd(8)} ${path}`);
    }
    return EXIT.done;
  },
};

const versionVerb: Verb = {
  name: "version",
  group: "This machine",
  summary: "show version and machine, for a bug report",
  details: "--version prints the number alone.",
  examples: [{ line: "version", summary: "version, commit, protocol, Deno and machine" }],
  keepsNoLog: () => true,
  async run({ output }) {
    const { deno, v8 } = Deno.version;
    const { os, arch } = Deno.build;
    const protocol = protocolWords();
    await output.fact(
      "version",
      { program: "heliograph", version: VERSION, commit: COMMIT, protocol, deno, v8, os, arch },
      `heliograph ${spellVersion()}, protocol ${protocol}, Deno ${deno}, V8 ${v8}, ${os} ${arch}`,
    );
    return EXIT.done;
  },
};

const licensesVerb: Verb = {
  name: "licenses",
  group: "This machine",
  summary: "print the licences of everything in this program",
  details:
    "Those of each package, of the JPEG decoder and of the runtime, with their texts. Heliograph itself is under the MIT licence.",
  examples: [{ line: "licenses | less", summary: "read them page by page" }],
  keepsNoLog: () => true,
  async run({ output }) {
    const text = await readThirdPartyLicenses();
    if (output.isJson) await output.object("licenses", { text });
    else await output.page(text);
    return EXIT.done;
  },
};

/** The verbs that need no server. */
export const PLACE_VERBS: readonly Verb[] = [
  P2P_VERB,
  DOCTOR_VERB,
  pathsVerb,
  ...CONFIG_VERBS,
  versionVerb,
  licensesVerb,
];
