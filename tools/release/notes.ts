/** What stands beside the files of a release: the changelog's section, and how to take a file safely. */

import { join } from "node:path";
import { PROJECT_ROOT } from "../../tests/tools/layers.ts";
import { downloadFolder, FACTS, type Facts } from "./facts.ts";

/** The changelog's section of this version, without its head. Throws when there is none. */
export function changelogSection(changelog: string, { version }: Facts = FACTS): string {
  const [, section] = changelog.split(`\n## [${version}] - `);
  if (section === undefined) throw new Error(`CHANGELOG.md has no section of ${version}`);
  return section.slice(section.indexOf("\n")).split("\n## [")[0].trim();
}

/** The notes of the draft. */
export function releaseNotes(facts: Facts = FACTS): string {
  const changelog = Deno.readTextFileSync(join(PROJECT_ROOT, "CHANGELOG.md"));
  return [
    changelogSection(changelog, facts),
    "",
    "### Install",
    "",
    "```sh",
    `curl -fsSLO ${downloadFolder(facts)}/install.sh`,
    "sh install.sh",
    "```",
    "",
    "By hand: `sha256sum --check --ignore-missing SHA256SUMS` compares what you downloaded with its sum,",
    `\`gh attestation verify FILE --repo ${
      facts.homepage.split("/").slice(-2).join("/")
    }\` says which`,
    "commit and workflow made it.",
    "",
  ].join("\n");
}
