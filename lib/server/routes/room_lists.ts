/** What members and the invited ask about rooms. */

import { parseAccountId } from "../../base/account_name.ts";
import type { Bytes } from "../../base/bytes.ts";
import { MAX_COMMIT_BYTES } from "../../protocol/hop/relay.ts";
import { ROOM_ENTRY_PAGE, ROOM_LIST_PAGE } from "../../protocol/hop/room.ts";
import { joinSections } from "../../protocol/sections.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";
import { conversationId } from "./submitting.ts";

/** Rows of family `room` that change nothing. */
export const roomListRoutes = {
  "room.entries": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const conversation = conversationId(fields.conversation);
      const { version } = await parts.rooms.readable(state.account, conversation);
      const { after } = fields;
      const entries = await parts.store.listRoomEntries({
        conversation,
        after,
        limit: ROOM_ENTRY_PAGE,
      });
      const { sizes, payload } = joinSections(fitting(entries));
      return { fields: { version, sizes }, payload };
    },
  },
  "room.guests": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const conversation = conversationId(fields.conversation);
      await parts.rooms.standing(state.account, conversation, "member");
      const after = fields.after === undefined ? undefined : parseAccountId(fields.after);
      const limit = ROOM_LIST_PAGE + 1;
      const listed = await parts.store.listRoomGuests({ conversation, after, limit });
      const page = listed.slice(0, ROOM_LIST_PAGE);
      const { sizes, payload } = joinSections(fitting(page.map(({ entry }) => entry)));
      const guests = page.slice(0, sizes.length)
        .map(({ account, expiresMs, declined }) => ({ account, expiresMs, declined }));
      return { fields: { guests, sizes, more: guests.length < listed.length }, payload };
    },
  },
  "room.kicked": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const conversation = conversationId(fields.conversation);
      await parts.rooms.standing(state.account, conversation, "member");
      const nowMs = parts.clock.nowMs();
      const limit = ROOM_LIST_PAGE;
      const accounts = await parts.store.listKickedMembers({ conversation, nowMs, limit });
      return { fields: { accounts: [...accounts] } };
    },
  },
  "room.wanted": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const conversation = conversationId(fields.conversation);
      await parts.rooms.standing(state.account, conversation, "member");
      const limit = ROOM_ENTRY_PAGE;
      const removals = await parts.store.listRemovals({ conversation, limit });
      const { sizes, payload } = joinSections(fitting(removals));
      return { fields: { sizes }, payload };
    },
  },
  "room.invitation": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const conversation = conversationId(fields.conversation);
      const { account } = state;
      const payload = await parts.store.findRoomInvitation({ conversation, account });
      if (payload === undefined) throw refuse("unknown-room", "There is no such invitation");
      return { fields: {}, payload };
    },
  },
  "room.list": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const { account, device } = state;
      const rooms = await parts.store.listRooms({
        account,
        device,
        after: fields.after ?? 0,
        limit: ROOM_LIST_PAGE + 1,
        nowMs: parts.clock.nowMs(),
      });
      const page = rooms.slice(0, ROOM_LIST_PAGE).map(({ replaced, ...room }) => ({
        ...room,
        ...(replaced === undefined ? {} : { replaced }),
      }));
      return { fields: { rooms: page, more: rooms.length > page.length } };
    },
  },
  "room.find": {
    needs: "ready",
    async handle({ parts, fields }) {
      return { fields: { exists: await parts.store.hasRoom(fields.room) } };
    },
  },
} satisfies Partial<Routes>;

/** As many as one answer holds, the first in any case. */
function fitting(entries: readonly Bytes[]): readonly Bytes[] {
  let sum = 0;
  return entries.filter(({ length }, i) => (sum += length) <= MAX_COMMIT_BYTES || i === 0);
}
