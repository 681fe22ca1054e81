/**
 * What happens, as one object for programs: `heliograph events --json`. Types and fields never change, new ones may come; times
 * are ISO 8601. What is in a message is as `receive --json` has it. Pure.
 */

import { present } from "../commands/wording.ts";
import { isRoom, type Peer, roomNumber } from "../base/ids.ts";
import { READ_WORDING } from "./commands/reading_wording.ts";
import type { AppEvent } from "./events.ts";
import type { Person } from "./conversations/people.ts";
import type { RoomNames } from "./talk/entry_lines.ts";
import { transferFields } from "./transfer_lines.ts";

/** One object, without its version. */
export interface EventObject {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Undefined for what only a screen needs, and what happens only without a server. */
export function eventObject(event: AppEvent, rooms: RoomNames): EventObject | undefined {
  switch (event.type) {
    case "started":
      return object("started", {
        ...{ state: event.state, motd: event.motd, failedTries: event.failedTries },
        ...{ requests: event.requests, online: event.active.map(personFields) },
      });
    case "ready":
      return object("ready", {});
    case "connection": {
      const { news } = event;
      const why = news.state === "online"
        ? {}
        : { reason: news.reason, retrySeconds: news.retryMs / 1000 };
      return object("connection", { before: event.before, state: news.state, ...why });
    }
    case "entry":
      return entryObject(event, rooms);
    case "delivery": {
      const { id, state, number } = event;
      return object("delivery", { id, state, ...number === undefined ? {} : { number } });
    }
    case "unread":
      return object("unread-counts", {
        count: event.count,
        conversations: [...event.counts].map(([peer, unread]) => ({
          ...placeFields(peer, rooms),
          unread,
        })),
      });
    case "read":
      return object("read", { ...placeFields(event.peer, rooms), unread: event.unread });
    case "gone":
      return object("gone", { count: event.places.length });
    case "list":
      return object("list", {
        conversations: event.peers.map((listed) => ({
          ...placeFields(listed.peer, rooms),
          ...{ name: listed.name, presence: listed.presence, trust: listed.trust },
          ...{ notify: listed.notify, pinned: listed.isPinned },
        })),
      });
    case "movement": {
      const { moved: { joined, left, kicked, registered }, deleted } = event;
      const people = Object.entries({ joined, left, kicked, registered })
        .map(([what, persons]) => [what, persons.map(personFields)]);
      return object("movement", { ...Object.fromEntries(people), deleted });
    }
    default:
      return rareObject(event);
  }
}

type RareEvent = Exclude<
  AppEvent,
  {
    type:
      | "started"
      | "ready"
      | "connection"
      | "entry"
      | "delivery"
      | "unread"
      | "read"
      | "gone"
      | "list"
      | "movement";
  }
>;

function rareObject(event: RareEvent): EventObject | undefined {
  switch (event.type) {
    case "presence": {
      const { name, busy } = event;
      if (busy === undefined) return object("presence", { name, busy: false });
      const { text, untilMs } = busy.said ?? {};
      return object("presence", {
        ...{ name, busy: true, since: iso(busy.sinceMs) },
        ...text === undefined ? {} : { text },
        ...untilMs === undefined ? {} : { until: iso(untilMs) },
      });
    }
    case "quiet":
      return object("quiet", { waiting: event.waiting ?? 0, busy: event.waiting !== undefined });
    case "request":
      return object("request", { from: event.account });
    case "requests":
      return object("requests", {
        requests: event.requests.map(({ key, from, words, accept, decline, untilMs }) => ({
          ...{ key, from, words, accept, decline },
          ...Number.isFinite(untilMs) ? { until: iso(untilMs) } : {},
        })),
      });
    case "transfers":
      return object("transfers", {
        transfers: event.active.map(({ transfer, progress }) => transferFields(transfer, progress)),
        ended: event.ended.map(({ transfer }) => transferFields(transfer)),
      });
    case "streams":
      return object("streams", {
        streams: event.streams.map((
          { stream: { id, direction, account, title, state }, isLate },
        ) => ({
          ...{ id, direction: direction === "out" ? "send" : "receive", account, title, state },
          late: isLate,
        })),
      });
    case "seen":
      return object("seen", {
        seen: event.marks.map(({ peer, account, id, atMs }) => ({
          ...{ conversation: peer, from: account, id, at: iso(atMs) },
        })),
      });
    case "typing":
      return object("typing", {
        typing: event.now.map(({ peer, account }) => ({ conversation: peer, from: account })),
      });
    case "held":
      return object("held", { conversation: event.held.peer, code: event.held.error.code });
    case "identity": {
      const { account, name, trust } = event.contact;
      return object("identity", { account, name, trust });
    }
    case "broadcast-refused":
      return object("broadcast-refused", { number: event.number, code: event.code });
    case "going-away": {
      const retrySeconds = event.reconnectAfterMs / 1000;
      return object("going-away", { reason: event.reason, retrySeconds });
    }
    case "server-notice":
      return object("server-notice", { text: event.text });
    case "role":
      return object("role", { role: event.role, by: event.by });
    case "link-request":
      return object("link-request", { address: event.address });
    case "due":
      // A front end with a person before it does what their rules say.
      return undefined;
    case "peer":
    case "impostor":
    case "transfer":
    case "stream-offer":
      // Without a server the shell says them.
      return undefined;
    default:
      return ((never: never) => never)(event);
  }
}

function entryObject(
  { entry, facts, wasShown }: Extract<AppEvent, { type: "entry" }>,
  rooms: RoomNames,
): EventObject | undefined {
  const report = { kind: "entry", facts: { entry, facts, rooms, ids: false } } as const;
  const options = { time: () => "", command: () => "", isDialogue: false };
  const { object: shown } = present(report, READ_WORDING, options);
  return shown && object(shown.type, { ...shown.fields, shown: wasShown });
}

const object = (type: string, fields: EventObject["fields"]): EventObject => ({ type, fields });

const iso = (ms: number) => new Date(ms).toISOString();

const personFields = ({ account, name }: Person) => ({ account, name });

/** Undefined are the broadcasts. */
function placeFields(peer: Peer | undefined, rooms: RoomNames) {
  if (peer === undefined) return { conversation: null };
  const room = isRoom(peer) ? { room: roomNumber(peer), roomName: rooms.nameOf(peer) } : {};
  return { conversation: peer, ...room };
}
