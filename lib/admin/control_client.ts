/** Asks the server that runs on a data folder, over its control socket. */

import type { Static, TSchema } from "@sinclair/typebox";
import { utf8 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { describeError, TransportError } from "../base/errors.ts";
import { withDeadline } from "../net/deadline.ts";
import { type ControlRequest, readControlReply } from "./control_commands.ts";
import { readLine } from "./control_line.ts";
import { controlSocketPath } from "./control_socket.ts";

const TIMEOUT_MS = 5000;

/** Throws TransportError `no-control` when no server can be asked, `timed-out` when it does not answer. */
export async function askServer<T extends TSchema>(
  dataFolder: string,
  { request, reply: schema, clock }: { request: ControlRequest; reply: T; clock: Clock },
): Promise<Static<T>> {
  let connection: Deno.UnixConn;
  try {
    connection = await Deno.connect({ transport: "unix", path: controlSocketPath(dataFolder) });
  } catch (error) {
    throw noControl(dataFolder, describeError(error));
  }
  try {
    const deadline = { clock, timeoutMs: TIMEOUT_MS };
    const asking = exchange(connection, JSON.stringify(request));
    const line = await withDeadline("ask the server", asking, () => {}, deadline);
    const reply = line === undefined ? undefined : readControlReply(schema, line);
    if (reply === undefined) throw noControl(dataFolder, "it answered something else");
    return reply;
  } finally {
    connection.close();
  }
}

async function exchange(connection: Deno.UnixConn, line: string): Promise<string | undefined> {
  const bytes = utf8(`${line}\n`);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  return await readLine(connection);
}

function noControl(dataFolder: string, why: string): TransportError {
  return new TransportError("no-control", `Cannot ask the server of ${dataFolder}: ${why}`);
}
