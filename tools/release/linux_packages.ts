/** What .deb and .rpm say of themselves, and where an installation lies on Linux. Pure: texts out of the table of facts. */

import type { Item } from "./contents.ts";
import { FACTS, type Facts, OLDEST_GLIBC, type Target } from "./facts.ts";

/** Everything of an archive lies here. The programs find videos beside themselves. */
export const LIB_FOLDER = "usr/lib/heliograph";

/** The settings of the server. A package never overwrites what somebody changed there. */
export const SETTINGS_FILE = "etc/heliograph-server/server.toml";

const DOC_FOLDER = "usr/share/doc/heliograph";

export type PackageKind = "deb" | "rpm";

/** Where a file of the archive lies in a package. */
export function packagePath(path: string, kind: PackageKind): string {
  const [folder, ...rest] = path.split("/");
  const name = rest.join("/");
  switch (folder) {
    case "man":
      return `usr/share/man/man1/${name}`;
    case "systemd":
      return `usr/lib/systemd/${name.startsWith("user/") ? name : `system/${name}`}`;
    case "docs":
      return `${DOC_FOLDER}/${name}`;
    case "completions":
      return completionPath(name, kind);
    case "server.toml":
      return SETTINGS_FILE;
    case "prometheus":
    case "grafana":
    case "README.md":
    case "THIRD-PARTY-LICENSES.txt":
      return `${DOC_FOLDER}/${path}`;
    case "CHANGELOG.md":
      return `${DOC_FOLDER}/changelog`;
    case "LICENSE":
      return `${DOC_FOLDER}/copyright`;
    case "changelog.Debian":
      return `${DOC_FOLDER}/${path}`;
    case "lintian":
      return "usr/share/lintian/overrides/heliograph";
    default:
      return `${LIB_FOLDER}/${path}`;
  }
}

function completionPath(name: string, kind: PackageKind): string {
  const [shell, file] = name.split("/");
  if (shell === "bash") return `usr/share/bash-completion/completions/${file}`;
  const zsh = kind === "deb" ? "vendor-completions" : "site-functions";
  if (shell === "zsh") return `usr/share/zsh/${zsh}/${file}`;
  return `usr/share/fish/vendor_completions.d/${file}`;
}

/** Whether Debian and RPM want it compressed. */
export function isZipped(path: string): boolean {
  return /\/man1\/|\/changelog/.test(path);
}

/** The paths of all files of a package, links too. */
export function packageFiles(items: readonly Item[], kind: PackageKind): string[] {
  const placed = items.map(({ path }) => packagePath(path, kind));
  const links = Object.keys(packageLinks());
  return [...placed.map((path) => isZipped(path) ? `${path}.gz` : path), ...links].sort();
}

/** `/usr/bin` has links: the programs lie beside their videos. */
export function packageLinks(facts: Facts = FACTS): Record<string, string> {
  return Object.fromEntries(
    facts.programs.map((name) => [`usr/bin/${name}`, `../lib/heliograph/${name}`]),
  );
}

/** `DEBIAN/control`. `sizeKib`: what is installed takes. */
export function debControl(
  { debian }: Pick<Target, "debian">,
  sizeKib: number,
  facts: Facts = FACTS,
): string {
  return [
    `Package: ${facts.name}`,
    `Version: ${facts.version}-${facts.packageRevision}`,
    `Architecture: ${debian}`,
    `Maintainer: ${facts.maintainer}`,
    `Installed-Size: ${sizeKib}`,
    `Depends: libc6 (>= ${OLDEST_GLIBC}), libgcc-s1 | libgcc1`,
    "Recommends: ffmpeg",
    "Section: net",
    "Priority: optional",
    `Homepage: ${facts.homepage}`,
    `Description: ${debianSummary(facts)}`,
    ...facts.description.map((line) => ` ${line}`),
    "",
  ].join("\n");
}

/** Debian begins it in lower case. */
function debianSummary({ summary }: Facts): string {
  return summary.charAt(0).toLowerCase() + summary.slice(1);
}

