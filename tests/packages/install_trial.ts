/** `install.sh` with the real programs, from a web server of this machine, for somebody with an empty HOME. */

import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import type { Debian } from "./debian.ts";

/** In a shell of that person. */
const asPerson = (script: string) =>
  `useradd --create-home --uid 1234 eve
cat >/tmp/as-eve.sh <<'END'
cd
${script}
END
mkdir -p /home/eve
MOUNT
chown -R eve /home/eve
setpriv --reuid=1234 --regid=1234 --clear-groups env -i HOME=/home/eve PATH=/usr/bin:/bin sh /tmp/as-eve.sh
`;

const INSTALL = (from: string) => `
echo "== install"
sh /tmp/install.sh --from ${from}
echo "ended with $?"
PATH=$HOME/.local/bin:$PATH
echo "== versions"
heliograph --version
heliograph-server --version
echo "== demo"
heliograph demo </dev/null
echo "ended with $?"
echo "== running server"
heliograph-server serve --no-console --listen 127.0.0.1:0 --ready-file ready >log 2>&1 &
until [ -s ready ]; do sleep 0.2; done
sh /tmp/install.sh --from ${from}
echo "ended with $?"
heliograph-server status
heliograph-server console restart
until grep -q "^Server started.*" log && [ "$(grep -c '^Server started' log)" = 2 ]; do sleep 0.2; done
heliograph-server status
echo "ended with $?"
heliograph-server console exit
echo "== uninstall"
sh /tmp/install.sh --uninstall
echo "ended with $?"
find .local -name 'heliograph*' -not -path '*/share/heliograph*' -not -path '*/state/heliograph*'
ls .local/share/heliograph-server
`;

const NO_ROOM = (from: string) => `
echo "== no room"
sh /tmp/install.sh --from ${from}
echo "ended with $?"
find . -type f
`;

const NO_ROOM_TWICE = (from: string) => `
sh /tmp/install.sh --from ${from} >/dev/null
echo "== no room"
sh /tmp/install.sh --from ${from}
echo "ended with $?"
.local/bin/heliograph --version
.local/bin/heliograph-server --version
ls -A .local/lib
`;

/** `release`: the folder with the archive; `version`: what its programs say. */
export async function tryInstaller(
  bare: Debian,
  { release, version }: { readonly release: string; readonly version: string },
): Promise<void> {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const name = new URL(request.url).pathname.slice(1);
      return new Response((await Deno.open(join(release, name))).readable);
    },
  );
  const from = `http://127.0.0.1:${server.addr.port}`;
  const script = join(PROJECT_ROOT, "packaging/install.sh");
  const run = async (name: string, text: string, mount = "") => {
    await using debian = await bare.copy(name);
    await debian.give(script, "install.sh");
    return await debian.run(asPerson(text).replace("MOUNT", mount));
  };

  const { section } = await run("installed", INSTALL(from));
  match(section("install"), /Installed Heliograph[^]*There is no ffmpeg here[^]*ended with 0\n$/);
  equal(section("versions"), `heliograph ${version}\nheliograph-server ${version}\n`);
  match(section("demo"), /ended with 0/);
  match(section("running server"), /still runs the version before[^]*Running for[^]*ended with 0/);
  doesNotMatch(section("running server"), /Failed to spawn/);
  match(section("uninstall"), /^Removed Heliograph[^]*ended with 0\n[^/]*server\.db/);

  const small = (size: string) => `mount -t tmpfs -o size=${size} none /home/eve`;
  // Not even the archive, then not the programs in it, then not both versions.
  for (const size of ["40m", "150m"]) {
    const crowded = await run(`crowded-${size}`, NO_ROOM(from), small(size));
    match(crowded.section("no room"), /no room in|is there room in/);
    deepEqual(crowded.section("no room").split("ended with 1\n")[1], "");
  }
  const twice = await run("crowded-twice", NO_ROOM_TWICE(from), small("360m"));
  match(twice.section("no room"), /room in .*untouched[^]*ended with 1/s);
  match(
    twice.section("no room"),
    new RegExp(`\nheliograph ${version}\nheliograph-server ${version}\nheliograph\n$`),
  );
}
