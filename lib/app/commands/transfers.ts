/** Commands about files on their way: list, pause, resume, cancel; and the words for what they report. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { placeOf, type Transfer } from "../../client/transfers/transfer.ts";
import type { Transfers } from "../../client/transfers/transfers.ts";
import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import type { ConversationCommands, ConversationContext, ConversationRow } from "../person_row.ts";
import {
  offerLines,
  planFields,
  planLines,
  transferFields,
  transferLine,
} from "../transfer_lines.ts";

/** Older ones are still in the profile. */
const MOST_LISTED = { verb: 100, dialogue: 20 };

interface TransferNow {
  readonly transfer: Transfer;
  /** How it moves, if it moves here. */
  readonly progress: ReturnType<Transfers["progressOf"]>;
  /** One that may only go straight, and may not, waits. */
  readonly awaitsConsent: boolean;
  readonly isVerbose: boolean;
}

/** Every kind of report of these commands. */
export interface TransferKinds {
  "transfer": TransferNow;
  "transfer-now": TransferNow;
  "offer": { readonly line: string };
  "no-transfers": Record<never, never>;
  "not-removed": { readonly part: string };
  "moves-while": { readonly verb: string };
}

const NOW = {
  type: "transfer",
  fields: ({ transfer, isVerbose }: TransferNow) => ({
    ...transferFields(transfer),
    ...(isVerbose ? planFields(transfer) : {}),
  }),
  line: ({ transfer, progress, awaitsConsent, isVerbose }: TransferNow) => [
    transferLine(transfer, progress, { awaitsConsent }),
    ...(isVerbose ? planLines(transfer) : []),
  ],
};

const WORDING: Wording<TransferKinds> = {
  "transfer": { ...NOW, isList: true },
  "transfer-now": NOW,
  "offer": { isNote: true, isList: true, line: ({ line }) => line },
  "no-transfers": { isNote: true, line: () => "no transfers" },
  "not-removed": {
    isNote: true,
    line: ({ part }) => `${part} cannot be deleted yet; the next start tries again`,
  },
  "moves-while": {
    isNote: true,
    line: ({ verb }) => `It only moves while \`${verb}\` or the chat is open`,
  },
};

type TransferRow = ConversationRow<TransferKinds>;

function nowOf(
  { client: { transfers }, isDialogue }: ConversationContext,
  transfer: Transfer,
  { isVerbose = false } = {},
): TransferNow {
  const { id, peer, room } = transfer;
  const awaitsConsent = isDialogue && room === undefined &&
    transfers.direct.awaitsConsent({ id, peer });
  return { transfer, progress: transfers.progressOf(id), awaitsConsent, isVerbose };
}

const list: TransferRow = {
  name: "file list",
  group: "Files",
  summary: "list transfers: requested, in progress and done",
  options: [{ flag: "--verbose", summary: "with chunk sizes and the SHA-256 of each file" }],
  examples: [{ line: "file list --json", summary: "one object per transfer" }],
  exitCodes: [3],
  needs: ["account"],
  slash: {
    name: "transfers",
    summary: "list transfers, with rate and time left",
    examples: [{ line: "file list", summary: "the last of them" }],
  },
  p2p: {
    name: "files",
    aliases: ["transfers"],
    title: "List transfers",
    summary: "list transfers and their progress",
    examples: [{ line: "file list", summary: "with rate and time left" }],
  },
  page: (values, [first]) =>
    first?.kind !== "transfer"
      ? undefined
      : values.has("--verbose")
      ? { kind: "list", title: "Transfers" }
      : { kind: "transfers" },
  async run(context, values) {
    const { client: { transfers }, isDialogue } = context;
    const isVerbose = values.has("--verbose");
    const listed = await transfers.newest(MOST_LISTED[isDialogue ? "dialogue" : "verb"]);
    if (listed.length === 0) return result("no-transfers", {});
    const offers = offerLines(listed, (offer) => transfers.countOffer(offer));
    return {
      reports: [
        ...listed.map((one) =>
          ({ kind: "transfer", facts: nowOf(context, one, { isVerbose }) }) as const
        ),
        ...offers.map((line) => ({ kind: "offer", facts: { line } }) as const),
      ],
    };
  },
};

