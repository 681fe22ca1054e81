/** Asks the server that runs on a data folder, over its control socket. */

import type { Static, TSchema } from "@sinclair/typebox";
import { utf8, writeAll } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { describeError, TransportError } from "../base/errors.ts";
import { withDeadline } from "../net/streams/deadline.ts";
import {
  type ControlRequest,
  OUTCOME_REPLY,
  readControlReply,
  refusalFrom,
} from "./control_commands.ts";
import { ControlLines } from "./control_line.ts";
import { ControlPath } from "./control_path.ts";
import type { OperatorOutcome, TellLines } from "./operator_command.ts";

/** A server on a busy machine takes seconds; what it is not told, such as that a token is gone, does not take hold. */
const TIMEOUT_MS = 30_000;

/** A connection to a running server's control socket. Whoever opens it closes it. */
export class ControlClient implements Disposable {
  readonly #dataFolder: string;
  readonly #clock: Clock;
  readonly #connection: Deno.UnixConn;
  readonly #lines: ControlLines;

  private constructor(dataFolder: string, clock: Clock, connection: Deno.UnixConn) {
    this.#dataFolder = dataFolder;
    this.#clock = clock;
    this.#connection = connection;
    this.#lines = new ControlLines(connection);
  }

  /** Throws TransportError `no-control` when no server can be asked. */
  static async open(dataFolder: string, clock: Clock): Promise<ControlClient> {
    try {
      using way = new ControlPath(dataFolder);
      const connection = await Deno.connect({ transport: "unix", path: way.path });
      return new ControlClient(dataFolder, clock, connection);
    } catch (error) {
      throw noControl(dataFolder, describeError(error));
    }
  }

  /** Asks for one line. Throws TransportError `no-control`, `timed-out`. */
  async ask<T extends TSchema>(request: ControlRequest, reply: T): Promise<Static<T>> {
    await this.#send(request);
    return await this.#read(reply);
  }

  /** Has something run there. `tell` takes its lines as they come; left out, the outcome has them. Throws what a row throws, TransportError `no-control`, `timed-out` when the next line does not come in time. */
  async run(request: ControlRequest, tell?: TellLines): Promise<OperatorOutcome> {
    await this.#send(request);
    const out: string[] = [];
    const notes: string[] = [];
    for (;;) {
      const reply = await this.#read(OUTCOME_REPLY);
      if ("refused" in reply) throw refusalFrom(reply);
      if ("end" in reply) return { out, notes, exit: reply.end };
      if (tell !== undefined) {
        await tell(
          "note" in reply ? { out: [], notes: [reply.note] } : {
            out: [reply.out],
            notes: [],
          },
        );
      } else if ("note" in reply) notes.push(reply.note);
      else out.push(reply.out);
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #send(request: ControlRequest): Promise<void> {
    const bytes = utf8(`${JSON.stringify(request)}\n`);
    try {
      await writeAll(this.#connection, bytes);
    } catch (error) {
      throw noControl(this.#dataFolder, describeError(error));
    }
  }

  async #read<T extends TSchema>(schema: T): Promise<Static<T>> {
    const deadline = { clock: this.#clock, timeoutMs: TIMEOUT_MS };
    const line = await withDeadline("ask the server", this.#next(), () => {}, deadline);
    const reply = line === undefined ? undefined : readControlReply(schema, line);
    if (reply === undefined) throw noControl(this.#dataFolder, "it answered something else");
    return reply;
  }

  async #next(): Promise<string | undefined> {
    try {
      return await this.#lines.next();
    } catch (error) {
      throw noControl(this.#dataFolder, describeError(error));
    }
  }
}

/** Asks for one line over a connection of its own. Throws what `ControlClient` throws. */
export async function askServer<T extends TSchema>(
  dataFolder: string,
  { request, reply, clock }: { request: ControlRequest; reply: T; clock: Clock },
): Promise<Static<T>> {
  using client = await ControlClient.open(dataFolder, clock);
  return await client.ask(request, reply);
}

function noControl(dataFolder: string, why: string): TransportError {
  return new TransportError("no-control", `Cannot ask the server of ${dataFolder}: ${why}`);
}
