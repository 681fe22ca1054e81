/** Health and metrics of a server that runs: who is answered, in which certificate, and whether Prometheus takes them. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { TLS_SERVER_NAME } from "../../../lib/net/dialling/dial.ts";
import type { TlsIdentity } from "../../../lib/net/listening/acceptor.ts";
import { runAdmin } from "../../../lib/admin/main.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { testAuthority } from "../../kit/certificates.ts";
import { isOnPath } from "../../kit/on_path.ts";
import { RawClient } from "../../kit/raw_client.ts";
import { PROJECT_ROOT } from "../../tools/layers.ts";
import { run, scratch, ServerProcess } from "./server_process.ts";

const isWindows = Deno.build.os === "windows";
const noPromtool = !isOnPath("promtool");
const TOKEN = "5f0c2f7f6b1e4a7d9c3e8b2a1d4f6e8c";

/** What promtool says of a text or of files; rejects with its words when it finds a fault. */
async function promtool(args: readonly string[], input = ""): Promise<string> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 0, said);
  return said;
}

/** One that is free now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Files as an operator has them. */
async function place() {
  const { folder, [Symbol.asyncDispose]: remove } = await scratch();
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await Deno.writeTextFile(path, text);
    await Deno.chmod(path, 0o600);
    return path;
  };
  return {
    folder,
    token: await write("token", `${TOKEN}\n`),
    write,
    async certificate({ certificateChainPem, privateKeyPem }: TlsIdentity) {
      return {
        cert: await write("own.pem", certificateChainPem),
        key: await write("own.key", privateKeyPem),
      };
    },
    [Symbol.asyncDispose]: remove,
  };
}

/** The status of a path, asked for by who trusts `caPem`. */
async function ask(url: string, caPem: string, token?: string): Promise<number> {
  using client = Deno.createHttpClient({ caCerts: [caPem] });
  const headers: Record<string, string> = token === undefined
    ? {}
    : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { client, headers });
  await response.body?.cancel();
  return response.status;
}

Deno.test({
  name:
    "SR-59: a server shows its metrics elsewhere with token and own certificate, and another one after reload",
  ignore: isWindows,
  async fn() {
    await using files = await place();
    const [first, second] = [await testAuthority(), await testAuthority()];
    const { cert, key } = await files.certificate(await first.issue("localhost"));
    const port = freePort();
    const server = await ServerProcess.start(files.folder, [
      ...["--metrics", `0.0.0.0:${port}`, "--metrics-token-file", files.token],
      ...["--cert", cert, "--key", key],
    ]);
    const url = `https://localhost:${port}/readyz`;
    assert.equal(await ask(url, first.caPem), 401);
    assert.equal(await ask(url, first.caPem, TOKEN), 200);

    await files.certificate(await second.issue("localhost"));
    const next = "9".repeat(40);
    await files.write("token", next);
    const data = join(files.folder, "data");
    const reload = () => run(["console", "reload", "--data", data]);
    const reloaded = await reload();
    assert.match(
      reloaded.stdout,
      /^Certificate of metrics: new, valid until \d{4}-\d\d-\d\d$/m,
      reloaded.stderr,
    );
    assert.equal(await ask(url, second.caPem, TOKEN), 401);
    assert.equal(await ask(url, second.caPem, next), 200);

    // What cannot be used changes nothing.
    await Deno.chmod(key, 0o644);
    const refused = await reload();
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /other users can read it, run: chmod 640 /);
    assert.equal(await ask(url, second.caPem, next), 200);
    const { code, stdout, stderr } = await server.stop("SIGTERM");
    assert.equal(code, 0);
    for (const token of [TOKEN, next]) assert.ok(!(stdout + stderr).includes(token));
  },
});

