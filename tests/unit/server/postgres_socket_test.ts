/** The socket under the PostgreSQL client. */

import { once } from "node:events";
import { equal } from "node:assert/strict";
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
