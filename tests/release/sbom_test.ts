/** The bill of materials: what is in it, and that it is as the schema of CycloneDX 1.6 asks. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { packagesBelow, runtimeImports } from "../../tools/licenses.ts";
import { components, NATIVE_PARTS, sbom } from "../../tools/release/sbom.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { SECONDS } from "./made.ts";

const document = JSON.parse(sbom({ deno: "2.4.2", seconds: SECONDS }));

/** Of bom-1.6.schema.json: what an object must have, by its definition there. */
const REQUIRED = {
  bom: ["bomFormat", "specVersion"],
  component: ["type", "name"],
  hash: ["alg", "content"],
  dependency: ["ref"],
  externalReference: ["url", "type"],
} as const;

/** What the schema allows in a component, as far as we write it: it forbids all else. */
const OF_A_COMPONENT = [
  "type",
  "bom-ref",
  "name",
  "version",
  "purl",
  "licenses",
  "hashes",
  "description",
  "externalReferences",
];

/** Of the SPDX list, those that our packages name. */
const SPDX = [
  "MIT",
  "BSD-3-Clause",
  "Apache-2.0",
  "ISC",
  "IJG",
  "Zlib",
  "Unlicense",
  "Unicode-3.0",
  "blessing",
];

type Json = Record<string, unknown>;

function hasAll(kind: keyof typeof REQUIRED, object: Json): void {
  for (const name of REQUIRED[kind]) ok(object[name] !== undefined, `${kind} without ${name}`);
}

Deno.test("SBOM: the document is as CycloneDX 1.6 asks", () => {
  hasAll("bom", document);
  equal(document.bomFormat, "CycloneDX");
  equal(document.specVersion, "1.6");
  equal(document.version, 1);
  match(
    document.serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  );
  match(document.metadata.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  for (const reference of document.metadata.component.externalReferences) {
    hasAll("externalReference", reference);
  }
});

Deno.test("SBOM: each component has a type, a name, a licence of the SPDX list and hashes of the right length", () => {
  for (const component of [document.metadata.component, ...document.components]) {
    hasAll("component", component);
    deepEqual(Object.keys(component).filter((name) => !OF_A_COMPONENT.includes(name)), []);
    ok(["application", "library", "platform"].includes(component.type));
    ok(component.licenses.length > 0, component.name);
    for (const { license, expression } of component.licenses) {
      const ids = license?.id === undefined
        ? expression.replaceAll(/[()]/g, "").split(/ (?:AND|OR) /)
        : [license.id];
      for (const id of ids) ok(SPDX.includes(id), `${component.name}: ${id}`);
      // The schema takes one expression, or any number of licences.
      if (expression !== undefined) equal(component.licenses.length, 1);
    }
    for (const hash of component.hashes ?? []) {
      hasAll("hash", hash);
      equal(hash.alg, "SHA-512");
      match(hash.content, /^[0-9a-f]{128}$/);
    }
  }
});

Deno.test("SBOM: every reference is of one component, and every component is referred to", () => {
  const refs = [document.metadata.component, ...document.components]
    .map((component) => component["bom-ref"]);
  equal(new Set(refs).size, refs.length);
  for (const dependency of document.dependencies) {
    hasAll("dependency", dependency);
    for (const ref of dependency.dependsOn ?? []) ok(refs.includes(ref), ref);
  }
  deepEqual(document.dependencies.map(({ ref }: { ref: string }) => ref).sort(), refs.sort());
});

Deno.test("SBOM: it names each package that the programs carry, with its purl and its hash, and nothing else of npm", () => {
  const embedded = packagesBelow(PROJECT_ROOT, Object.keys(runtimeImports(PROJECT_ROOT)));
  const parts = components("2.4.2").filter(({ purl }) => purl !== undefined);
  deepEqual(
    parts.map(({ name, version }) => `${name}@${version}`),
    embedded.map(({ name, version }) => `${name}@${version}`),
  );
  const scoped = parts.find(({ name }) => name === "@noble/hashes");
  equal(scoped?.purl, `pkg:npm/%40noble/hashes@${scoped?.version}`);
  equal(scoped?.hashes?.length, 1);
});

Deno.test("SBOM: what is no package of npm is named where its licence is kept", () => {
  const texts = readdirSync(join(PROJECT_ROOT, "packaging/licenses"))
    // A text that others refer to.
    .filter((name) => name.endsWith(".txt") && name !== "apache-2.0.txt");
  deepEqual(Object.keys(NATIVE_PARTS).sort(), texts.sort());
  const deno = components("2.4.2").find(({ name }) => name === "deno");
  deepEqual([deno?.type, deno?.version], ["platform", "2.4.2"]);
});

Deno.test("SBOM: the same release has the same document, another one another number", () => {
  const again = sbom({ deno: "2.4.2", seconds: SECONDS });
  equal(again, `${JSON.stringify(document, null, 2)}\n`);
  const other = JSON.parse(sbom({ deno: "2.9.6", seconds: SECONDS }));
  ok(other.serialNumber !== document.serialNumber);
});
