/** What the console shows of a server that runs: who is there, what it does, rooms, videos, locks. */

import { TransportError } from "../../base/errors.ts";
import { VERSION } from "../../base/version.ts";
import { formatHostPort } from "../../net/address.ts";
import { formatServerFingerprint } from "../../net/server_fingerprint.ts";
import type { ConnectionFacts } from "../../server/health/operator.ts";
import type { RoomFacts } from "../../server/store/room_store.ts";
import { type DataResult, done, minute, table, WHOM } from "../moderation/data_row.ts";
import type { ConsoleContext, ConsoleRow } from "./console_row.ts";
import { durationWords, lengthWords, sizeWords } from "./figures.ts";
import { EXIT } from "../../commands/exit_code.ts";

const PAGE = 500;

/**
 * Row S3.12: where everybody is, by address and port of each connection, and in which rooms. Throws TransportError `ending`
 * once an ordered end is due: that nobody is left then says nothing of who is here.
 */
async function showActive({ operator, clock }: ConsoleContext): Promise<DataResult> {
  const nowMs = clock.nowMs();
  const { planned } = operator.parts.ending;
  if (planned !== undefined && planned.atMs <= nowMs) {
    const what = planned.kind === "restart" ? "restarting: ask again when it is back" : "stopping";
    throw new TransportError("ending", `The server is ${what}`);
  }
  return table(await operator.active(), {
    type: "active",
    headings: ["NAME", "SESSIONS", "SINCE", "FOR", "ADDRESSES", "ROOMS", "STATUS"],
    none: "Nobody is here",
    fields: ({ sinceMs, connections, ...row }) => ({
      ...row,
      since: new Date(sinceMs).toISOString(),
      connections: connections.map(({ sinceMs, ...connection }) => ({
        ...connection,
        since: new Date(sinceMs).toISOString(),
      })),
    }),
    cells: ({ name, sessions, sinceMs, connections, rooms, busy }) => [
      ...[name, `${sessions}`, minute(sinceMs), durationWords(nowMs - sinceMs)],
      connections.map(({ address, port }) => formatHostPort({ host: address, port })).join(" "),
      rooms.join(" "),
      busy ? "busy" : "",
    ],
  });
}

/** Facts of the server as a whole. */
function serverFacts({ operator, clock, controls }: ConsoleContext) {
  const { rss, heapUsed } = Deno.memoryUsage();
  const { identity, presence, accounts: { registration } } = operator.parts;
  const { connected, signedIn } = operator.connections;
  const connections = operator.connectionFacts();
  const sum = (of: (facts: ConnectionFacts) => number) =>
    connections.reduce((total, facts) => total + of(facts), 0);
  return {
    version: VERSION,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    os: `${Deno.build.os} ${Deno.build.arch}`,
    pid: Deno.pid,
    upSeconds: Math.floor((clock.nowMs() - operator.startedMs) / 1000),
    fingerprint: formatServerFingerprint(identity.caFingerprint),
    registration,
    logLevel: controls.logLevel,
    memoryBytes: rss,
    heapBytes: heapUsed,
    connections: connected,
    signedIn,
    online: presence.onlineCount,
    queuedControlBytes: sum(({ controlBytes }) => controlBytes),
    queuedBulkBytes: sum(({ bulkBytes }) => bulkBytes),
    streams: sum(({ streams }) => streams),
    tasks: operator.tasks,
  };
}

/** Row S0.12: the seeds list their threads; here every connection is a task. */
function showInfo(context: ConsoleContext): Promise<DataResult> {
  const { clock, operator } = context;
  const facts = serverFacts(context);
  const connections = operator.connectionFacts();
  const nowMs = clock.nowMs();
  const tasks = table(connections, {
    type: "connection",
    headings: ["CONNECTION", "STATE", "ADDRESS", "FOR", "SENT", "QUEUED", "DROPPED", "VIDEOS"],
    none: "",
    fields: ({ sinceMs, ...rest }) => ({ ...rest, since: new Date(sinceMs).toISOString() }),
    cells: (each) => [
      each.name === undefined ? "-" : `${each.session} ${each.name}`,
      ...[each.state, each.address, durationWords(nowMs - each.sinceMs)],
      ...[sizeWords(each.writtenBytes), sizeWords(each.controlBytes + each.bulkBytes)],
      ...[`${each.droppedPackets}`, `${each.streams}`],
    ],
  });
  return Promise.resolve({
    facts: [{ type: "server", fields: facts }, ...tasks.facts],
    lines: [
      `Version       ${facts.version}, Deno ${facts.deno}, V8 ${facts.v8}, ${facts.os}`,
      `Running       for ${durationWords(facts.upSeconds * 1000)}, process ${facts.pid}`,
      `Memory        ${sizeWords(facts.memoryBytes)}, of it ${sizeWords(facts.heapBytes)} heap`,
      `Connections   ${facts.connections}, ${facts.signedIn} signed in, ${facts.online} people`,
      `Queues        ${sizeWords(facts.queuedControlBytes)} messages, ${
        sizeWords(facts.queuedBulkBytes)
      } pictures`,
      `Videos        ${facts.streams} under way`,
      `Tasks         ${[...facts.tasks, `${connections.length} connections`].join(", ")}`,
      `Registration  ${facts.registration}`,
      `Log level     ${facts.logLevel}`,
      ...tasks.lines,
    ],
  });
}