/** `changelog.Debian`: what the packaging changed, which is nothing but the version. */
export function debChangelog(seconds: number, facts: Facts = FACTS): string {
  const date = new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
  return [
    `${facts.name} (${facts.version}-${facts.packageRevision}) unstable; urgency=medium`,
    "",
    `  * Release ${facts.version}. What changed stands in changelog.gz.`,
    "",
    ` -- ${facts.maintainer}  ${date}`,
    "",
  ].join("\n");
}

/**
 * What lintian says of every program that brings its own runtime, and why it stays. Its data lies behind the program, so that
 * it must not be stripped.
 */
export const LINTIAN_OVERRIDES: string = [
  "# The runtime of Deno is compiled in, and the program's own code lies behind it: stripping would cut it off.",
  "heliograph: unstripped-binary-or-object *",
  "heliograph: embedded-library *",
  "# It is not for Debian's archive, and the server is not started by installing: nothing for Debian's helpers to keep.",
  "heliograph: initial-upload-closes-no-bugs *",
  "heliograph: maintainer-script-calls-systemctl *",
  "# Built by Rust's toolchain, not by ours.",
  "heliograph: hardening-no-fortify-functions *",
  "heliograph: hardening-no-relro *",
  "",
].join("\n");

/** The spec of RPM. What is packed has been laid out as it is installed; `files` are its paths. */
export function rpmSpec(files: readonly string[], facts: Facts = FACTS): string {
  const units = "heliograph-server-backup.timer heliograph-server.service";
  return [
    "# Made by `deno task generate` out of tools/release. The release builds it with rpmbuild.",
    // The program's own code lies behind the runtime: nothing may strip or rewrite it.
    "%global debug_package %{nil}",
    "%global __os_install_post %{nil}",
    "%global _build_id_links none",
    `Name: ${facts.name}`,
    `Version: ${facts.version}`,
    `Release: ${facts.packageRevision}`,
    `Summary: ${facts.summary}`,
    `License: ${facts.license}`,
    `URL: ${facts.homepage}`,
    "AutoReqProv: no",
    `Requires: libc.so.6(GLIBC_${OLDEST_GLIBC})(64bit), libgcc`,
    "Recommends: util-linux, ffmpeg",
    "",
    "%description",
    ...facts.description,
    "",
    "%install",
    "cp -a %{laid_out}/. %{buildroot}/",
    "",
    "%post",
    "if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi",
    `if [ "$1" -gt 1 ] && pidof heliograph-server >/dev/null 2>&1; then`,
    ...STILL_OLD.map((line) => `  echo "${line}"`),
    "fi",
    "",
    "%preun",
    `if [ "$1" -eq 0 ] && [ -d /run/systemd/system ]; then`,
    `  systemctl disable --now ${units} || :`,
    "fi",
    "",
    "%postun",
    "if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi",
    "",
    "%files",
    "%defattr(-,root,root,-)",
    ...ownFolders(files).map((folder) => `%dir /${folder}`),
    ...[...new Set(files.map(specLine))],
    "",
  ].join("\n");
}

/** Folders that are ours alone: what is not named stays behind when the package is removed. */
function ownFolders(files: readonly string[]): readonly string[] {
  const folders = files.flatMap((path) => {
    const words = path.split("/").slice(0, -1);
    const first = words.findIndex((word) => FACTS.programs.some((program) => word === program));
    return first < 0
      ? []
      : words.slice(first).map((_, i) => words.slice(0, first + i + 1).join("/"));
  });
  return [...new Set(folders)].sort();
}

/** There is a manual page for each command, and their number changes. */
function specLine(path: string): string {
  if (path === SETTINGS_FILE) return `%config(noreplace) /${path}`;
  return `/${path.replace(/^(usr\/share\/man\/man1\/).*$/, "$1*")}`;
}

/** What an upgrade says beside a running server; `packaging/debian/postinst` says the same. */
export const STILL_OLD: readonly string[] = [
  "heliograph-server still runs the version before, and nobody was disconnected.",
  "Start the new one when it suits people: systemctl restart heliograph-server",
  "or, with a word to everybody before: heliograph-server console restart 10m",
];
