import { deepEqual } from "node:assert/strict";
import { setImmediate } from "node:timers";
import { PostgresSocket } from "../../../lib/server/store/postgres/socket.ts";

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
