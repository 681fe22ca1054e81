/** What the console shows of a server that runs: who is there, what it does, rooms, locks. */

import { formatBytes } from "../../base/byte_words.ts";
import { TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { VERSION } from "../../base/version.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import { formatHostPort } from "../../net/addresses/address.ts";
import { formatServerFingerprint } from "../../net/addresses/server_fingerprint.ts";
import type { ActiveAccount, ConnectionFacts, Unlocked } from "../../server/health/operator.ts";
import type { RoomFacts } from "../../server/store/room_store.ts";
import {
  listed,
  minute,
  NONE,
  type NoneKinds,
  type OperatorCommands,
  type OperatorContext,
  serverOf,
  WHOM,
} from "../operator_row.ts";
import { durationWords } from "./figures.ts";

const log = logger("server", "operator");

/** Every kind of report of these commands. */
interface LookKinds extends NoneKinds {
  "active": ActiveAccount & { readonly forMs: number };
  "server": ReturnType<typeof serverFacts>;
  "connection": ConnectionFacts & { readonly forMs: number };
  "room": RoomFacts;
  "lock": { readonly name: string; readonly retryAfterSeconds: number };
  "unlock": { readonly name: string; readonly result: Unlocked };
}

const PAGE = 500;

/**
 * Row S3.12: where everybody is, by address and port of each connection, and in which rooms. Throws TransportError `ending`
 * once an ordered end is due: that nobody is left then says nothing of who is here.
 */
async function showActive(context: OperatorContext): Promise<CommandResult<LookKinds>> {
  const { operator } = serverOf(context);
  const nowMs = context.clock.nowMs();
  const { planned } = operator.parts.ending;
  if (planned !== undefined && planned.atMs <= nowMs) {
    const what = planned.kind === "restart" ? "restarting: ask again when it is back" : "stopping";
    throw new TransportError("ending", `The server is ${what}`);
  }
  const active = await operator.active();
  const rows = active.map((row) => ({ ...row, forMs: nowMs - row.sinceMs }));
  return listed("active", rows, "Nobody is online");
}

/** Facts of the server as a whole. */
function serverFacts(context: OperatorContext) {
  const { operator, controls } = serverOf(context);
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
    upSeconds: Math.floor((context.clock.nowMs() - operator.startedMs) / 1000),
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
    nodes: operator.nodes,
  };
}

/** Row S0.12: the seeds list their threads; here every connection is a task. */
function showInfo(context: OperatorContext): Promise<CommandResult<LookKinds>> {
  const nowMs = context.clock.nowMs();
  const connections = serverOf(context).operator.connectionFacts();
  return Promise.resolve({
    reports: [
      { kind: "server", facts: serverFacts(context) },
      ...connections.map((each) => ({
        kind: "connection" as const,
        facts: { ...each, forMs: nowMs - each.sinceMs },
      })),
    ],
  });
}

async function showRooms({ store }: OperatorContext): Promise<CommandResult<LookKinds>> {
  const rooms: RoomFacts[] = [];
  for (;;) {
    const after = rooms[rooms.length - 1]?.room ?? 0;
    const page = await store.listEveryRoom({ after, limit: PAGE });
    rooms.push(...page);
    if (page.length < PAGE) break;
  }
  return listed("room", rooms, "No rooms");
}

async function showLocks(context: OperatorContext): Promise<CommandResult<LookKinds>> {
  const locks = await serverOf(context).operator.parts.locks.list();
  const rows = locks.map(({ account: { name }, retryAfterSeconds }) => ({
    name,
    retryAfterSeconds,
  }));
  return listed("lock", rows, "Nobody is locked");
}

/** Row S3.10. */
async function unlock(
  context: OperatorContext,
  values: CommandValues,
): Promise<CommandResult<LookKinds>> {
  const name = values.required(WHOM.name);
  const unlocked = await serverOf(context).operator.unlock(name);
  // A name that nobody has is not logged: people type passwords into the wrong field.
  const account = unlocked === "unknown-account" ? {} : { account: name };
  log.info("operator.unlock", { ...account, result: unlocked });
  const done = result("unlock", { name, result: unlocked });
  if (unlocked !== "unknown-account") return done;
  const nobody = { kind: "none", facts: { words: "No account has this name" } } as const;
  return { reports: [...done.reports, nobody], exit: EXIT.unknown };
}

const COMMON = { group: "This server", needs: ["running"], verb: "none" } as const;

