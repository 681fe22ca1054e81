/**
 * The bill of materials of the programs, as CycloneDX 1.6: the same packages whose licences they carry, and what the runtime and
 * the picture decoder are made of.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../tests/tools/layers.ts";
import { packagesBelow, runtimeImports } from "../licenses.ts";
import { FACTS, type Facts } from "./facts.ts";

interface Licensed {
  readonly license: { readonly id: string };
}
interface Expressed {
  readonly expression: string;
}

/** One part of the programs. */
export interface Component {
  readonly type: "library" | "application" | "platform";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses: readonly (Licensed | Expressed)[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/** What is in a programs without being a package of npm: by its text in `packaging/licenses`, its licence in SPDX's words. */
export const NATIVE_PARTS: Readonly<
  Record<string, { readonly name: string; readonly license: string }>
> = {
  "aws-lc.txt": { name: "aws-lc", license: "ISC AND (Apache-2.0 OR ISC)" },
  "brotli.txt": { name: "brotli", license: "MIT" },
  "deno.txt": { name: "deno", license: "MIT" },
  "icu.txt": { name: "icu", license: "Unicode-3.0" },
  "libjpeg-turbo.txt": { name: "libjpeg-turbo", license: "IJG AND BSD-3-Clause AND Zlib" },
  "libwebp.txt": { name: "libwebp", license: "BSD-3-Clause" },
  "lodepng.txt": { name: "lodepng", license: "Zlib" },
  "ring.txt": { name: "ring", license: "Apache-2.0 AND ISC" },
  "rustls.txt": { name: "rustls", license: "Apache-2.0 OR ISC OR MIT" },
  "simdutf.txt": { name: "simdutf", license: "MIT" },
  "sqlite.txt": { name: "sqlite", license: "blessing" },
  "v8.txt": { name: "v8", license: "BSD-3-Clause" },
};

/** Versions that are known: that of the runtime which compiles, and of the decoder that lies in the repository. */
function nativeVersions(deno: string): Record<string, string> {
  return { deno, "libjpeg-turbo": "2.0.3" };
}

function licensesOf(license: string): Component["licenses"] {
  const bare = license.replace(/^\((.*)\)$/, "$1");
  return / (?:AND|OR|WITH) /.test(bare) ? [{ expression: bare }] : [{ license: { id: bare } }];
}

function npmComponent(
  { name, version, license }: { name: string; version: string; license: string },
  integrity: string,
): Component {
  const purl = `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
  const [algorithm, digest] = integrity.split("-", 2);
  if (algorithm !== "sha512") throw new Error(`${name}@${version} has no SHA-512 in deno.lock`);
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    purl,
    licenses: licensesOf(license),
    hashes: [{ alg: "SHA-512", content: hexOf(digest) }],
  };
}

function hexOf(base64: string): string {
  return [...atob(base64)].map((one) => one.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

/** The digest of each package in the lock file, by `name@version` without what stands behind it there. */
function integrities(root: string): Map<string, string> {
  const { npm } = JSON.parse(readFileSync(join(root, "deno.lock"), "utf8"));
  return new Map(
    Object.entries<{ integrity: string }>(npm).map(([key, { integrity }]) => [
      key.replace(/^(@?[^@]+@[^_]+)_.*$/, "$1"),
      integrity,
    ]),
  );
}

/** Everything that is embedded. Throws when a package has no digest in the lock file. */
export function components(deno: string, root = PROJECT_ROOT): Component[] {
  const digests = integrities(root);
  const packages = packagesBelow(root, Object.keys(runtimeImports(root))).map((one) => {
    const integrity = digests.get(`${one.name}@${one.version}`);
    if (integrity === undefined) throw new Error(`deno.lock has no ${one.name}@${one.version}`);
    return npmComponent(one, integrity);
  });
  const versions = nativeVersions(deno);
  const parts = Object.values(NATIVE_PARTS).map(({ name, license }): Component => ({
    type: name === "deno" ? "platform" : "library",
    "bom-ref": `native:${name}`,
    name,
    ...(versions[name] === undefined ? {} : { version: versions[name] }),
    licenses: licensesOf(license),
  }));
  return [...parts, ...packages];
}

/** The document. `deno`: the version of the runtime that is embedded. */
export function sbom(
  { deno, seconds, facts = FACTS }: {
    readonly deno: string;
    readonly seconds: number;
    readonly facts?: Facts;
  },
): string {
  const parts = components(deno);
  const root = `pkg:generic/${facts.name}@${facts.version}`;
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: serialNumber(JSON.stringify([parts, facts.version, seconds])),
    version: 1,
    metadata: {
      timestamp: new Date(seconds * 1000).toISOString().replace(".000Z", "Z"),
      component: {
        type: "application",
        "bom-ref": root,
        name: facts.name,
        version: facts.version,
        purl: root,
        description: facts.summary,
        licenses: licensesOf(facts.license),
        externalReferences: [{ type: "vcs", url: facts.homepage }],
      },
    },
    components: parts,
    dependencies: [
      { ref: root, dependsOn: parts.map((part) => part["bom-ref"]) },
      ...parts.map((part) => ({ ref: part["bom-ref"] })),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** A UUID out of what is described, so that the same release has the same one. */
function serialNumber(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join("-")}`;
}
