/** The .rpm, by Debian's rpm: what is in it runs, a database of its own takes it, brings it to a later one and removes it. */

import { doesNotMatch, match } from "node:assert/strict";
import { join } from "node:path";
import { rpmName } from "../../tools/release/facts.ts";
import type { Debian } from "./debian.ts";

const SCRIPT = `
cp /tmp/package.rpm /tmp/again.rpm
echo "== unpacked"
mkdir /tmp/tree
cd /tmp/tree
rpm2cpio /tmp/package.rpm | cpio -idm --quiet
usr/lib/heliograph/heliograph --version
find . -type f | wc -l
cd /tmp
echo "== installed"
rpm --force-debian --nodeps -i /tmp/package.rpm
echo "ended with $?"
rpm -V --nodeps heliograph
heliograph-server --version
echo 'motd = "Mine"' >>/etc/heliograph-server/server.toml
umask 077
heliograph-server serve --no-console --listen 127.0.0.1:0 --ready-file /tmp/ready >/tmp/log &
until [ -s /tmp/ready ]; do sleep 0.2; done
echo "== again beside a server"
rpm --force-debian --nodeps -U --replacepkgs /tmp/again.rpm
echo "ended with $?"
heliograph-server status
tail -n 1 /etc/heliograph-server/server.toml
heliograph-server console exit
echo "== removed"
rpm --force-debian -e heliograph
echo "ended with $?"
ls -d /usr/lib/heliograph /usr/bin/heliograph
tail -n 1 /etc/heliograph-server/server.toml.rpmsave
`;

/** `release`: the folder with the .rpm; `version`: what its programs say. */
export async function tryRpm(
  bare: Debian,
  { release, version }: { readonly release: string; readonly version: string },
): Promise<void> {
  await using debian = await bare.copy("rpm");
  await debian.give(join(release, rpmName("x86_64")), "package.rpm");
  const { section } = await debian.run(SCRIPT);
  match(section("unpacked"), new RegExp(`^heliograph ${version}$`, "m"));
  match(section("installed"), new RegExp(`ended with 0\nheliograph-server ${version}\n`));
  match(section("again beside a server"), /ended with 0\nRunning for/);
  match(section("again beside a server"), /motd = "Mine"/);
  match(section("removed"), /ended with 0/);
  doesNotMatch(section("removed"), /^\/usr/m);
  match(section("removed"), /^motd = "Mine"$/m);
}
