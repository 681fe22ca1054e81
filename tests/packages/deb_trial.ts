/** The .deb in a bare Debian: installed, used by two people, upgraded beside the running server, removed and purged. */

import { doesNotMatch, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { debName } from "../../tools/release/facts.ts";
import type { Debian } from "./debian.ts";
import { printedBy } from "../release/made.ts";

/** What the unit says, without systemd: the same folder, and a server that goes on beside the script. */
const SERVE = `
umask 077
export HELIOGRAPH_DATA=/var/lib/heliograph
heliograph-server serve --no-console --listen 127.0.0.1:0 --ready-file /tmp/ready >/tmp/serve.log &
until [ -s /tmp/ready ]; do sleep 0.2; done
address=127.0.0.1:$(sed 's/.*"port":\\([0-9]*\\).*/\\1/' /tmp/ready)
trust=$(sed 's/.*"fingerprint":"\\([^"]*\\)".*/\\1/' /tmp/ready)
`;

const PEOPLE = `
alice() { HELIOGRAPH_HOME=/tmp/alice heliograph "$@"; }
bob() { HELIOGRAPH_HOME=/tmp/bob heliograph "$@"; }
echo correct horse battery staple > pw
for one in alice bob; do
  $one register $one --server $address --trust $trust --password-file pw --recovery-file $one.code
done
`;

const USE_AND_UPGRADE = `
echo "== install"
dpkg -i /tmp/old.deb
echo "ended with $?"
dpkg --verify heliograph
echo "== versions"
heliograph --version
heliograph-server --version
echo "== demo"
heliograph demo </dev/null
echo "ended with $?"
${SERVE}
${PEOPLE}
alice send bob before the upgrade
bob accept alice
echo "== port taken"
heliograph-server serve --no-console --listen $address --data /tmp/other
echo "ended with $?"
echo "== upgrade"
echo 'motd = "Kept by the operator"' >>/etc/heliograph-server/server.toml
dpkg -i /tmp/new.deb
echo "ended with $?"
echo "== running"
heliograph-server status
alice send bob beside the upgrade
echo "== restart"
first=$(pidof heliograph-server)
heliograph-server console restart
while heliograph-server status 2>/dev/null | grep -q "process $first\\$"; do sleep 0.2; done
until heliograph-server status >/dev/null 2>&1; do kill -0 $first || break; sleep 0.2; done
heliograph-server status
echo "ended with $?"
alice send bob after the restart
bob receive
echo "== wrong architecture"
dpkg -i /tmp/arm64.deb
echo "ended with $?"
heliograph --version
echo "== purge beside the server"
dpkg --purge heliograph
ls /var/lib/heliograph
`;

const REMOVE_AND_PURGE = `
dpkg -i /tmp/new.deb >/dev/null
echo 'motd = "Mine"' >>/etc/heliograph-server/server.toml
mkdir -p /var/lib/heliograph
touch /var/lib/heliograph/server.db
echo "== removed"
dpkg --remove heliograph
ls /usr/bin/heliograph* /usr/lib/heliograph
tail -n 1 /etc/heliograph-server/server.toml
ls /var/lib/heliograph
echo "== purged"
dpkg --purge heliograph
ls -d /etc/heliograph-server /var/lib/heliograph /usr/lib/heliograph
`;

/** The programs take 190 MB, and an upgrade has both versions there for a moment. */
const NO_ROOM = `
mkdir -p /usr/lib/heliograph
mount -t tmpfs -o size=250m none /usr/lib/heliograph
dpkg -i /tmp/old.deb >/dev/null
echo "== no room"
dpkg -i /tmp/new.deb
echo "ended with $?"
heliograph --version
heliograph-server --version
`;

/** The same package as a later one. */
async function laterDeb(file: string, folder: string): Promise<string> {
  const tree = join(folder, "later");
  await printedBy(["dpkg-deb", "-R", file, tree]);
  const control = join(tree, "DEBIAN/control");
  const text = await Deno.readTextFile(control);
  await Deno.writeTextFile(control, text.replace(/^(Version: .*)-1$/m, "$1-2"));
  const later = join(folder, "later.deb");
  await printedBy(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, later]);
  await Deno.remove(tree, { recursive: true });
  return later;
}

/** `release`: the folder with the .deb; `version`: what its programs say. */
export async function tryDeb(
  bare: Debian,
  { release, folder, version }: {
    readonly release: string;
    readonly folder: string;
    readonly version: string;
  },
): Promise<void> {
  const later = await laterDeb(join(release, debName("amd64")), folder);
  const give = async (debian: Debian) => {
    await debian.give(join(release, debName("amd64")), "old.deb");
    await debian.give(later, "new.deb");
    await debian.give(join(release, debName("arm64")), "arm64.deb");
  };
  await using used = await bare.copy("used");
  await give(used);
  const { output, section } = await used.run(USE_AND_UPGRADE);
  match(section("install"), /systemctl enable --now heliograph-server[^]*ended with 0\n$/);
  equal(section("versions"), `heliograph ${version}\nheliograph-server ${version}\n`);
  match(section("demo"), /ffmpeg[^]*ended with 0/);
  match(section("port taken"), /port is already in use[^]*ended with 5/);
  match(section("upgrade"), /still runs the version before, and nobody was/);
  match(section("upgrade"), /ended with 0/);
  match(section("running"), /Running for/);
  match(section("restart"), /Running for[^]*ended with 0/);
  for (const text of ["before the upgrade", "beside the upgrade", "after the restart"]) {
    match(output, new RegExp(`alice .*${text}`), text);
  }
  doesNotMatch(output, /Failed to spawn/);
  match(section("wrong architecture"), /architecture \(arm64\) does not match[^]*ended with 1/);
  match(section("wrong architecture"), new RegExp(`\nheliograph ${version}\n$`));
  match(section("purge beside the server"), /Not purged: heliograph-server is running/);
  match(section("purge beside the server"), /^server\.db$/m);

  await using purged = await bare.copy("purged");
  await give(purged);
  const away = await purged.run(REMOVE_AND_PURGE);
  match(away.section("removed"), /^motd = "Mine"$/m);
  match(away.section("removed"), /^server\.db$/m);
  doesNotMatch(away.section("removed"), /^\/usr\/bin/m);
  doesNotMatch(away.section("purged"), /^\//m);

  await using full = await bare.copy("full");
  await give(full);
  const crowded = (await full.run(NO_ROOM)).section("no room");
  match(crowded, /No space left on device[^]*ended with 1/);
  match(crowded, new RegExp(`\nheliograph ${version}\nheliograph-server ${version}\n$`));
}
