/** What members and the invited ask about rooms. */

import { parseAccountId } from "../../base/account_name.ts";
import type { Bytes } from "../../base/bytes.ts";
import { MAX_COMMIT_BYTES } from "../../protocol/hop/relay.ts";
import { ROOM_ENTRY_PAGE, ROOM_LIST_PAGE } from "../../protocol/hop/room.ts";
import { joinSections } from "../../protocol/sections.ts";
import { refuse } from "../../protocol/failure.ts";
import { ready, type Routes } from "../serving/router.ts";
import { conversationId } from "../../relay/submitted.ts";
import type { Clock } from "../../base/clock.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { RoomStore } from "../store/room_store.ts";

/** What these handlers touch. */
export interface RoomListServices {
  readonly clock: Clock;
  /** The name or number of the open room for new accounts; empty for none. */
  readonly lobby: { readonly text: string };
  readonly rooms: Rooms;
  readonly store: RoomStore;
}

/** Rows of family `room` that change nothing. */
export const roomListRoutes = {
  "room.entries": ready("receive", async ({ services, state, fields }) => {
    const conversation = conversationId(fields.conversation);
    const { version } = await services.rooms.readable(state.account, conversation);
    const { after } = fields;
    const entries = await services.store.listRoomEntries({
      conversation,
      after,
      limit: ROOM_ENTRY_PAGE,
    });
    const { sizes, payload } = joinSections(fitting(entries));
    return { fields: { version, sizes }, payload };
  }),
  "room.guests": ready("receive", async ({ services, state, fields }) => {
    const conversation = conversationId(fields.conversation);
    await services.rooms.standing(state.account, conversation, "member");
    const after = fields.after === undefined ? undefined : parseAccountId(fields.after);
    const limit = ROOM_LIST_PAGE + 1;
    const listed = await services.store.listRoomGuests({ conversation, after, limit });
    const page = listed.slice(0, ROOM_LIST_PAGE);
    const { sizes, payload } = joinSections(fitting(page.map(({ entry }) => entry)));
    const guests = page.slice(0, sizes.length)
      .map(({ account, expiresMs, declined }) => ({ account, expiresMs, declined }));
    return { fields: { guests, sizes, more: guests.length < listed.length }, payload };
  }),
  "room.kicked": ready("receive", async ({ services, state, fields }) => {
    const conversation = conversationId(fields.conversation);
    await services.rooms.standing(state.account, conversation, "member");
    const nowMs = services.clock.nowMs();
    const limit = ROOM_LIST_PAGE;
    const accounts = await services.store.listKickedMembers({ conversation, nowMs, limit });
    return { fields: { accounts: [...accounts] } };
  }),
  "room.wanted": ready("receive", async ({ services, state, fields }) => {
    const conversation = conversationId(fields.conversation);
    await services.rooms.standing(state.account, conversation, "member");
    const limit = ROOM_ENTRY_PAGE;
    const removals = await services.store.listRemovals({ conversation, limit });
    const { sizes, payload } = joinSections(fitting(removals));
    return { fields: { sizes }, payload };
  }),
  "room.invitation": ready("receive", async ({ services, state, fields }) => {
    const conversation = conversationId(fields.conversation);
    const { account } = state;
    const payload = await services.store.findRoomInvitation({ conversation, account });
    if (payload === undefined) throw refuse("unknown-room", "No such invitation");
    return { fields: {}, payload };
  }),
  "room.list": ready("receive", async ({ services, state, fields }) => {
    const { account, device } = state;
    const rooms = await services.store.listRooms({
      account,
      device,
      after: fields.after ?? 0,
      limit: ROOM_LIST_PAGE + 1,
      nowMs: services.clock.nowMs(),
    });
    const page = rooms.slice(0, ROOM_LIST_PAGE).map(({ replaced, ...room }) => ({
      ...room,
      ...(replaced === undefined ? {} : { replaced }),
    }));
    return { fields: { rooms: page, more: rooms.length > page.length } };
  }),
  "room.list-open": ready("receive", async ({ services, state: { account }, fields }) => {
    const after = fields.after ?? 0;
    const limit = ROOM_LIST_PAGE + 1;
    const listed = await services.store.listOpenRooms({ account, after, limit });
    const { lobby: { text: lobby } } = services;
    const rooms = listed.slice(0, ROOM_LIST_PAGE).map((one) => ({
      ...one,
      lobby: lobby === one.name || lobby === `${one.room}`,
    }));
    return { fields: { rooms, more: listed.length > rooms.length } };
  }),
  "room.find": ready("receive", async ({ services, fields }) => {
    return { fields: { exists: await services.store.hasRoom(fields.room) } };
  }),
} satisfies Partial<Routes<RoomListServices>>;

/** As many as one answer holds, the first in any case. */
function fitting(entries: readonly Bytes[]): readonly Bytes[] {
  let sum = 0;
  return entries.filter(({ length }, i) => (sum += length) <= MAX_COMMIT_BYTES || i === 0);
}
