/** Rooms: founding, inviting, removing, committing. What is asked about them is in `room_lists`. */

import type { AccountId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { splitSections } from "../../protocol/sections.ts";
import { refuse } from "../../protocol/failure.ts";
import { roomAdminsOf, tell } from "../rooms/room_news.ts";
import { ready, type Routes } from "../serving/router.ts";
import {
  expel,
  findRepaired,
  judgeOwn,
  passedChange,
  requireRightDevices,
} from "./room_judging.ts";
import { chargeCommit, deliver, requireContent, requireNotListed } from "./submitting.ts";
import { conversationId, members, submissionOf } from "../../relay/submitted.ts";
import { findAccount } from "./keys.ts";
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../../base/clock.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { ServerIdentity } from "../config/server_options.ts";
import type { Mailboxes } from "../delivery/mailbox.ts";
import type { Presence } from "../presence/presence.ts";
import type { Random } from "../../base/random.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Spool } from "../spool/spool.ts";
import type { AccountStore } from "../store/account_store.ts";
import type { MessageLog } from "../../relay/message_log.ts";
import type { DeviceStore } from "../store/device_store.ts";
import type { RoomStore } from "../store/room_store.ts";
import type { StreamRelay } from "../media/session_streams.ts";

const log = logger("server", "rooms");

/** Digits of the numbers that are tried for a new room: few first, so that they are easy to say. */
const NUMBER_DIGITS = [3, 3, 3, 4, 4, 5, 7, 9];
/** An entry is asked for again when the room has moved on meanwhile. */
const STALE = "The room has changed meanwhile: try again";

/** What these handlers touch. */
export interface RoomServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly identity: ServerIdentity;
  readonly mailboxes: Mailboxes;
  readonly presence: Presence;
  readonly random: Random;
  readonly rooms: Rooms;
  readonly sessions: Sessions;
  readonly spool: Spool;
  readonly store: AccountStore & MessageLog & DeviceStore & RoomStore;
  readonly streams: StreamRelay;
}

