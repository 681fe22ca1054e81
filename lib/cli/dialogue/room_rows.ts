/** Slash commands of rooms. */

import { ROOMS } from "../../app/commands/rooms.ts";
import { Refusal } from "../../base/errors.ts";
import { parseRoomHandle, type RoomHandle } from "../../base/ids.ts";
import { type Around, slashRowsOf } from "./person_rows.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";
import { ROOM_SAY_ROWS } from "./talk_rows.ts";

/** What answers an invitation. */
const ANSWERING: readonly string[] = ["room join", "room decline"];

/** With these codes the server says that there is no such invitation any more: it is nothing to answer then either. */
const GONE: readonly string[] = ["unknown-room", "not-member", "already-in-room"];

/** Joins or declines by `answer`; after that, and when it turns out to be too late, the invitation waits no more. */
async function answerInvitation<Result>(
  { requests }: Pick<ChatContext, "requests">,
  room: RoomHandle,
  answer: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await answer();
    requests.answered(room);
    return result;
  } catch (error) {
    if (error instanceof Refusal && GONE.includes(error.code)) requests.answered(room);
    throw error;
  }
}

/** What is known of rooms is read again behind each command; an invitation that is answered waits no more. */
const around: Around = async (chat, { row, values }, run) => {
  try {
    const invited = ANSWERING.includes(row.name)
      ? parseRoomHandle(`#${values.required("ROOM").replace(/^#/, "")}`)
      : undefined;
    const done = invited === undefined ? await run() : await answerInvitation(chat, invited, run);
    await chat.rooms.refresh();
    return done;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "same-members") throw error;
    if (chat.voice !== undefined) throw error;
    if (!chat.isAttended) chat.talkToNobody();
    // Row S3.28, with the way to that room.
    const { room, invited } = error.details;
    const enter = invited === true ? `to join it: /room join ${room}` : `to open it: /to #${room}`;
    const [words] = error.message.split("\n");
    await chat.print(`* ${words}\n${enter}, --force-new creates another one`);
    return undefined;
  }
};

/** `/room new`, `/room list`, … and `/room say`. */
export const ROOM_ROWS: readonly SlashRow[] = [...slashRowsOf(ROOMS, around), ...ROOM_SAY_ROWS];
