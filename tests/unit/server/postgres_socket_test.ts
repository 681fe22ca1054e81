/** The socket under the PostgreSQL client. */

import { once } from "node:events";
import { deepEqual, equal } from "node:assert/strict";
import { setImmediate } from "node:timers";
import { decodeUtf8, utf8 } from "../../../lib/base/bytes.ts";
import { PostgresSocket } from "../../../lib/server/store/postgres/socket.ts";

Deno.test("what the client has written already and writes again does not break its connection", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  const socket = new PostgresSocket({ transport: "tcp", hostname, port, tls: undefined });
  using connection = await listener.accept();
  equal(socket.write(utf8("ab")), true);
  // An immediate of the client that it had cleared.
  equal(socket.write(null), true);
  socket.end(utf8("cd"));
  let heard = "";
  const buffer = new Uint8Array(16);
  for (
    let count = await connection.read(buffer);
    count !== null;
    count = await connection.read(buffer)
  ) {
    heard += decodeUtf8(buffer.subarray(0, count));
  }
  equal(heard, "abcd");
  await once(socket, "close");
});

Deno.test("a socket of PostgreSQL's client closes after what the client has begun to write", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const socket = new PostgresSocket({
    transport: "tcp",
    hostname: "127.0.0.1",
    port,
    tls: undefined,
  });
  using _connection = await listener.accept();
  const order: string[] = [];
  const { promise: isClosed, resolve } = Promise.withResolvers<void>();
  socket.on("close", () => {
    order.push("closed");
    resolve();
  });
  // A statement that comes in the very turn in which the socket closes: the client writes it when that turn is over, and what it
  // has not written when a socket closes it writes over the next one, before it says who it is.
  setTimeout(() => setImmediate(() => order.push("written")), CLOSE_AFTER_MS);
  socket.destroy();
  await isClosed;
  deepEqual(order, ["written", "closed"]);
});

/** As the socket has it. */
const CLOSE_AFTER_MS = 20;
