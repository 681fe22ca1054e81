/** `/y` and `/n`: answers to files, streams, strangers, invitations, and to the question whether words were meant as a message. */

import { type OfferKinds, OFFERS, streamNumber } from "../../app/commands/offers.ts";
import { REQUESTS } from "../../app/commands/requests.ts";
import { showName, typeName } from "../../app/names.ts";
import { isAsking } from "../../client/contacts/requests.ts";
import { Bug, Refusal, UsageError } from "../../base/errors.ts";
import { anySignal } from "../../base/scope.ts";
import { whole } from "../../commands/command_table.ts";
import { CommandValues } from "../../commands/command_values.ts";
import { type AroundRows, slashRowsOf } from "./person_rows.ts";
import { ROOM_ROWS } from "./room_rows.ts";
import { type DoubtedText, isOfText } from "../../app/questions/shown_requests.ts";
import type { ChatContext, SlashCall, SlashRow } from "./slash_row.ts";
import { say, shownBefore } from "./talk_rows.ts";

/**
 * Asks whether a text is to be sent: a `/y` that is begun from now on says it, `/n` or anything else that is entered drops it.
 * `why` is what is odd about it. Throws Refusal `not-sent` where nobody can be asked.
 */
export async function doubt(
  chat: ChatContext,
  said: DoubtedText,
  { why, question }: { readonly why: string; readonly question: string },
): Promise<void> {
  if (!chat.isAttended) throw new Refusal("not-sent", `Not sent: ${why}`);
  await chat.print(`* ${why} ${question} /y or /n`);
  chat.requests.doubt(said);
}

/** Whoever only says yes or no is told to whom, and what comes of it. */
const ANSWER_WORDING: typeof REQUESTS.wording = {
  ...REQUESTS.wording,
  "request-accepted": {
    line: ({ name, count }) => {
      const what = count === 1 ? "1 message" : `${count} messages`;
      return [
        `accepting ${showName(name)} (new)`,
        `${showName(name)} is now a contact; received ${what}`,
      ];
    },
  },
  "request-declined": {
    line: ({ name }) =>
      `declined ${showName(name)}: their messages are discarded. Undo: /unblock ${typeName(name)}`,
  },
};

const NOTHING_SENT = "* nothing was sent";

/** What is watched beside the conversation, by number; the abort leaves it. */
const watching = new WeakMap<ChatContext, Map<number, AbortController>>();
const LEFT = new DOMException("The person left the stream", "AbortError");

/** Where nothing can be drawn, pictures are kept beside the conversation. */
const besideWhereUndrawn: AroundRows<OfferKinds> = async (chat, { row, values }, run) => {
  const number = row.name === "y" ? streamNumber(values.argument("N")) : undefined;
  const all = watching.get(chat) ?? new Map<number, AbortController>();
  const isKept = values.maybe("--to") !== undefined && chat.stage.open === undefined;
  if (number === undefined || !isKept || all.has(number)) return await run();
  watching.set(chat, all);
  const leaving = new AbortController();
  all.set(number, leaving);
  chat.beside(async (stopped) => {
    try {
      await run(anySignal(stopped, leaving.signal));
    } finally {
      all.delete(number);
    }
  });
  return undefined;
};

const [YES, NO] = slashRowsOf(OFFERS, besideWhereUndrawn).map(whole);

/** Runs `y` or `n` on a file or a stream that was offered. */
async function answer(
  chat: ChatContext,
  row: typeof YES,
  { values, number, ...call }: SlashCall & { readonly number: string | undefined },
): Promise<void> {
  if (number === undefined) {
    throw new Refusal("unknown-transfer", "There was nothing to answer when you typed this");
  }
  const { options } = values.toJSON();
  const named = CommandValues.from(row, { arguments: { N: [number] }, options });
  await row.run(chat, { ...call, values: named });
}

/** The rows that say yes and no to a stranger and to an invitation. */
const OTHER_ROWS = new Map(
  [...slashRowsOf(REQUESTS, shownBefore, () => ANSWER_WORDING), ...ROOM_ROWS]
    .map((row) => [row.name, whole(row)]),
);

/** Runs one of two rows on `@bob` or `#983`; false for any other word. */
async function answerOther(
  chat: ChatContext,
  [ofPerson, ofRoom]: readonly [string, string],
  { word = "", ...call }: SlashCall & { readonly word: string | undefined },
): Promise<boolean> {
  const [mark, name] = [word.slice(0, 1), word.slice(1)];
  if (mark !== "@" && mark !== "#") return false;
  const row = OTHER_ROWS.get(mark === "@" ? ofPerson : ofRoom);
  if (row === undefined) throw new Bug(`Cannot answer ${word}: there is no row for that`);
  if (mark === "@") {
    const contact = await chat.findContact(name);
    if (!isAsking(chat.client.messenger, contact.account)) {
      throw new Refusal("not-asking", `${showName(contact.name)} is not waiting for an answer`);
    }
  }
  const given = { [mark === "@" ? "NAME" : "ROOM"]: [name] };
  const values = CommandValues.from(row, { arguments: given, options: {} });
  await row.run(chat, { ...call, values });
  return true;
}

const yRow: SlashRow = {
  ...YES,
  takesTerminal: (chat, { values, offered }) =>
    chat.stage.open !== undefined &&
    streamNumber(values.argument("N") ?? offered) !== undefined,
  async run(chat, call) {
    const { values, offered } = call;
    if (values.argument("N") === undefined && isOfText(offered)) {
      // Meant for files: the text was not.
      if (values.option("--to") !== undefined || values.option("--p2p") !== undefined) {
        throw new UsageError("no-file", "What was asked last is a text: /y alone sends it");
      }
      const said = chat.requests.takeDoubted(offered);
      return said === undefined
        ? await chat.print(NOTHING_SENT)
        : await say(chat, said.to, said.text);
    }
    const number = values.argument("N") ?? offered;
    if (await answerOther(chat, ["accept", "room join"], { ...call, word: number })) return;
    await answer(chat, YES, { ...call, number });
  },
};

const nRow: SlashRow = {
  ...NO,
  async run(chat, call) {
    const { values, offered } = call;
    if (values.argument("N") === undefined && isOfText(offered)) {
      chat.requests.takeDoubted(offered);
      return await chat.print(NOTHING_SENT);
    }
    const number = values.argument("N") ?? offered;
    if (await answerOther(chat, ["decline", "room decline"], { ...call, word: number })) return;
    const watched = watching.get(chat)?.get(streamNumber(number) ?? -1);
    if (watched !== undefined) return watched.abort(LEFT);
    await answer(chat, NO, { ...call, number });
  },
};

/** `/y`, `/n`. */
export const ANSWER_ROWS: readonly SlashRow[] = [yRow, nRow];
