/**
 * What a file of the same size needs without sealing, resuming or waiting for anybody: read, sent over loopback, relayed,
 * written. Three processes, as with Heliograph. Used by files_bench.ts.
 */

/** The part that this process has. */
const [role, port, path] = Deno.args;
const BUFFER_BYTES = 64 * 1024;

async function pump(
  from: { read(p: Uint8Array): Promise<number | null> },
  to: { write(p: Uint8Array): Promise<number> },
) {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
  }
}

if (role === "relay") {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: Number(port) });
  console.log(listener.addr.transport === "tcp" ? listener.addr.port : 0);
  using reader = await listener.accept();
  using writer = await listener.accept();
  await pump(writer, reader);
} else {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  if (role === "send") {
    using file = await Deno.open(path);
    await pump(file, connection);
  } else {
    using file = await Deno.open(path, { write: true, create: true });
    await pump(connection, file);
    await file.sync();
  }
}
