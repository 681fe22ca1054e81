/** Sealed envelopes: opening conversations, appending, ordering commits, delivering. */

import type { Bytes } from "../../base/bytes.ts";
import { type AccountId, parseConversationId } from "../../base/ids.ts";
import { RELAY_LIST_PAGE } from "../../protocol/hop/relay.ts";
import { splitSections } from "../../protocol/sections.ts";
import { Subscription } from "../subscription.ts";
import { sanctionRefusal } from "../moderation_words.ts";
import type { Parts } from "../parts.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";
import type { Member, Submission } from "../submission.ts";
import { findAccount } from "./keys.ts";
import {
  chargeCommit,
  conversationId,
  deliver,
  deviceId,
  logSaid,
  members,
  notMember,
  requireRate,
  submission,
} from "./submitting.ts";

/** What may wait for one device, and for one device from one sender (SR-54). */
const MAILBOX_LIMITS = {
  perDeviceBytes: 256 * 1024 * 1024,
  perSenderBytes: 64 * 1024 * 1024,
};

/** Refusals come in one piece, so that what goes on later goes on in order (see MessageGuard). */
function chargeMessage(parts: Parts, account: AccountId): void {
  const retryAfterSeconds = parts.messages.take(account);
  if (retryAfterSeconds > 0) {
    throw refuse("rate-limited", "Too many messages at once. Try again", { retryAfterSeconds });
  }
}

/** Remembers who gets what is said, when the store has told it. */
function keepList(
  { mailboxes }: Parts,
  { conversation, account, device }: Submission,
  told: { listVersion: number | undefined; recipients: readonly Member[] | undefined },
): void {
  const { listVersion: version, recipients } = told;
  if (version === undefined || recipients === undefined) return;
  mailboxes.lists.keep(conversation, { version, members: [...recipients, { account, device }] });
}

function said({ seq, atMs, place }: { seq: number; atMs: number; place: number | undefined }) {
  return { fields: { seq, atMs, ...(place === undefined ? {} : { place }) } };
}

/** The commit to the members, then its Welcome to the device that it adds. */
function deliverCommit(
  parts: Parts,
  submitted: Submission,
  stored: {
    seq: number;
    epoch: number;
    recipients: readonly Member[];
    body: Bytes;
    welcome: Bytes;
    added: readonly { account: string; device: string }[];
  },
): void {
  const { seq, epoch, recipients, body, welcome } = stored;
  deliver(parts, submitted, { type: "commit", seq, body, recipients });
  if (welcome.length === 0) return;
  deliver(parts, { ...submitted, epoch }, {
    type: "welcome",
    seq: seq + 1,
    body: welcome,
    recipients: members(stored.added),
  });
}

