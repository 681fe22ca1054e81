/** Commands about who has seen what, and who types: the settings of both, and what is known. Their words. */

import { isRoom, type Peer, roomNumber } from "../../base/ids.ts";
import type { AttentionKind } from "../../client/store/attention.ts";
import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import { showName, showPeer } from "../names.ts";
import type { PersonCommands, PersonContext, PersonRow } from "../person_row.ts";
import { RoomLabels } from "../rooms/room_labels.ts";
import { quoted } from "../talk/change_words.ts";

interface Known {
  readonly peer: Peer;
  /** Who it is about. */
  readonly from: string;
  /** The conversation, as people call it. */
  readonly where: string;
}

interface AttentionKinds {
  "attention": { readonly setting: AttentionKind; readonly isOn: boolean };
  "seen": Known & { readonly id: string; readonly atMs: number; readonly text: string };
  "typing": Known;
  "nobody": { readonly setting: AttentionKind };
}

/** What either setting does, in both directions. */
export const ATTENTION_WORDS: Readonly<Record<AttentionKind, readonly [on: string, off: string]>> =
  {
    seen: [
      "contacts and rooms see how far you have read, and you see how far they have",
      "nobody sees how far you have read, and you do not see how far others have",
    ],
    typing: [
      "contacts and rooms see that you type, and you see that they do",
      "nobody sees that you type, and you do not see that others do",
    ],
  };

function fieldsOf({ peer, from }: Known): Readonly<Record<string, unknown>> {
  return { conversation: peer, ...isRoom(peer) && { room: roomNumber(peer) }, from };
}

const WORDING: Wording<AttentionKinds> = {
  "attention": {
    type: "setting",
    fields: ({ setting, isOn }) => ({ setting, on: isOn }),
    line: ({ setting, isOn }) =>
      `${setting} is ${isOn ? "on" : "off"}: ${ATTENTION_WORDS[setting][isOn ? 0 : 1]}`,
  },
  "seen": {
    fields: (facts) => ({
      ...fieldsOf(facts),
      id: facts.id,
      at: new Date(facts.atMs).toISOString(),
    }),
    line: ({ peer, from, where, text }) => {
      const place = isRoom(peer) ? `${where} ` : "";
      return `${showName(from)} has seen ${place}up to ${quoted(text)}`;
    },
  },
  "typing": {
    fields: fieldsOf,
    line: ({ peer, from, where }) =>
      `${showName(from)} is typing${isRoom(peer) ? ` in ${where}` : ""}`,
  },
  "nobody": {
    isNote: true,
    line: ({ setting }) =>
      setting === "seen" ? "nobody shows how far they have read" : "nobody is typing",
  },
};

type AttentionRow = PersonRow<AttentionKinds>;

function attentionRow(
  setting: AttentionKind,
  row: Pick<AttentionRow, "summary" | "details" | "examples">,
  known: (context: PersonContext, setting: AttentionKind) => Promise<readonly Report[]>,
): AttentionRow {
  return {
    ...row,
    name: setting,
    group: "Messages",
    arguments: [{ name: "SWITCH", summary: "which", required: false, choices: ["on", "off"] }],
    exitCodes: [3],
    needs: ["server", "account"],
    async run(context, values) {
      const { attention } = context.client.messenger;
      const choice = values.argument("SWITCH");
      if (choice !== undefined) attention.set(setting, choice === "on");
      const isOn = attention.isOn(setting);
      const state = result("attention", { setting, isOn }).reports;
      if (choice !== undefined || !isOn) return { reports: state };
      const reports = await known(context, setting);
      const nobody = reports.length === 0 ? result("nobody", { setting }).reports : [];
      return { reports: [...state, ...reports, ...nobody] };
    },
  };
}

type Report =
  | { readonly kind: "seen"; readonly facts: AttentionKinds["seen"] }
  | { readonly kind: "typing"; readonly facts: AttentionKinds["typing"] };

/** Of the conversation that was addressed, else of all. */
function wanted(context: PersonContext): (one: { readonly peer: Peer }) => boolean {
  const only = context.addressed ?? context.conversation?.peer;
  return ({ peer }) => only === undefined || peer === only;
}

async function namesFor({ client, people }: PersonContext) {
  const rooms = await RoomLabels.of(client);
  const nameOf = (peer: Peer) => people?.nameOf(peer) ?? peer;
  return (peer: Peer, account: Peer): Known => ({
    peer,
    from: nameOf(account),
    where: showPeer(peer, isRoom(peer) ? rooms.labelOf(peer) : nameOf(peer)),
  });
}

async function whoHasSeen(context: PersonContext): Promise<readonly Report[]> {
  const { attention, history } = context.client.messenger;
  const nameIn = await namesFor(context);
  const marks = attention.seen().filter(wanted(context));
  return await Promise.all(marks.map(async ({ peer, account, id, atMs }): Promise<Report> => {
    const text = (await history.text(id))?.text ?? "";
    return { kind: "seen", facts: { ...nameIn(peer, account), id, atMs, text } };
  }));
}

async function whoTypes(context: PersonContext): Promise<readonly Report[]> {
  const { client: { messenger: { attention }, clock } } = context;
  const nameIn = await namesFor(context);
  return attention.typing(clock.nowMs()).filter(wanted(context))
    .map(({ peer, account }): Report => ({ kind: "typing", facts: nameIn(peer, account) }));
}

/** `seen`, `typing`. */
export const ATTENTION_ROWS: PersonCommands<AttentionKinds> = {
  rows: [
    attentionRow("seen", {
      summary: "show how far others have read, and let them see how far you have",
      details:
        "Off until you turn it on, and then in both directions: you only see it of others if they can see it of you. It is end-to-end encrypted, goes to contacts and to rooms of up to 50, and is sent while a chat is open. Messages that you read while it was off are never reported. The server learns when such a report is sent.",
      examples: [
        { line: "seen on", summary: "from now on, in both directions" },
        { line: "seen", summary: "who has read how far" },
      ],
    }, whoHasSeen),
    attentionRow("typing", {
      summary: "show who is typing, and let others see that you are",
      details:
        "Off until you turn it on, and then in both directions: you only see it of others if they can see it of you. It is end-to-end encrypted, goes to contacts and to rooms of up to 50 while somebody there is online, at most every five seconds, and lasts eight. The full screen sends it; the server learns when.",
      examples: [
        { line: "typing on", summary: "from now on, in both directions" },
        { line: "typing", summary: "who types just now" },
      ],
    }, whoTypes),
  ],
  wording: WORDING,
};