/** Rows of family `room`. */
export const roomRoutes = {
  "room.create": ready("rooms", async ({ services, state, fields, payload }) => {
    const [groupInfo, entry] = splitSections(payload, fields.sizes, 2);
    const conversation = conversationId(fields.conversation);
    await requireRate(services.counters, "roomsFounded", { key: state.account });
    await chargeCommit(services, state, { conversation, payload });
    const replaces = fields.replaces === undefined ? undefined : conversationId(fields.replaces);
    const founded = await services.rooms.found(conversation, { entry, replaces, asking: state });
    const { open } = founded;
    const repaired = replaces && await findRepaired(services, state, replaces, open);
    const invited = await Promise.all(
      fields.members.map((name) => findAccount(services.store, name)),
    );
    const before = replaces === undefined ? [] : await services.store.listRoomMembers(replaces);
    const members = open !== undefined && replaces !== undefined
      // They come in by themselves, and are listed as awaited until then.
      ? before.filter((account) => !open.barred.has(account))
      : invited.map(({ account }) => account);
    const outcome = await services.store.createRoom({
      conversation,
      account: state.account,
      device: state.device,
      generation: state.generation,
      nowMs: services.clock.nowMs(),
      numbers: roomNumbers(services),
      members,
      forceNew: fields.forceNew,
      replaces: repaired,
      ...(open === undefined
        ? {}
        : { open: { name: open.name, topic: open.topic, size: open.size } }),
      groupInfo,
      entry,
    });

    switch (outcome.result) {
      case "no-number":
        throw refuse("too-many", "No free room number found: try again");
      case "name-taken":
        throw refuse("name-taken", `An open room named ${open?.name} already exists`);
      case "stale":
        throw repaired?.version === undefined
          ? refuse("not-member", "You are not a member of this room")
          : refuse("stale-epoch", STALE);
    }
    const { result, room, conversation: found } = outcome;
    log.info("room.new", { name: state.accountName, room, result });
    if (result === "created") {
      await tell(services, before, { room, conversation, news: "replaced" });
    }
    return { fields: { created: result !== "same-members", room, conversation: found } };
  }),
  "room.invite": ready("rooms", async ({ services, state, fields, payload }) => {
    const { room, conversation, version, facts } = await judgeOwn(services, state, {
      ...{ conversation: conversationId(fields.conversation), entry: payload, type: "admission" },
      otherwise: "Only the person who invites can send an invitation",
    });
    const { account, expiresMs } = facts;
    const by = state.account;
    const entry = { conversation, by, account, entry: payload, version, expiresMs };
    if (await services.store.inviteToRoom(entry) === "stale") throw refuse("stale-epoch", STALE);
    await tell(services, [account], { room, conversation, news: "invited" });
    return { fields: {} };
  }),
  "room.remove": ready("rooms", async ({ services, state, fields, payload }) => {
    const { room, conversation, version, facts } = await judgeOwn(services, state, {
      ...{ conversation: conversationId(fields.conversation), entry: payload, type: "removal" },
      otherwise: "Only the person who removes a member can ask for it",
    });
    const { account } = facts;
    const order = { conversation, by: state.account, account, entry: payload, version };
    if (await services.store.wantRemoval(order) === "stale") throw refuse("stale-epoch", STALE);
    const others = await services.store.listRoomMembers(conversation);
    await expel(services, account, { room, conversation });
    await tell(services, others.filter((other) => other !== account), {
      room,
      conversation,
      news: "wanted",
    });
    return { fields: {} };
  }),
  "room.commit": ready("rooms", async ({ services, state, fields, payload }) => {
    const [body, groupInfo, entry] = splitSections(payload, fields.sizes, 3);
    requireContent(body, "commit", fields.epoch);
    const submitted = submissionOf(state, fields, services.clock.nowMs());
    await chargeCommit(services, state, { ...submitted, payload });
    const { conversation } = submitted;
    const { version } = fields;
    const { room, version: present, standing } = await services.rooms.standing(
      state.account,
      conversation,
    );
    if (standing === "open") {
      await requireRate(services.counters, "roomJoins", { key: state.account });
    }
    if (fields.joins) await requireNotListed(services, submitted);
    const removed = members(fields.removed);
    const change = version === present
      ? await services.rooms.change(conversation, { version, entry, asking: state })
      : passedChange(version, entry);
    if (version === present) {
      const whose = { own: state.account, expelled: change.expels };
      await requireRightDevices(services, removed, whose);
    }
    const outcome = await services.store.commitToRoom({
      ...submitted,
      joins: fields.joins,
      removed,
      body,
      groupInfo,
      change,
    });
    switch (outcome.result) {
      case "committed": {
        const { seq, epoch, version: next, recipients } = outcome;
        deliver(services, submitted, { type: "commit", seq, body, recipients });
        await meetMates(services, change.admits);
        if (change.expels !== undefined) {
          await expel(services, change.expels, { room, conversation });
        }
        return { fields: { accepted: true, epoch, version: next, seq } };
      }
      case "known": {
        const { seq, epoch, version: next } = outcome;
        return { fields: { accepted: true, epoch, version: next, seq } };
      }
      case "conflict":
        return {
          fields: { accepted: false, seq: 0, epoch: outcome.epoch, version: outcome.version },
        };
      case "not-member":
        throw refuse("not-member", "This device may not change the room");
    }
  }),
  "room.decline": ready("rooms", async ({ services, state, fields }) => {
    const conversation = conversationId(fields.conversation);
    const { account } = state;
    const { room, version } = await services.rooms.standing(account, conversation, "invited");
    await services.store.declineRoomInvitation({ conversation, account });
    const roomAdmins = await roomAdminsOf(services, { conversation, version });
    await tell(services, roomAdmins, { room, conversation, news: "declined" });
    return { fields: {} };
  }),
  "room.close": ready("rooms", async ({ services, state, fields }) => {
    const conversation = conversationId(fields.conversation);
    await services.rooms.standing(state.account, conversation, "member");
    const { account } = state;
    if (!await services.store.closeRoom({ conversation, account })) {
      throw refuse("not-allowed", "Others are in this room");
    }
    return { fields: {} };
  }),
} satisfies Partial<Routes<RoomServices>>;

/** Whoever came in hears from now on when the others come and go, and they of it. */
async function meetMates(
  { presence, store }: RoomServices,
  account: AccountId | undefined,
): Promise<void> {
  if (account === undefined) return;
  for (const mate of await store.listRoomMates(account)) presence.meet(account, mate);
}

function roomNumbers({ random }: RoomServices): number[] {
  return NUMBER_DIGITS.map((digits) => {
    const { buffer } = random.bytes(4);
    const least = 10 ** (digits - 1);
    return least + new DataView(buffer).getUint32(0) % (9 * least);
  });
}