Deno.test({
  name:
    "without an own certificate metrics elsewhere show the server's, below the CA that clients pin",
  ignore: isWindows,
  async fn() {
    await using files = await place();
    const port = freePort();
    const server = await ServerProcess.start(files.folder, [
      ...["--metrics", `0.0.0.0:${port}`, "--metrics-token-file", files.token],
    ]);
    const caPem = await Deno.readTextFile(join(files.folder, "data/ca.pem"));
    const plain = await Deno.connect({ hostname: "127.0.0.1", port });
    const tls = await Deno.startTls(plain, { hostname: TLS_SERVER_NAME, caCerts: [caPem] });
    await tls.write(
      new TextEncoder().encode(
        `GET /metrics HTTP/1.1\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
      ),
    );
    const answer = await readAll(tls);
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    for (const name of ["ca", "leaf", "metrics"]) {
      const line = `heliograph_certificate_expiry_timestamp_seconds{certificate="${name}"} `;
      assert.ok(answer.includes(`\n${line}`), line);
    }
    tls.close();
    assert.equal((await server.stop("SIGTERM")).code, 0);
  },
});

async function readAll(stream: Pick<Deno.Conn, "read">): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (let count; (count = await stream.read(buffer)) !== null;) {
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

Deno.test({
  name: "settings of metrics that guard nothing end serve with 2, which systemd does not try again",
  ignore: isWindows,
  async fn() {
    await using files = await place();
    const data = ["--data", join(files.folder, "data"), "--listen", "127.0.0.1:0"];
    const { cert } = await files.certificate(await (await testAuthority()).issue());
    const wrong: readonly (readonly [string[], RegExp])[] = [
      [["--metrics", "0.0.0.0:0"], /--metrics: .*needs metrics-token-file/],
      [["--metrics", "127.0.0.1:0", "--cert", cert], /--cert: cert needs key/],
      [["--metrics-token-file", files.token], /--metrics-token-file: .*metrics.* is not set/],
      [
        ["--metrics", "127.0.0.1:0", "--metrics-token-file", cert],
        /--metrics-token-file: .*one line/,
      ],
      [
        ["--metrics", "127.0.0.1:0", "--cert", cert, "--key", files.token],
        /--cert: .*is not its key/,
      ],
    ];
    for (const [args, words] of wrong) {
      const io = fakeIo(files.folder);
      assert.equal(await runAdmin(["serve", ...data, ...args], io), 2, io.notes.join("\n"));
      assert.match(io.notes.join("\n"), words);
    }
  },
});

Deno.test({
  name: "a client behind a named proxy is logged by its own address, and served in TLS",
  ignore: isWindows,
  async fn() {
    await using files = await place();
    const server = await ServerProcess.start(files.folder, [
      ...["--proxies", "127.0.0.0/8", "--log-addresses", "--log-level", "debug"],
    ]);
    const caPem = await Deno.readTextFile(join(files.folder, "data/ca.pem"));
    const plain = await Deno.connect({ hostname: "127.0.0.1", port: server.ready.port });
    await plain.write(Uint8Array.from([
      ...[13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10, 0x21, 0x11, 0, 12],
      ...[203, 0, 113, 9, 127, 0, 0, 1, 0xc3, 0x50, 0x26, 0x45],
    ]));
    const tls = await Deno.startTls(plain, { hostname: TLS_SERVER_NAME, caCerts: [caPem] });
    const client = new RawClient(tls);
    await client.hello();
    await server.logged(/conn\.open .*address="203\.0\.113\.9"/);
    await client.close();
    assert.equal((await server.stop("SIGTERM")).code, 0);
  },
});

Deno.test({
  name: "promtool takes the metrics of a server without a warning (needs promtool)",
  ignore: noPromtool,
  async fn() {
    await using files = await place();
    const port = freePort();
    const server = await ServerProcess.start(files.folder, ["--metrics", `127.0.0.1:${port}`]);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.equal(await promtool(["check", "metrics"], metrics), "");
    assert.equal((await server.stop("SIGTERM")).code, 0);
  },
});

Deno.test({
  name:
    "promtool takes the alert rules and the example of a scrape, and each alert fires (needs promtool)",
  ignore: noPromtool,
  async fn() {
    const folder = join(PROJECT_ROOT, "packaging/prometheus");
    await promtool(["check", "rules", join(folder, "heliograph.rules.yml")]);
    await promtool(["check", "config", "--syntax-only", join(folder, "scrape.yml")]);
    await promtool(["test", "rules", join(PROJECT_ROOT, "tests/fixtures/alerts.yml")]);
  },
});
