/** PostgreSQL and NATS beyond this machine: in TLS, under a name that their certificate has, by an authority that the operator names. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { NatsLine } from "../../../lib/server/bus/nats_line.ts";
import { parseBusUrl } from "../../../lib/server/config/bus_url.ts";
import { parseStoreUrl } from "../../../lib/server/config/store_url.ts";
import { connectPostgres } from "../../../lib/server/store/postgres/opening.ts";
import { testAuthority } from "../../kit/certificates.ts";
import { until } from "../../kit/cluster.ts";
import { hasNats, NatsServer } from "../../kit/nats.ts";
import { hasPostgres, PostgresServer } from "../../kit/postgres.ts";

/** A certificate for `localhost`, its authority and another one of the same name, in files. */
async function openFiles(owner: AsyncDisposableStack) {
  const folder = await Deno.makeTempDir({ prefix: "heliograph-tls-" });
  owner.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.chmod(folder, 0o755);
  const [authority, other] = [await testAuthority(), await testAuthority()];
  const { certificateChainPem, privateKeyPem } = await authority.issue("localhost");
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(join(folder, name), text);
    if (name === "password") await Deno.chmod(join(folder, name), 0o600);
    return join(folder, name);
  };
  return {
    write,
    certificate: await write("server.pem", certificateChainPem),
    key: await write("server.key", privateKeyPem),
    ca: await write("ca.pem", authority.caPem),
    otherCa: await write("other.pem", other.caPem),
    password: await write("password", "pw\n"),
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test({
  name: "a PostgreSQL in TLS is taken by its name and the operator's authority, and by no other",
  ignore: !hasPostgres(),
  async fn() {
    await using owner = new AsyncDisposableStack();
    const { certificate, key, ca, otherCa, password } = await openFiles(owner);
    // It takes a key of its own user alone.
    await Deno.chmod(key, 0o600);
    if (Deno.uid() === 0) await Deno.chown(key, 65534, 65534);
    const port = freePort();
    const settings = { listen_addresses: "127.0.0.1", port: `${port}`, ssl: "on" };
    const postgres = owner.use(
      await PostgresServer.start({
        settings: { ...settings, ssl_cert_file: certificate, ssl_key_file: key },
        users: "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n",
      }),
    );
    {
      await using database = await postgres.connect(postgres.address);
      const sql = "ALTER USER heliograph PASSWORD 'pw'";
      await database.transaction((transaction) => transaction.script(sql));
    }
    const connect = async (host: string, parameters: string) => {
      const url = `postgres://heliograph@${host}:${port}/postgres?${parameters}`;
      const parsed = parseStoreUrl(url);
      if (!parsed.ok) throw new Error(parsed.message);
      const choice = { url, place: parsed.place, passwordFile: password };
      await using database = await connectPostgres({
        ...{ clock: systemClock, random: systemRandom, choice },
      });
      return await database.integer(
        "SELECT ssl::int FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
      );
    };
    equal(await connect("localhost", `sslmode=verify-full&sslrootcert=${ca}`), 1);
    for (
      const [host, parameters, why] of [
        ["localhost", `sslmode=verify-full&sslrootcert=${otherCa}`, /invalid peer certificate/],
        ["localhost", "sslmode=verify-full", /invalid peer certificate/],
        ["127.0.0.1", `sslmode=verify-full&sslrootcert=${ca}`, /certificate not valid for name/],
        ["localhost", "sslmode=disable", /no encryption/],
      ] as const
    ) await rejects(connect(host, parameters), { name: "StorageError", message: why });
  },
});

Deno.test({
  name: "a NATS in TLS is taken by its name and the operator's authority, and by no other",
  ignore: !hasNats(),
  async fn() {
    await using owner = new AsyncDisposableStack();
    const { certificate, key, ca, otherCa, password, write } = await openFiles(owner);
    const settings = await write(
      "nats.conf",
      `tls { cert_file: "${certificate}", key_file: "${key}" }
authorization { user: nodes, password: "pw" }
`,
    );
    const { port } = owner.use(await NatsServer.start(["-c", settings]));
    const open = (url: string) => {
      const parsed = parseBusUrl(url);
      if (!parsed.ok) throw new Error(parsed.message);
      return NatsLine.open({ place: parsed.place, passwordFile: password });
    };
    const one = owner.use(await open(`tls://nodes@localhost:${port}?ca=${ca}`));
    const two = owner.use(await open(`tls://nodes@localhost:${port}?ca=${ca}`));
    const heard: number[] = [];
    two.subscribe("here", (bytes) => void heard.push(...bytes));
    await until(() => {
      one.publish("here", Uint8Array.of(7));
      return heard.length > 0;
    });
    deepEqual(heard[0], 7);
    for (
      const [url, why] of [
        [`tls://nodes@localhost:${port}?ca=${otherCa}`, /invalid peer certificate/],
        [`tls://nodes@127.0.0.1:${port}?ca=${ca}`, /certificate not valid for name/],
        [`nats://nodes@localhost:${port}`, /it wants TLS: use tls:\/\//],
      ] as const
    ) await rejects(open(url), { name: "TransportError", message: why });
  },
});
