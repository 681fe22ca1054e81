/** `status`: whether a server runs on a data folder and answers, and what it is (SR-72: with which walls around ffmpeg). */

import { encodeBase64, writeAll } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { describeError, ProtocolError, TransportError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { formatHostPort, type HostPort } from "../net/addresses/address.ts";
import type { ByteStream } from "../net/streams/byte_stream.ts";
import { withDeadline } from "../net/streams/deadline.ts";
import { dialPlain, dialTls } from "../net/dialling/dial.ts";
import { localAddress } from "../net/addresses/reachable.ts";
import { hello, NONCE_BYTES } from "../protocol/hop/server.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../protocol/limits.ts";
import { encodePacket, type Packet, PacketDecoder } from "../protocol/packet.ts";
import { PROTOCOL_VERSIONS } from "../protocol/versions.ts";
import type { ConnectionCounts } from "../server/health/operator.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION, jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder } from "./admin_io.ts";
import { askServer } from "./control_client.ts";
import { CONNECTIONS_REPLY } from "./control_commands.ts";
import { isServerRunning } from "./data_store.ts";
import { readCaPem } from "./public_face.ts";
import { readState, type ServerState } from "./state_file.ts";
import { existsSync } from "node:fs";

/** Returns 0 when the server answers, 5 when it does not run or does not answer. Throws StorageError. */
async function status(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  const isJson = values.has("--json");
  const state = existsSync(folder) && isServerRunning(folder) ? await readState(folder) : undefined;
  if (state === undefined) {
    if (isJson) await io.out(jsonLine("status", { ok: false, running: false, data: folder }));
    else await io.out(`No server is running on ${folder}`);
    return EXIT.unreachable;
  }
  const { problem, connections } = await inquire(io, folder, state);
  const upSeconds = Math.max(0, Math.round((io.clock.nowMs() - state.startedMs) / 1000));
  if (isJson) {
    const { host, port, startedMs: _startedMs, ...rest } = state;
    const address = formatHostPort({ host, port });
    // What a script asks for: `status --json | jq .ok`.
    const answering = {
      ok: problem === undefined,
      answers: problem === undefined,
      ...(problem && { problem }),
    };
    const counted = connections && { connections };
    const about = { address, upSeconds, data: folder, ...counted };
    const facts = { running: true, ...answering, ...about, ...rest };
    await io.out(jsonLine("status", facts));
  } else {
    for (const line of describe(state, { folder, upSeconds, problem, connections })) {
      await io.out(line);
    }
  }
  return problem === undefined ? EXIT.done : EXIT.unreachable;
}

function describe(
  state: ServerState,
  seen: Inquiry & { folder: string; upSeconds: number },
): string[] {
  const { ffmpeg } = state;
  const { connections } = seen;
  const walls = (ffmpeg?.sandbox ?? []).map(({ name, state, reason }) =>
    `${name} ${state}${reason === undefined ? "" : ` (${reason})`}`
  );
  return [
    seen.problem === undefined
      ? `Running for ${seen.upSeconds} s, process ${state.pid}`
      : `Running as process ${state.pid}, but it does not answer: ${seen.problem}`,
    `Address      ${formatHostPort(state)}${state.tls === "off" ? " without TLS" : ""}`,
    `Fingerprint  ${state.fingerprint}`,
    `Registration ${state.registration}`,
    ...(connections === undefined
      ? []
      : [`Connections  ${connections.connected}, ${connections.signedIn} signed in`]),
    ...(state.simulate === undefined ? [] : [`Simulated    ${state.simulate}`]),
    `Data         ${seen.folder}`,
    ...(state.store === undefined ? [] : [`Store        ${state.store}`]),
    `Videos       ${state.videos}`,
    ffmpeg === undefined
      ? "ffmpeg       none: videos cannot be prepared"
      : `ffmpeg       ${ffmpeg.version}, ${ffmpeg.path}`,
    ...(ffmpeg === undefined ? [] : [`Sandbox      ${walls.join(", ")}`]),
    `Version      ${state.version}, Deno ${state.deno}`,
  ];
}

/** How a server answered. */
interface Inquiry {
  /** Why it does not answer as clients ask it; undefined when it does. */
  readonly problem: string | undefined;
  /** Undefined where it cannot be asked: on Windows, or when the path of its data is too long for a socket. */
  readonly connections: ConnectionCounts | undefined;
}

/** Never throws for a server that is dead or hangs. */
async function inquire(io: AdminIo, folder: string, state: ServerState): Promise<Inquiry> {
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

/** The verb. */
export const STATUS: AdminCommand = {
  name: "status",
  group: "Server",
  summary: "show whether the server runs and answers, and its version",
  options: [DATA_OPTION, JSON_OPTION],
  examples: [{
    line: "status --json",
    summary: "for a health check; exits with 5 if it does not run",
  }],
  exitCodes: [5],
  run: status,
};

// Asks the server that should be running whether it answers: the first exchange of the protocol, and nothing more.

const TIMEOUT_MS = 5000;

/** Resolves when the server answered. `caPem` left out: without TLS. Throws TransportError, TrustError, ProtocolError. */
async function probe(
  address: HostPort,
  options: { clock: Clock; random: Random; caPem: string | undefined },
): Promise<void> {
  const deadline = { clock: options.clock, timeoutMs: TIMEOUT_MS };
  const { caPem, random } = options;
  const { stream } = caPem === undefined
    ? await dialPlain(address, deadline)
    : await dialTls(address, caPem, deadline);
  try {
    const packet = encodePacket({
      kind: "hello",
      request: 1,
      versions: PROTOCOL_VERSIONS,
      program: "heliograph-server status",
      nonce: encodeBase64(random.bytes(NONCE_BYTES)),
    });
    const { header, payload } = await withDeadline(
      "ask the server",
      exchange(stream, packet),
      () => {},
      deadline,
    );
    hello.reply.read(header, payload);
  } finally {
    stream.close();
  }
}

async function exchange(stream: ByteStream, packet: Uint8Array): Promise<Packet> {
  await writeAll(stream, packet);
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await stream.read(buffer);
    if (count === null) throw new TransportError("peer-closed", "The server ended the connection");
    decoder.push(buffer.subarray(0, count));
    const answer = decoder.next();
    if (answer === undefined) continue;
    if (answer.header.kind === hello.reply.kind) return answer;
    throw new ProtocolError("bad-message", "The server answered something else");
  }
}
