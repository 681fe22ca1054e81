/** Rooms: founding, inviting, removing, committing. What is asked about them is in `room_lists`. */

import type { AccountId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Parts } from "../parts.ts";
import { refuse } from "../refusal.ts";
import { expel, officersOf, tell } from "../room_news.ts";
import type { Routes } from "../router.ts";
import type { StateOf } from "../session.ts";
import { findRepaired, passedChange, requireRightDevices } from "./room_judging.ts";
import { roomListRoutes } from "./room_lists.ts";
import {
  chargeCommit,
  conversationId,
  deliver,
  members,
  requireRate,
  submission,
} from "./submitting.ts";
import { findAccount } from "./keys.ts";

const log = logger("server", "rooms");

/** Digits of the numbers that are tried for a new room: few first, so that they are easy to say. */
const NUMBER_DIGITS = [3, 3, 3, 4, 4, 5, 7, 9];
/** An entry is asked for again when the room has moved on meanwhile. */
const STALE = "The room has changed meanwhile: try again";

/** Rows of family `room`. */
export const roomRoutes = {
  ...roomListRoutes,
  "room.create": {
    needs: "ready",
    async handle({ parts, state, fields, payload }) {
      const [groupInfo, entry] = splitSections(payload, fields.sizes, 2);
      const conversation = conversationId(fields.conversation);
      requireRate(parts.roomsFounded.take(state.account), "Too many rooms were founded lately");
      chargeCommit(parts, state, { conversation, payload });
      const replaces = fields.replaces === undefined ? undefined : conversationId(fields.replaces);
      await parts.rooms.found(conversation, { entry, replaces, asking: state });
      const repaired = replaces && await findRepaired(parts, state, replaces);
      const invited = await Promise.all(
        fields.members.map((name) => findAccount(parts.store, name)),
      );
      const before = replaces === undefined ? [] : await parts.store.listRoomMembers(replaces);
      const outcome = await parts.store.createRoom({
        conversation,
        account: state.account,
        device: state.device,
        nowMs: parts.clock.nowMs(),
        numbers: roomNumbers(parts),
        members: invited.map(({ account }) => account),
        forceNew: fields.forceNew,
        replaces: repaired,
        groupInfo,
        entry,
      });

      switch (outcome.result) {
        case "no-number":
          throw refuse("too-many", "There is no room number left to try: do it again");
        case "stale":
          throw repaired?.version === undefined
            ? refuse("not-member", "You are not a member of this room")
            : refuse("stale-epoch", STALE);
      }
      const { result, room, conversation: found } = outcome;
      log.info("room.new", { name: state.accountName, room, result });
      if (result === "created") tell(parts, before, { room, conversation, news: "replaced" });
      return { fields: { created: result !== "same-members", room, conversation: found } };
    },
  },
  "room.invite": {
    needs: "ready",
    async handle({ parts, state, fields, payload }) {
      const conversation = conversationId(fields.conversation);
      const { room, version } = await parts.rooms.standing(state.account, conversation, "member");
      chargeOrder(parts, state);
      const { facts, signer } = (await parts.rooms.judge(conversation, version, payload)).entry;
      if (facts.type !== "admission" || signer.account !== state.account) {
        throw refuse("not-allowed", "Only who invites can send an invitation");
      }
      const { account, expiresMs } = facts;
      const by = state.account;
      const entry = { conversation, by, account, entry: payload, version, expiresMs };
      if (await parts.store.inviteToRoom(entry) === "stale") throw refuse("stale-epoch", STALE);
      tell(parts, [account], { room, conversation, news: "invited" });
      return { fields: {} };
    },
  },
  "room.remove": {
    needs: "ready",
    async handle({ parts, state, fields, payload }) {
      const conversation = conversationId(fields.conversation);
      const { room, version } = await parts.rooms.standing(state.account, conversation, "member");
      chargeOrder(parts, state);
      const { facts, signer } = (await parts.rooms.judge(conversation, version, payload)).entry;
      if (facts.type !== "removal" || signer.account !== state.account) {
        throw refuse("not-allowed", "Only who wants a removal can ask for it");
      }
      const { account } = facts;
      const order = { conversation, by: state.account, account, entry: payload, version };
      if (await parts.store.wantRemoval(order) === "stale") throw refuse("stale-epoch", STALE);
      const others = await parts.store.listRoomMembers(conversation);
      await expel(parts, account, { room, conversation });
      tell(parts, others.filter((other) => other !== account), {
        room,
        conversation,
        news: "wanted",
      });
      return { fields: {} };
    },
  },
  "room.commit": {
    needs: "ready",
    async handle({ parts, state, fields, payload }) {
      const [body, groupInfo, entry] = splitSections(payload, fields.sizes, 3);
      const submitted = submission(parts, state, fields);
      chargeCommit(parts, state, { ...submitted, payload });
      const { conversation } = submitted;
      const { version } = fields;
      const { room, version: present } = await parts.rooms.standing(state.account, conversation);
      const removed = members(fields.removed);
      const change = version === present
        ? await parts.rooms.change(conversation, { version, entry, asking: state })
        : passedChange(version, entry);
      if (version === present) requireRightDevices(removed, state.account, change.expels);
      const outcome = await parts.store.commitToRoom({
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
          deliver(parts, submitted, { type: "commit", seq, body, recipients });
          await meetMates(parts, change.admits);
          if (change.expels !== undefined) {
            await expel(parts, change.expels, { room, conversation });
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
    },
  },
  "room.decline": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const conversation = conversationId(fields.conversation);
      const { account } = state;
      const { room, version } = await parts.rooms.standing(account, conversation, "invited");
      await parts.store.declineRoomInvitation({ conversation, account });
      const officers = await officersOf(parts, { conversation, version });
      tell(parts, officers, { room, conversation, news: "declined" });
      return { fields: {} };
    },
  },
  "room.close": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const conversation = conversationId(fields.conversation);
      await parts.rooms.standing(state.account, conversation, "member");
      const { account } = state;
      if (!await parts.store.closeRoom({ conversation, account })) {
        throw refuse("not-allowed", "Others are in this room");
      }
      return { fields: {} };
    },
  },
} satisfies Partial<Routes>;

/** Whoever came in hears from now on when the others come and go, and they of it. */
async function meetMates(
  { presence, store }: Parts,
  account: AccountId | undefined,
): Promise<void> {
  if (account === undefined) return;
  for (const mate of await store.listRoomMates(account)) presence.meet(account, mate);
}

function chargeOrder({ roomOrders }: Parts, { account }: StateOf<"ready">): void {
  requireRate(roomOrders.take(account), "Too many invitations and removals lately");
}

function roomNumbers({ random }: Parts): number[] {
  return NUMBER_DIGITS.map((digits) => {
    const { buffer } = random.bytes(4);
    const least = 10 ** (digits - 1);
    return least + new DataView(buffer).getUint32(0) % (9 * least);
  });
}