/** The number of a transfer. `list`: what lists them in a dialogue. Throws UsageError `bad-number`. */
export function readNumber(text: string, list: string | undefined): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new UsageError(
    "bad-number",
    list === undefined
      ? `'${text}' is not the number of a transfer: see file list`
      : `Which transfer? To see their numbers: ${list}`,
  );
}

/** The newest of the open conversation, or of all without one, with which that can be done. Throws Refusal `unknown-transfer`. */
async function newestFor(
  { client: { transfers }, conversation }: ConversationContext,
  action: "pause" | "resume" | "cancel",
): Promise<Transfer> {
  const found = (await transfers.active()).findLast((transfer) =>
    (conversation === undefined || placeOf(transfer) === conversation.peer) &&
    isFor(action, transfer)
  );
  if (found !== undefined) return found;
  const where = conversation === undefined ? "" : ` in the conversation with ${conversation.shown}`;
  throw new Refusal("unknown-transfer", `There is nothing to ${action}${where}`);
}

function isFor(action: "pause" | "resume" | "cancel", { direction, state }: Transfer): boolean {
  if (action === "pause") return state.state === "uploading" || state.state === "receiving";
  if (action === "resume") return state.state === "paused" && state.by === "here";
  // What others offer is answered.
  return direction === "out" || state.state !== "offered";
}

/** A row that does one thing with one transfer. */
function moderationAction(
  name: "pause" | "resume" | "cancel",
  summary: string,
  { more, details }: { readonly more: string; readonly details: string },
): TransferRow {
  return {
    name: `file ${name}`,
    group: "Files",
    summary: `${summary}${more}`,
    details,
    arguments: [{ name: "N", summary: "its number in `file list`", required: true }],
    examples: [{ line: `file ${name} 3`, summary: "transfer 3" }],
    exitCodes: [3, 5, 6, 7],
    // What the other end has said meanwhile comes first.
    needs: ["connection", "arrivals"],
    slash: {
      name,
      summary,
      details: undefined,
      arguments: [{
        name: "N",
        summary: "a number of /transfers; the newest of this conversation by default",
        required: false,
      }],
      examples: [
        { line: `file ${name} 3`, summary: "transfer 3" },
        { line: `file ${name}`, summary: "the newest one here" },
      ],
    },
    p2p: {
      name,
      summary,
      details: undefined,
      arguments: [
        { name: "NAME", summary: "whose", required: true },
        { name: "N", summary: "its number in file list", required: true },
      ],
      examples: [{ line: `file ${name} julia 3`, summary: "transfer 3 with julia" }],
    },
    async run(context, values) {
      const { transfers } = context.client;
      const listedBy = context.isDialogue ? context.spelled(list.name) : undefined;
      const number = values.maybe("N");
      const transfer = number === undefined
        ? await newestFor(context, name)
        : await transfers.numbered(readNumber(number, listedBy));
      await transfers[name](transfer);
      await context.send();
      const now = await transfers.find(transfer.id) ?? transfer;
      const { reports } = result("transfer-now", nowOf(context, now));
      const isIn = now.direction === "in";
      if (context.isDialogue) return { reports };
      if (name === "resume") {
        const verb = isIn ? "file receive" : "file send";
        return { reports: [...reports, { kind: "moves-while", facts: { verb } }] };
      }
      if (name === "pause" || !isIn || now.part === undefined) return { reports };
      return { reports: [...reports, { kind: "not-removed", facts: { part: now.part } }] };
    },
  };
}

/** `file list`, `file pause`, `file resume`, `file cancel`. */
export const TRANSFERS: ConversationCommands<TransferKinds> = {
  rows: [
    list,
    moderationAction("pause", "pause a transfer", {
      more: ", on both sides",
      details: "A program that is running it stops at once. `file resume` continues it.",
    }),
    moderationAction("resume", "resume a transfer", {
      more: " that you paused",
      details: "`file send`, `file receive` and the chat then continue it.",
    }),
    moderationAction("cancel", "cancel a transfer", {
      more: ", on both sides",
      details: "Finished files stay; partial ones are deleted.",
    }),
  ],
  wording: WORDING,
};
