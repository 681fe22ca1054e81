/** The compose file of three nodes: whole YAML, settings that the server knows, and nodes that are of one server. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { parse } from "yaml";
import { SETTINGS, variableOf } from "../../lib/server/config/settings.ts";
import { problemOf } from "../../lib/server/config/setting_type.ts";
import { FACTS } from "../../tools/release/facts.ts";
import { nodesComposeFile } from "../../tools/release/nodes_compose.ts";

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

// The cast: what the tests below look at is what it has to be.
const { services, volumes } = parse(nodesComposeFile()) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const nodes = Object.entries(services).filter(([, { image }]) => image.startsWith(FACTS.image));

Deno.test("the compose file of three nodes has settings that the server knows, and takes", () => {
  deepEqual(nodes.map(([name]) => name), ["one", "two", "three"]);
  for (const [, { environment = {} }] of nodes) {
    for (const [variable, value] of Object.entries(environment)) {
      const setting = SETTINGS.find(({ key }) => variableOf(key) === variable);
      ok(setting, variable);
      equal(problemOf(setting, value), undefined);
    }
  }
});

Deno.test("its nodes share database, bus and spool, and nothing else: name, address, ports and keys are each one's own", () => {
  const of = (key: string) =>
    new Set(nodes.map(([, { environment }]) => environment?.[`HELIOGRAPH_${key}`])).size;
  deepEqual(["STORE", "BUS", "SPOOL"].map(of), [1, 1, 1]);
  deepEqual(["NODE", "PUBLIC_ADDRESS"].map(of), [3, 3]);
  equal(new Set(nodes.flatMap(([, { ports }]) => ports)).size, 6);
  for (const [name, { volumes = [], environment }] of nodes) {
    equal(environment?.HELIOGRAPH_NODE, name);
    ok(volumes.includes(`${name}:/var/lib/heliograph`));
  }
});

Deno.test("whatever it names is there: services that are waited for, volumes, an image with its version", () => {
  for (const { depends_on, image, volumes: mounts = [] } of Object.values(services)) {
    for (const name of Object.keys(depends_on ?? {})) ok(name in services, name);
    ok(/:[0-9]/.test(image), image);
    for (const mount of mounts) ok(mount.startsWith("./") || mount.split(":")[0] in volumes, mount);
  }
});

Deno.test("another version, image and port in the table is another one in it", () => {
  const text = nodesComposeFile({ ...FACTS, version: "7.8.9", image: "example.org/i", port: 4000 });
  ok(text.includes("image: example.org/i:7.8.9") && text.includes('"4002:4000/udp"'));
  ok(!text.includes(FACTS.version) && !text.includes(FACTS.image));
});
