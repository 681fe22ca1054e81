/** Commands about how a conversation stands in the list: what it notifies of, whether it is on top; and their words. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { isRoom, type Peer } from "../../base/ids.ts";
import {
  type ListChoices,
  NOTIFY_LEVELS,
  type NotifyLevel,
} from "../../client/store/list_choices.ts";
import { result } from "../../commands/command_row.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import type { Wording } from "../../commands/wording.ts";
import { usualNotify } from "../conversations/listed_peers.ts";
import { knownPeer } from "../find_contact.ts";
import { showPeer } from "../names.ts";
import type { PersonCommands, PersonContext, PersonRow } from "../person_row.ts";
import { RoomLabels } from "../rooms/room_labels.ts";

interface ListKinds {
  "list-choice": {
    readonly conversation: Peer;
    readonly notify: NotifyLevel;
    readonly isPinned: boolean;
    readonly shown: string;
    /** What of it the command was about. */
    readonly about: "notify" | "pin";
  };
  "usual-choices": Record<never, never>;
}

const NOTIFY_WORDS: Readonly<Record<NotifyLevel, string>> = {
  all: "notifies of every message",
  mentions: "notifies only of mentions and your highlight words",
  none: "muted: no notifications",
};

const WORDING: Wording<ListKinds> = {
  "list-choice": {
    line: ({ shown, notify, isPinned, about }) => {
      const pin = isPinned ? "pinned to the top of the list" : "not pinned";
      return `${shown}: ${about === "pin" ? pin : NOTIFY_WORDS[notify]}`;
    },
  },
  "usual-choices": {
    isNote: true,
    line: () =>
      "No conversation has a setting of its own: people notify of every message, rooms of mentions",
  },
};

type ListRow = PersonRow<ListKinds>;

const NAME: ArgumentSpec = {
  name: "NAME",
  takes: "conversation",
  summary: "the conversation, as bob or #ops; the open one by default",
  required: false,
};

const COMMON = {
  group: "Messages",
  exitCodes: [3, 4, 6],
  needs: ["server", "account"],
  // The list and what it notifies of are the full screen's.
  verb: "none",
} as const;

const notify: ListRow = {
  ...COMMON,
  name: "notify",
  summary: "choose what a conversation notifies of: all, mentions or none",
  details:
    "By default, people notify of every message, and rooms of mentions and of words in the setting highlight. With none the conversation is muted: it moves to the end of the list, without an unread count. The choice holds on this device. Without arguments it lists your choices.",
  arguments: [
    { ...NAME, required: false },
    { name: "LEVEL", summary: "all, mentions or none", required: false },
  ],
  examples: [
    { line: "notify #ops all", summary: "every message in #ops" },
    { line: "notify none", summary: "mutes the open conversation" },
  ],
  async run(context, values) {
    const { listChoices } = context.client.messenger;
    const words = [...values.words("NAME"), ...values.words("LEVEL")];
    const level = NOTIFY_LEVELS.find((one) => one === words.at(-1)?.toLowerCase());
    if (words.length === 2 && level === undefined) {
      throw new UsageError(
        "bad-level",
        `Cannot notify of ${words[1]}: choose ${NOTIFY_LEVELS.join(", ")}`,
      );
    }
    const name = level === undefined || words.length === 2 ? words[0] : undefined;
    if (words.length === 0 && context.conversation === undefined) return await listAll(context);
    const peer = await peerOf(context, name);
    if (level !== undefined) listChoices.setNotify(peer, level);
    return await choiceOf(context, peer, "notify");
  },
};

/** Rows that set one thing for a conversation: what of it they are about, and to what they set it. */
const SETTERS: readonly (
  & Pick<ListRow, "name" | "summary" | "details" | "examples">
  & Pick<ListKinds["list-choice"], "about">
  & { readonly set: (choices: ListChoices, peer: Peer) => void }
)[] = [
  {
    name: "mute",
    summary: "mute a conversation for yourself; the same as notify NAME none",
    details: "Nobody sees it. To stop somebody from sending on this server, see mute-user.",
    examples: [{ line: "mute #ops", summary: "last in the list, and silent" }],
    about: "notify",
    set: (choices, peer) => choices.setNotify(peer, "none"),
  },
  {
    name: "unmute",
    summary: "undo mute: notify as by default",
    details: "",
    examples: [{ line: "unmute #ops", summary: "mentions notify again, as in every room" }],
    about: "notify",
    set: (choices, peer) => choices.setNotify(peer, undefined),
  },
  {
    name: "pin",
    summary: "keep a conversation at the top of the list",
    details: "Pinned conversations stay at the top, by name: alt-1 is always the same one.",
    examples: [{ line: "pin bob", summary: "bob stands above all rooms" }],
    about: "pin",
    set: (choices, peer) => choices.setPinned(peer, true),
  },
  {
    name: "unpin",
    summary: "undo pin",
    details: "",
    examples: [{ line: "unpin bob", summary: "bob stands among the people again" }],
    about: "pin",
    set: (choices, peer) => choices.setPinned(peer, false),
  },
];

const setters = SETTERS.map(({ about, set, ...row }): ListRow => ({
  ...COMMON,
  ...row,
  arguments: [NAME],
  async run(context, values) {
    const peer = await peerOf(context, values.argument("NAME"));
    set(context.client.messenger.listChoices, peer);
    return await choiceOf(context, peer, about);
  },
}));

/** Throws UsageError where none is named or open, Refusal `unknown-account`, `unknown-room`. */
async function peerOf(context: PersonContext, name: string | undefined): Promise<Peer> {
  if (name === undefined) {
    const peer = context.addressed ?? context.conversation?.peer;
    if (peer === undefined) {
      throw new UsageError("no-conversation", "Say which conversation: a NAME is missing");
    }
    return peer;
  }
  const bare = name.replace(/^@/, "");
  try {
    return await knownPeer(context.client, bare);
  } catch (error) {
    // Nothing was ever said to each other: the server knows whether there is somebody of the name.
    if (!(error instanceof Refusal) || bare.startsWith("#")) throw error;
    return (await context.findContact(bare)).account;
  }
}

async function choiceOf(
  context: PersonContext,
  peer: Peer,
  about: ListKinds["list-choice"]["about"],
) {
  return result("list-choice", { ...factsOf(context, peer, await labelsFor(context)), about });
}

async function listAll(context: PersonContext) {
  const labels = await labelsFor(context);
  const chosen = [...context.client.messenger.listChoices.all()]
    .flatMap(([peer, { notify }]) => notify === undefined ? [] : [peer]);
  if (chosen.length === 0) return result("usual-choices", {});
  return {
    reports: chosen.map((peer) => ({
      kind: "list-choice",
      facts: { ...factsOf(context, peer, labels), about: "notify" },
    } as const)),
  };
}

function labelsFor({ client }: PersonContext): Promise<RoomLabels> {
  return RoomLabels.of(client);
}

function factsOf({ client, people }: PersonContext, peer: Peer, labels: RoomLabels) {
  const { notify = usualNotify(peer), isPinned } = client.messenger.listChoices.of(peer);
  const name = isRoom(peer) ? labels.labelOf(peer) : people?.nameOf(peer) ?? peer;
  return { conversation: peer, notify, isPinned, shown: showPeer(peer, name) };
}

/** `notify`, `mute`, `unmute`, `pin`, `unpin`. */
export const LIST_CHOICES: PersonCommands<ListKinds> = {
  rows: [notify, ...setters],
  wording: WORDING,
};