/** What there is to see of a server that runs, and the lock that one takes away when one has seen it. */
export const LOOK_COMMANDS: OperatorCommands<LookKinds> = {
  rows: [
    {
      ...COMMON,
      name: "active",
      aliases: ["who"],
      summary: "list who is online, since when, from where, and in which rooms",
      examples: [{ line: "active", summary: "everybody who is connected" }],
      run: showActive,
    },
    {
      ...COMMON,
      name: "info",
      aliases: ["tasks", "threads"],
      summary: "show tasks, connections with their queues, memory, versions",
      examples: [{ line: "info", summary: "one line per connection" }],
      run: showInfo,
    },
    {
      ...COMMON,
      name: "rooms",
      summary: "list rooms by number",
      details: "Names and topics are end-to-end encrypted: this server does not know them.",
      examples: [{ line: "rooms", summary: "their creators, and how many members they have" }],
      run: showRooms,
    },
    {
      ...COMMON,
      name: "locks",
      group: "People",
      summary: "list accounts that are locked after too many wrong passwords",
      examples: [{ line: "locks", summary: "with the time left" }],
      run: showLocks,
    },
    {
      name: "unlock",
      aliases: ["user unlock"],
      group: "People",
      needs: ["running"],
      verb: {
        name: "user unlock",
        aliases: ["unlock"],
        details:
          "Applies everywhere and at once. It asks the running server; after a restart there are no locks.",
      },
      // They are in memory only.
      withoutServer: "nobody is locked",
      summary: "let somebody sign in again after too many wrong passwords",
      arguments: [WHOM],
      examples: [{ line: "unlock alice", summary: "alice may try again" }],
      exitCodes: [4, 5],
      run: unlock,
    },
  ],
  wording: {
    ...NONE,
    "active": {
      headings: ["NAME", "SESSIONS", "SINCE", "FOR", "ADDRESSES", "ROOMS", "STATUS"],
      fields: ({ sinceMs, connections, forMs: _, ...row }) => ({
        ...row,
        since: new Date(sinceMs).toISOString(),
        connections: connections.map(({ sinceMs, ...connection }) => ({
          ...connection,
          since: new Date(sinceMs).toISOString(),
        })),
      }),
      line: ({ name, sessions, sinceMs, forMs, connections, rooms, busy }) => [
        ...[name, `${sessions}`, minute(sinceMs), durationWords(forMs)],
        connections.map(({ address, port }) => formatHostPort({ host: address, port })).join(" "),
        rooms.join(" "),
        busy ? "busy" : "",
      ],
    },
    "server": {
      line: (facts) => [
        `Version       ${facts.version}, Deno ${facts.deno}, V8 ${facts.v8}, ${facts.os}`,
        `Running       for ${durationWords(facts.upSeconds * 1000)}, process ${facts.pid}`,
        `Memory        ${formatBytes(facts.memoryBytes)}, of it ${
          formatBytes(facts.heapBytes)
        } heap`,
        `Connections   ${facts.connections}, ${facts.signedIn} signed in, ${
          facts.online === 1 ? "1 person" : `${facts.online} people`
        }`,
        ...facts.nodes.length === 0 ? [] : [
          `Nodes         ${
            facts.nodes.map(({ name, isOwn, people }) =>
              `${name === "" ? "-" : name}${isOwn ? " (this one)" : ""}: ${people}`
            ).join(", ")
          }`,
        ],
        `Queues        ${formatBytes(facts.queuedControlBytes)} messages, ${
          formatBytes(facts.queuedBulkBytes)
        } pictures`,
        `Videos        ${facts.streams} playing`,
        `Tasks         ${[...facts.tasks, `${facts.connections} connections`].join(", ")}`,
        `Registration  ${facts.registration}`,
        `Log level     ${facts.logLevel}`,
      ],
    },
    "connection": {
      headings: ["CONNECTION", "STATE", "ADDRESS", "FOR", "SENT", "QUEUED", "DROPPED", "VIDEOS"],
      fields: ({ sinceMs, forMs: _, ...rest }) => ({
        ...rest,
        since: new Date(sinceMs).toISOString(),
      }),
      line: (each) => [
        each.name === undefined ? "-" : `${each.session} ${each.name}`,
        ...[each.state, each.address, durationWords(each.forMs)],
        ...[formatBytes(each.writtenBytes), formatBytes(each.controlBytes + each.bulkBytes)],
        ...[`${each.droppedPackets}`, `${each.streams}`],
      ],
    },
    "room": {
      headings: ["ROOM", "FOUNDER", "MEMBERS", "INVITED", "SAID"],
      line: ({ room, founder, members, invited, said }) => [
        ...[`#${room}`, founder, `${members}`, `${invited}`, `${said}`],
      ],
    },
    "lock": {
      headings: ["NAME", "FOR"],
      line: ({ name, retryAfterSeconds }) => [name, durationWords(retryAfterSeconds * 1000)],
    },
    "unlock": {
      line: ({ name, result }, { isDialogue }) => {
        if (result === "unknown-account") return [];
        if (result === "unlocked") return isDialogue ? `${name} may try again` : "Unlocked";
        return isDialogue ? `${name} was not locked` : "It was not locked";
      },
    },
  },
};
