/** What `status` asks a server that should be running. */

import { describeError, TransportError } from "../base/errors.ts";
import type { ConnectionCounts } from "../server/health/operator.ts";
import type { AdminIo } from "./admin_io.ts";
import { askServer } from "./control_client.ts";
import { CONNECTIONS_REPLY } from "./control_commands.ts";
import { probe } from "./probe.ts";
import { readCaPem } from "./public_face.ts";
import { localAddress } from "../net/reachable.ts";
import type { ServerState } from "./state_file.ts";

/** How a server answered. */
export interface Inquiry {
  /** Why it does not answer as clients ask it; undefined when it does. */
  readonly problem: string | undefined;
  /** Undefined where it cannot be asked: on Windows, or when the path of its data is too long for a socket. */
  readonly connections: ConnectionCounts | undefined;
}

/** Never throws for a server that is dead or hangs. */
export async function inquire(io: AdminIo, folder: string, state: ServerState): Promise<Inquiry> {
  // First: the question whether it answers is a connection too.
  const connections = await countConnections(io, folder);
  return { connections, problem: await findProblem(io, folder, state) };
}

async function countConnections(
  { clock }: AdminIo,
  folder: string,
): Promise<ConnectionCounts | undefined> {
  try {
    const request = { command: "connections" } as const;
    return await askServer(folder, { request, reply: CONNECTIONS_REPLY, clock });
  } catch (error) {
    if (error instanceof TransportError) return undefined;
    throw error;
  }
}

async function findProblem(
  { clock, random }: AdminIo,
  folder: string,
  state: ServerState,
): Promise<string | undefined> {
  try {
    const caPem = state.tls === "off" ? undefined : await readCaPem(folder);
    await probe(localAddress(state), { clock, random, caPem });
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}
