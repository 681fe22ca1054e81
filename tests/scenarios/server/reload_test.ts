/** Reloading the certificate of a server that runs, over real TLS connections. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { dialTls } from "../../../lib/net/dialling/dial.ts";
import { RawClient } from "../../kit/raw_client.ts";
import { shownLeaf } from "../../kit/shown_leaf.ts";
import { run, scratch, ServerProcess } from "./server_process.ts";

const ignore = Deno.build.os === "windows";

async function dial(folder: string, { ready }: ServerProcess): Promise<RawClient> {
  const caPem = await Deno.readTextFile(join(folder, "data/ca.pem"));
  const { stream } = await dialTls(ready, caPem, { clock: systemClock, timeoutMs: 10_000 });
  return new RawClient(stream);
}

Deno.test({
  name: "J9: reload shows a new certificate to who connects, and who is connected stays",
  ignore,
  async fn() {
    await using place = await scratch();
    const { folder } = place;
    const data = join(folder, "data");
    const server = await ServerProcess.start(folder);
    const { port } = server.ready;
    const reload = () => run(["console", "reload", "--data", data]);
    const first = await shownLeaf(port);
    const old = await dial(folder, server);
    await old.hello();
    const same = await reload();
    assert.match(same.stdout, /^Certificate: unchanged, valid until \d{4}-/, same.stderr);
    assert.equal(await shownLeaf(port), first);

    // The server makes a new one in place of what is missing.
    await Deno.remove(join(data, "tls.pem"));
    const renewed = await reload();
    assert.match(
      renewed.stdout,
      /^Certificate: new, valid until .*; open connections keep the old/,
    );
    assert.notEqual(await shownLeaf(port), first);
    const young = await dial(folder, server);
    await young.hello();
    assert.equal((await old.ask("login.start", {})).header.kind, "failure", "it is answered still");

    // What cannot be used changes nothing.
    const second = await shownLeaf(port);
    await Deno.writeTextFile(join(data, "tls.key"), "no key");
    await Deno.copyFile(join(data, "tls.pem"), join(data, "tls.old"));
    await Deno.writeTextFile(
      join(data, "tls.pem"),
      `${await Deno.readTextFile(join(data, "tls.old"))}\n`,
    );
    const broken = await reload();
    assert.equal(broken.code, 5);
    assert.match(
      broken.stderr,
      /^Cannot use the TLS certificate: certificate or key cannot be read$/m,
    );
    assert.equal(await shownLeaf(port), second);
    await old.close();
    await young.close();
    assert.equal((await server.stop("SIGTERM")).code, 0);
  },
});

Deno.test({
  name: "SIGHUP reloads a server without a terminal, and does not end it",
  ignore,
  async fn() {
    await using place = await scratch();
    const server = await ServerProcess.start(place.folder);
    const { port } = server.ready;
    const first = await shownLeaf(port);
    await Deno.remove(join(place.folder, "data/tls.pem"));
    server.signal("SIGHUP");
    // Refused for the moment in which nobody listens.
    while (await shownLeaf(port).catch(() => first) === first);
    // It shows the new one before it has logged it.
    await server.logged(/server\.reload found="Certificate: new/);
    assert.equal((await server.stop("SIGTERM")).code, 0);
  },
});

Deno.test({
  name: "status shows who may register as it is after a reload",
  ignore,
  async fn() {
    await using place = await scratch();
    const data = join(place.folder, "data");
    const config = join(place.folder, "server.toml");
    await Deno.writeTextFile(config, 'registration = "open"\n');
    const server = await ServerProcess.start(place.folder, ["--config", config]);
    const shown = async () => {
      const { stdout } = await run(["status", "--data", data, "--json"]);
      return JSON.parse(stdout).registration;
    };
    assert.equal(await shown(), "open");
    await Deno.writeTextFile(config, 'registration = "closed"\n');
    const reloaded = await run(["console", "reload", "--data", data]);
    assert.match(reloaded.stdout, /changed registration/, reloaded.stderr);
    assert.equal(await shown(), "closed");
    assert.equal((await server.stop("SIGTERM")).code, 0);
  },
});
