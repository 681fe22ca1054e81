/** The container image: built by buildah where that runs, else step by step in a Debian; then its server is used. */

import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { isOnPath } from "../kit/on_path.ts";
import { printedBy } from "../release/made.ts";
import type { Debian } from "./debian.ts";

/** Run inside, as the image's user: ffmpeg, the server, its health check, and its metrics by the address that others see. */
const INSIDE = `
echo "== who"
id -u
echo "== ffmpeg"
ffmpeg -version
echo "== serve"
cd /var/lib/heliograph
head -c 32 /dev/urandom | base64 >token
chmod 400 token
export HELIOGRAPH_METRICS=0.0.0.0:0 HELIOGRAPH_METRICS_TOKEN_FILE=token
heliograph-server serve --no-console --log-format json >log 2>&1 &
until heliograph-server status >/dev/null 2>&1; do sleep 0.2; kill -0 $! || break; done
heliograph-server status
echo "ended with $?"
echo "== from outside"
port=$(sed -n 's/.*"event":"metrics","address":"0.0.0.0:\\([0-9]*\\)".*/\\1/p' log)
address=$(hostname -I | cut -d " " -f 1)
heliograph-server ca show >shown.pem
for path in healthz readyz metrics; do
  curl -sS --cacert shown.pem --resolve "heliograph.internal:$port:$address" \\
    -H "Authorization: Bearer $(cat token)" "https://heliograph.internal:$port/$path"
done
echo "== end"
heliograph-server console exit
wait
`;

/** What the instructions of a Containerfile are for a chroot. */
interface Step {
  readonly word: string;
  readonly rest: string;
}

function readSteps(text: string): Step[] {
  return text.replaceAll(/^#.*\n/gm, "").replaceAll("\\\n", " ").trim().split("\n")
    .map((line) => {
      const [, word, rest] = /^(\w+) +(.*)$/.exec(line)!;
      return { word, rest };
    });
}

/** `image`: the folder that `deno task release --image` lays out. */
export async function tryImage(
  bare: Debian,
  { image, folder }: { readonly image: string; readonly folder: string },
): Promise<void> {
  const said = isOnPath("buildah")
    ? await byBuildah(bare, image, folder)
    : await stepByStep(bare, image);
  const section = (name: string) => said.split(`== ${name}\n`)[1]?.split("\n== ")[0] ?? "";
  equal(section("who").trim(), "9797");
  match(section("ffmpeg"), /^ffmpeg version /);
  match(section("serve"), /Running for[^]*Videos +\/srv\/videos[^]*ended with 0/);
  // By an address that other containers have, as compose's settings have it.
  match(section("from outside"), /^ok\nready\n[^]*\nprocess_start_time_seconds /);
}

async function byBuildah(bare: Debian, image: string, folder: string): Promise<string> {
  const store = ["--root", join(folder, "store"), "--runroot", join(folder, "run")];
  const buildah = (...args: string[]) =>
    printedBy(["buildah", ...store, "--storage-driver", "vfs", ...args]);
  const scratch = (await buildah("from", "scratch")).trim();
  await buildah("add", "--quiet", scratch, bare.root, "/");
  await buildah("commit", "--quiet", "--rm", scratch, "localhost/base:1");
  const base = ["--build-arg", "BASE=localhost/base:1"];
  const isolated = ["--isolation", "chroot"];
  await buildah(
    "bud",
    ...isolated,
    "--format",
    "docker",
    ...base,
    "-t",
    "localhost/tried:1",
    image,
  );
  const facts = await buildah("inspect", "--type", "image", "localhost/tried:1");
  const { Docker: { config } } = JSON.parse(facts);
  equal(config.User, "9797:9797");
  deepOk(config.Healthcheck.Test, "heliograph-server status");
  deepOk(Object.keys(config.Volumes), "/var/lib/heliograph");
  deepOk(Object.keys(config.ExposedPorts), "9797/udp");
  const container = (await buildah("from", "localhost/tried:1")).trim();
  return await buildah("run", ...isolated, container, "sh", "-c", INSIDE);
}

function deepOk(list: readonly string[], wanted: string): void {
  ok(list.includes(wanted), `${wanted} in ${list}`);
}

async function stepByStep(bare: Debian, image: string): Promise<string> {
  await using debian = await bare.copy("image");
  const steps = readSteps(await Deno.readTextFile(join(image, "Containerfile")));
  const programs = join(debian.root, "usr/lib/heliograph");
  const environment = steps.filter(({ word }) => word === "ENV").map(({ rest }) => rest);
  for (const { word, rest } of steps) {
    if (word === "RUN") equal((await debian.run(`set -e\n${rest}`)).code, 0, rest);
    else if (word === "COPY") await printedBy(["cp", "-a", join(image, "amd64"), programs]);
  }
  await Deno.writeTextFile(join(debian.root, "tmp/inside.sh"), INSIDE);
  const user = "setpriv --reuid=9797 --regid=9797 --clear-groups";
  const { output } = await debian.run(`${user} env ${environment.join(" ")} sh /tmp/inside.sh`);
  return output;
}
