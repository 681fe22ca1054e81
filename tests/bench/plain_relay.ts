/**
 * What a file of the same size needs without sealing, resuming or waiting for anybody: read, sent over loopback, relayed,
 * written, by three processes as with Heliograph. Over TCP, over the runtime's own TLS, or by its own QUIC, then straight
 * between two: the least that a program on this runtime can take. Used by files_bench.ts.
 */

import { join } from "node:path";

/** The part that this process has. `folder` has `ca.pem`, `certificate.pem` and `key.pem`. */
const [transport, role, port, folder, path] = Deno.args;
const BUFFER_BYTES = 64 * 1024;
/** Of the test authority's certificate. */
const SERVER_NAME = "heliograph";
const ALPN = "plain";

interface Source {
  read(buffer: Uint8Array<ArrayBuffer>): Promise<number | null>;
}

interface Target {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
}

async function pump(from: Source, to: Target): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
  }
}

const pem = (name: string) => Deno.readTextFileSync(join(folder, `${name}.pem`));
const identity = () => ({ cert: pem("certificate"), key: pem("key") });

async function relay(): Promise<void> {
  const options = { hostname: "127.0.0.1", port: 0 };
  using listener = transport === "tls"
    ? Deno.listenTls({ ...options, ...identity() })
    : Deno.listen(options);
  console.log((listener.addr as Deno.NetAddr).port);
  using reader = await listener.accept();
  using writer = await listener.accept();
  await pump(writer, reader);
}

async function connect(): Promise<Deno.Conn> {
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  if (transport === "tcp") return tcp;
  const tls = await Deno.startTls(tcp, { hostname: SERVER_NAME, caCerts: [pem("ca")] });
  await tls.handshake();
  return tls;
}

async function save(from: Source): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  await pump(from, file);
  await file.sync();
}

async function receiveByQuic(): Promise<void> {
  const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
  const listener = endpoint.listen({ ...identity(), alpnProtocols: [ALPN] });
  console.log(endpoint.addr.port);
  const connection = await listener.accept();
  for await (const stream of connection.incomingBidirectionalStreams) {
    const reader = stream.readable.getReader({ mode: "byob" });
    // The stream takes the buffer and gives it back.
    let lent = new ArrayBuffer(BUFFER_BYTES);
    await save({
      async read(buffer) {
        const { value } = await reader.read(new Uint8Array(lent));
        if (value === undefined || value.length === 0) return null;
        buffer.set(value);
        lent = value.buffer;
        return value.length;
      },
    });
    break;
  }
  connection.close({ closeCode: 0, reason: "" });
  endpoint.close();
}

async function sendByQuic(file: Source): Promise<void> {
  const connection = await Deno.connectQuic<false>({
    hostname: "127.0.0.1",
    port: Number(port),
    serverName: SERVER_NAME,
    caCerts: [pem("ca")],
    alpnProtocols: [ALPN],
  });
  const stream = await connection.createBidirectionalStream();
  const writer = stream.writable.getWriter();
  await pump(file, {
    async write(bytes) {
      await writer.write(bytes);
      return bytes.length;
    },
  });
  await writer.close();
  await connection.closed;
}

if (role === "relay") {
  await relay();
} else if (role === "receive") {
  if (transport === "quic") await receiveByQuic();
  else {
    using connection = await connect();
    await save(connection);
  }
} else {
  using file = await Deno.open(path);
  if (transport === "quic") await sendByQuic(file);
  else {
    using connection = await connect();
    await pump(file, connection);
  }
}
