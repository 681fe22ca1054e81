/** Commands about what is said: send, inbox, verify. */

import { UsageError } from "../../base/errors.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import { SEND, type SendKinds } from "../../app/commands/send.ts";
import { VERIFY } from "../../app/commands/people.ts";
import { PEOPLE_WORDING, type PeopleKinds } from "../../app/commands/people_wording.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Wording } from "../../commands/wording.ts";
import { entryReports, shownOf } from "../../app/commands/reading_lists.ts";
import { IDS_OPTION } from "../../app/talk/paging.ts";
import { readWhen } from "../../app/when.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import { sayReport, shellRowsOf } from "./conversation_rows.ts";
import { badge, saidWording } from "./p2p_words.ts";
import type { ShellRow } from "./shell_row.ts";

/** What is said to somebody, with their name as they write it. */
function sendWording({ name }: KnownPeer): Wording<SendKinds> {
  const fields = ({ id }: SendKinds["sent"]) => ({ id, to: name });
  return {
    "away": { fields: () => ({ name }), line: () => `You're not connected to ${name}` },
    "sent": { fields, line: () => [] },
    "queued": { fields, line: () => `Queued: it goes when ${name} is there again` },
  };
}

const inbox: ShellRow = {
  name: "inbox",
  group: "Messages",
  title: "List messages of somebody",
  summary: "show what somebody said",
  details: "Without a name it lists those who said something, and how much.",
  arguments: [{ name: "USERNAME", summary: "who", required: false }],
  options: [
    { flag: "--since", valueName: "WHEN", summary: "2h, yesterday, 2026-11-21 14:00, …" },
    { flag: "--limit", valueName: "N", summary: "the last so many" },
    { flag: "--all", summary: "also what you said, and lines of the program" },
    IDS_OPTION,
  ],
  examples: [
    { line: "inbox julia", summary: "everything that julia said" },
    { line: "inbox julia --since 2h", summary: "of the last two hours" },
  ],
  exitCodes: [4],
  completes: "senders",
  async run(desk, values) {
    const name = values.argument("USERNAME");
    if (name === undefined) return await listSenders(desk);
    const peer = desk.find(name);
    const since = values.option("--since");
    const limit = readLimit(values.option("--limit"));
    const sinceMs = since === undefined ? 0 : readWhen(since, desk.options.clock);
    const pair = await desk.pair(peer);
    const entries = await pair.talk.page({
      about: peer.account,
      ...(values.has("--all")
        ? { kinds: ["text", "notice", "change"] }
        : { kinds: ["text"], own: false }),
      sinceMs,
      limit,
    });
    if (entries.length === 0) {
      const text = since === undefined
        ? `There is nothing from ${peer.name}`
        : `There is nothing from ${peer.name} since then`;
      return await desk.say("nothing", { name: peer.name }, text);
    }
    const own = desk.requireNode().me.own.name;
    const reports = await entryReports(pair, entries, await shownOf(pair, values));
    const wording = saidWording(peer, own);
    for (const report of reports) await sayReport(desk, report, { wording });
    pair.talk.markShown(entries);
  },
};

function readLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError("bad-limit", `Cannot show ${text} of them. Example: inbox julia --limit 20`);
}

async function listSenders(desk: P2pDialogue): Promise<void> {
  const senders = await sendersOf(desk);
  if (senders.length === 0) await desk.say("nothing", {}, "Nobody has said anything yet");
  for (const { peer: { name }, count } of senders) {
    await desk.say("sender", { name, messages: count }, `${name}  ${count}`);
  }
}

/** Those who said something, and how much, up to so many. */
export async function sendersOf(
  desk: P2pDialogue,
  atMost: number = Number.MAX_SAFE_INTEGER,
): Promise<readonly { readonly peer: KnownPeer; readonly count: number }[]> {
  const senders = [];
  for (const peer of desk.node?.book.list() ?? []) {
    const { messenger } = await desk.pair(peer);
    const wanted = { peer: peer.account, kinds: ["text"], own: false } as const;
    const count = messenger.history.index.newest(wanted, atMost).length;
    if (count > 0) senders.push({ peer, count });
  }
  return senders;
}

/** The number and how sure one is of it; the digits that were said are those of the other one, or they are not. */
function verifyWording(peer: KnownPeer): Wording<PeopleKinds> {
  const { name } = peer;
  const wrong = `These are not the digits of ${name}: nothing was changed`;
  return {
    ...PEOPLE_WORDING,
    "safety-number": {
      type: ({ agrees }) => agrees === undefined ? "safety-number" : agrees ? "verified" : "error",
      fields: ({ number, trust, agrees }) => {
        if (agrees === undefined) return { name, number, trust };
        return agrees ? { name } : { code: EXIT.notVerified, name: "wrong-number", message: wrong };
      },
      line: ({ number, trust, agrees }) => {
        if (agrees !== undefined) return agrees ? `${name} is verified` : wrong;
        const is = badge(peer, trust === "verified");
        const known = is === "by invite" ? "known by an invite, and not verified" : is;
        return [number, `${name} is ${known}. If they see the same: verify ${name} NUMBER`];
      },
    },
    "compared": { isNote: true, line: () => [] },
  };
}

/** Rows about talking. */
export const TALK_ROWS: readonly ShellRow[] = [
  ...shellRowsOf(SEND, sendWording),
  inbox,
  ...shellRowsOf(VERIFY, verifyWording),
];