async function showRooms({ store }: ConsoleContext): Promise<DataResult> {
  const rooms: RoomFacts[] = [];
  for (;;) {
    const after = rooms[rooms.length - 1]?.room ?? 0;
    const page = await store.listEveryRoom({ after, limit: PAGE });
    rooms.push(...page);
    if (page.length < PAGE) break;
  }
  return table(rooms, {
    type: "room",
    headings: ["ROOM", "FOUNDER", "MEMBERS", "INVITED", "SAID"],
    none: "There are no rooms",
    fields: (room) => ({ ...room }),
    cells: ({ room, founder, members, invited, said }) => [
      ...[`#${room}`, founder, `${members}`, `${invited}`, `${said}`],
    ],
  });
}

async function showVideos({ operator }: ConsoleContext): Promise<DataResult> {
  const { library } = operator.parts;
  const videos: Awaited<ReturnType<typeof library.list>>["videos"] = [];
  for (;;) {
    const page = await library.list(videos.length);
    videos.push(...page.videos);
    if (!page.more || page.videos.length === 0) break;
  }
  return table(videos, {
    type: "video",
    headings: ["NUMBER", "NAME", "LENGTH", "SIZE", "READY"],
    none: "There are no videos",
    fields: (video) => ({ ...video }),
    cells: ({ number, name, durationMs, sizeBytes, ready, problem }) => [
      ...[`${number}`, name, durationMs === undefined ? "-" : lengthWords(durationMs)],
      sizeWords(sizeBytes),
      problem ?? (ready.length === 0 ? "made when it is watched" : ready.join(", ")),
    ],
  });
}

async function showLocks({ operator }: ConsoleContext): Promise<DataResult> {
  return table(await operator.parts.locks.list(), {
    type: "lock",
    headings: ["NAME", "FOR"],
    none: "Nobody is locked",
    fields: ({ account: { name }, retryAfterSeconds }) => ({ name, retryAfterSeconds }),
    cells: ({ account: { name }, retryAfterSeconds }) => [
      name,
      durationWords(retryAfterSeconds * 1000),
    ],
  });
}

/** Row S3.10. */
async function unlock({ operator, values }: ConsoleContext): Promise<DataResult> {
  const name = values.required(WHOM.name);
  const result = await operator.unlock(name);
  if (result === "unknown-account") {
    return { facts: [], lines: [], notes: ["No account has this name"], exit: EXIT.unknown };
  }
  const line = result === "unlocked" ? `${name} may try again` : `${name} was not locked`;
  return done("unlock", { name, result }, line);
}

/** What there is to see of a server that runs. */
export const LOOK_ROWS: readonly ConsoleRow[] = [
  {
    name: "active",
    aliases: ["who"],
    group: "This server",
    summary: "who is here, since when, from where, and in which rooms",
    examples: [{ line: "active", summary: "everybody who is connected" }],
    run: showActive,
  },
  {
    name: "info",
    aliases: ["tasks", "threads"],
    group: "This server",
    summary: "tasks, connections with their queues, memory, versions",
    examples: [{ line: "info", summary: "one line for each connection" }],
    run: showInfo,
  },
  {
    name: "rooms",
    group: "This server",
    summary: "the rooms by their numbers",
    details: "Names and topics are sealed: this server does not know them.",
    examples: [{ line: "rooms", summary: "who founded them, and how many are in" }],
    run: showRooms,
  },
  {
    name: "videos",
    group: "This server",
    summary: "the videos that everyone may watch",
    examples: [{ line: "videos", summary: "and what is wrong with those that cannot be" }],
    run: showVideos,
  },
  {
    name: "locks",
    group: "People",
    summary: "who cannot sign in now after wrong passwords",
    examples: [{ line: "locks", summary: "and for how long" }],
    run: showLocks,
  },
  {
    name: "unlock",
    aliases: ["user unlock"],
    group: "People",
    summary: "let somebody sign in who is locked after wrong passwords",
    arguments: [WHOM],
    examples: [{ line: "unlock alice", summary: "alice may try again" }],
    exitCodes: [4],
    run: unlock,
  },
];