/** Rows of family `relay`. */
export const relayRoutes = {
  "relay.open": {
    needs: "ready",
    async handle({ parts, state, fields, payload }) {
      const [welcome, groupInfo] = splitSections(payload, fields.sizes, 2);
      const submitted = submission(parts, state, fields);
      chargeCommit(parts, state, { ...submitted, payload });
      const peer = await findAccount(parts.store, fields.peer);
      const added = deviceId(fields.added);
      const outcome = await parts.store.openDirect({
        ...submitted,
        peer: peer.account,
        added,
        replaces: fields.replaces === undefined ? undefined : conversationId(fields.replaces),
        welcome,
        groupInfo,
      });
      if (outcome.result === "unknown-device") {
        throw refuse("no-device", "That device is gone: fetch another key package");
      }
      if (outcome.result === "taken") {
        return { fields: { opened: false, conversation: outcome.conversation } };
      }
      if (outcome.result === "opened") {
        parts.presence.meet(state.account, peer.account);
        deliver(parts, submitted, {
          type: "welcome",
          seq: outcome.seq,
          body: welcome,
          recipients: [{ account: peer.account, device: added }],
        });
      }
      return { fields: { opened: true, conversation: submitted.conversation } };
    },
  },
  "relay.send": {
    needs: "ready",
    pipelined: true,
    async handle({ parts, state, fields, payload }) {
      chargeMessage(parts, state.account);
      const submitted = submission(parts, state, fields);
      const known = parts.mailboxes.lists.find(submitted.conversation);
      const outcome = await parts.store.append({
        ...submitted,
        body: payload,
        limits: MAILBOX_LIMITS,
        counts: fields.counts === true,
        ...(known === undefined ? {} : { knownList: known.version }),
      });
      switch (outcome.result) {
        case "appended": {
          const { seq, atMs, place, room } = outcome;
          const recipients = outcome.recipients ?? known?.members ?? [];
          keepList(parts, submitted, outcome);
          deliver(parts, submitted, {
            type: "message",
            body: payload,
            seq,
            atMs,
            place,
            recipients,
          });
          logSaid(state, { room, place });
          return said(outcome);
        }
        case "known":
          return said(outcome);
        case "muted":
          throw sanctionRefusal(outcome.mute);
        case "not-member":
          throw await notMember(parts, submitted);
        case "stale-epoch":
          throw refuse("stale-epoch", "The conversation has moved on", { epoch: outcome.epoch });
        case "quota-exceeded":
          throw refuse("quota-exceeded", "Too much waits for the other side already");
      }
    },
  },
  "relay.commit": {
    needs: "ready",
    async handle({ parts, state, fields, payload }) {
      const [body, groupInfo, welcome] = splitSections(payload, fields.sizes, 3);
      const submitted = submission(parts, state, fields);
      chargeCommit(parts, state, { ...submitted, payload });
      const outcome = await parts.store.commit({
        ...submitted,
        joins: fields.joins,
        added: members(fields.added),
        removed: members(fields.removed),
        body,
        groupInfo,
        welcome: welcome.length === 0 ? undefined : welcome,
      });
      switch (outcome.result) {
        case "committed":
          deliverCommit(parts, submitted, { ...outcome, body, welcome, added: fields.added });
          return { fields: { accepted: true, epoch: outcome.epoch, seq: outcome.seq } };
        case "known":
          return { fields: { accepted: true, epoch: outcome.epoch, seq: outcome.seq } };
        case "conflict":
          return { fields: { accepted: false, epoch: outcome.epoch, seq: 0 } };
        case "not-member":
          throw refuse("not-member", "This device may not change the conversation");
      }
    },
  },
  "relay.group": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const group = await parts.store.findGroup({
        conversation: conversationId(fields.conversation),
        account: state.account,
      });
      if (group === undefined) {
        throw refuse("unknown-conversation", "There is no such conversation");
      }
      return { fields: { epoch: group.epoch }, payload: group.groupInfo };
    },
  },
  "relay.winner": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const envelope = await parts.store.findWinner({
        conversation: conversationId(fields.conversation),
        account: state.account,
        epoch: fields.epoch,
      });
      return { fields: envelope === undefined ? {} : { envelope } };
    },
  },
  "relay.list": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      const { account, device } = state;
      const all = await parts.store.listConversations({ account, device });
      // A conversation that was closed meanwhile is in no list: begin anew, the client knows the ones it has.
      const from = 1 + all.findIndex(({ conversation }) => conversation === fields.after);
      const conversations = all.slice(from, from + RELAY_LIST_PAGE);
      return { fields: { conversations, more: from + conversations.length < all.length } };
    },
  },
  "relay.restored": {
    needs: "ready",
    async handle({ parts, state, fields: { known, after } }) {
      const places = await parts.store.listRestored({
        account: state.account,
        known,
        after: after === undefined ? undefined : conversationId(after),
        limit: RELAY_LIST_PAGE + 1,
      });
      const more = places.length > RELAY_LIST_PAGE;
      return { fields: { places: places.slice(0, RELAY_LIST_PAGE), more } };
    },
  },
  "relay.subscribe": {
    needs: "ready",
    async handle({ parts, session, state }) {
      const { store, clock, mailboxes, subscriptions } = parts;
      requireRate(subscriptions.take(state.account), "Too many subscriptions lately");
      const { acknowledgements } = mailboxes;
      acknowledgements.settle(state.device);
      const waiting = await store.countWaiting(state.device);
      if (session.subscription !== undefined) mailboxes.unsubscribe(session.subscription);
      const subscription = new Subscription(session, state.device, {
        store,
        clock,
        acknowledgements,
      });
      session.subscription = subscription;
      mailboxes.subscribe(subscription);
      subscription.start();
      parts.sessions.links.tell(session, state.account);
      return { fields: { waiting } };
    },
  },
} satisfies Partial<Routes>;

/** The notice `relay.acknowledge`; what is no conversation, or comes unasked, changes nothing. */
export function acknowledge(
  { subscription }: { readonly subscription: Subscription | undefined },
  fields: { conversation: string; seq: number },
): void {
  const conversation = parseConversationId(fields.conversation);
  if (conversation !== undefined) subscription?.acknowledge(conversation, fields.seq);
}
