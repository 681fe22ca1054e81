/** What happens, in the lines of a conversation. */

import { busyWords } from "../../app/attendance.ts";
import type { HeldBack } from "../../app/conversations/outbox_sender.ts";
import type { AppEvent } from "../../app/events.ts";
import { showName, showPeer, typeName } from "../../app/names.ts";
import type { AccountId } from "../../base/ids.ts";
import { onOneLine, type SafeText, safeText } from "../../base/safe_text.ts";
import { describeThrown } from "../failure_words.ts";
import { activeList, HINT, movementLines } from "./chat_lines.ts";
import type { DeliveryTracker } from "./delivery_tracker.ts";
import type { ChatContext } from "./slash_row.ts";

/** The lines of an event; none of what a front end draws in its own way. */
export function eventLines(
  event: AppEvent,
  desk: Pick<ChatContext, "settings" | "style"> & { readonly deliveries: DeliveryTracker },
): readonly string[] {
  switch (event.type) {
    case "connection":
      return connectionLines(event);
    case "started":
      return startLines(event);
    case "movement": {
      const { deleted, moved, active } = event;
      const gone = deleted.map((name) => `* ${showName(name)} deleted their account`);
      return [...gone, ...movementLines(moved, active)];
    }
    case "presence": {
      const { name, busy } = event;
      const how = busy === undefined ? "free again" : busyWords(busy.sinceMs, busy.said);
      return [`* ${showName(name)} is ${how}`];
    }
    case "broadcast-refused":
      return [
        `* broadcast #${event.number} is hidden: it is a repeat, or its signature is wrong`,
      ];
    case "identity":
      return identityLines(event);
    case "going-away":
      return [`* server: ${onOneLine(safeText(event.reason))}`];
    case "server-notice":
      return [`* server: ${onOneLine(safeText(event.text))}`];
    case "role":
      return [roleLine(event)];
    case "request":
      return [requestLine(event, desk.style.nameOf(event.account))];
    case "link-request":
      return [
        `* a device at ${
          onOneLine(safeText(event.address))
        } knows your password and asks to be linked. If it is yours: /device link CODE, with the code that it shows. If not: /device decline, and change the password`,
      ];
    case "held":
      return [heldLine(event.held, desk.style.nameOf(event.held.peer))];
    case "delivery":
      return desk.deliveries.linesOf(event, desk.settings);
    case "transfers":
      return desk.deliveries.progressLines(event.active);
    case "due":
      return [`* ${event.due.why}`];
    case "entry":
    case "gone":
    case "list":
    case "quiet":
    case "read":
    case "ready":
    case "requests":
    case "seen":
    case "streams":
    case "typing":
    case "unread":
      return [];
    // Only without a server.
    case "impostor":
    case "peer":
    case "stream-offer":
    case "transfer":
      return [];
  }
}

/** Whether an event is of who comes and goes, which need not stand between what is said. */
export function isAside({ type }: AppEvent): boolean {
  return type === "movement" || type === "presence";
}

/** Who is there and what to do, where no screen shows that by itself. */
export function greetingOf(name: string): readonly string[] {
  return [`Welcome ${name}`, `${HINT}   (/help lists the commands)`];
}

function connectionLines(
  { before, news, active }: Extract<AppEvent, { type: "connection" }>,
): readonly string[] {
  if (news.state === "offline") {
    if (before === "offline") return [];
    const seconds = Math.max(1, Math.round(news.retryMs / 1000));
    const then = `Trying again in ${seconds} s, then until it works`;
    return [`* ${news.retryMs === 0 ? news.reason.toLowerCase() : `${news.reason}. ${then}`}`];
  }
  const again = before === "starting" ? [] : [`* connected again (${activeList(active)})`];
  return news.receivesHere ? again : [
    ...again,
    "* also open in another window; both stay in sync",
  ];
}

function startLines(
  { motd, failedTries, requests }: Extract<AppEvent, { type: "started" }>,
): readonly string[] {
  return [
    ...motd === "" ? [] : [`* server: ${onOneLine(safeText(motd))}`],
    ...failedTries === 0
      ? []
      : [`* failed attempts to sign in since your last visit: ${failedTries}`],
    ...waitingLines(requests),
  ];
}

/** The history says what happened; this is what can be done about it. */
/** `* yoda changed your role on this server: you are a moderator now`. */
function roleLine({ role, by }: Extract<AppEvent, { type: "role" }>): SafeText {
  const who = by === undefined ? "the operator" : showName(by);
  const what = `${role === "owner" ? "an" : "a"} ${role}`;
  return safeText(`* ${who} changed your role on this server: you are now ${what}`);
}

function identityLines(
  { contact, meeting }: Extract<AppEvent, { type: "identity" }>,
): readonly string[] {
  if (meeting !== "changed") return [];
  const name = typeName(contact.name);
  return [
    `* ${
      showName(contact.name)
    }'s safety number changed: /verify ${name} shows the new one, /accept ${name} accepts it`,
  ];
}

/** Why a text stays here, and what to say about it. */
function heldLine({ peer, error }: HeldBack, name: string): string {
  const typed = typeName(name);
  const hints: Readonly<Record<string, string>> = {
    "identity-changed": `. Run /verify ${typed}, then /accept ${typed}`,
    "out-of-step": `. Run /anew ${typed}`,
  };
  const how = hints[error.code] ?? "";
  return `* not sent to ${showPeer(peer, name)} yet: ${describeThrown(error).text}${how}`;
}

// What the dialogue says of message requests: a line, whatever strangers write.

/** What a stranger does, by the kind of what waits. */
const REQUESTS: Readonly<Record<string, string>> = {
  "file.offer": "wants to send you files",
  "stream.offer": "wants to stream a video to you",
};

/** Somebody writes for the first time, or offers something. Names of files are a stranger's words: they wait too. */
function requestLine(
  { account, kind = "" }: { readonly account: AccountId; readonly kind: string | undefined },
  name: string,
): string {
  const does = REQUESTS[kind] ?? "wants to chat";
  const who = `${showName(name)} (new) ${does}`;
  const block = `/block ${typeName(account)}`;
  return `* ${who}: /y accepts, /n declines, /requests shows it, ${block}; /requests --from all lets anybody write to you`;
}

/** How many strangers wait when the dialogue begins; none when nobody does. */
export function waitingLines(count: number): readonly string[] {
  if (count === 0) return [];
  const who = count === 1 ? "1 stranger" : `${count} strangers`;
  return [`* ${who} wrote to you: /requests shows it`];
}
