/** Sealed envelopes: opening conversations, appending, ordering commits, delivering. */

import type { Bytes } from "../../base/bytes.ts";
import { parseConversationId } from "../../base/ids.ts";
import { RELAY_LIST_PAGE } from "../../protocol/hop/relay.ts";
import { sanctionRefusal } from "../auth/denials.ts";
import { refuse } from "../../protocol/failure.ts";
import { MAILBOX_LIMITS } from "../../relay/log_rules.ts";
import {
  answerCommit,
  answerMessage,
  answerOpening,
  conversationId,
  readCommit,
  readOpening,
  submissionOf,
} from "../../relay/submitted.ts";
import { ready, type Routes } from "../serving/router.ts";
import type { Session } from "../sessions/session.ts";
import type { Member, MessageLog, Submission } from "../../relay/message_log.ts";
import { factsOf } from "../sessions/link_requests.ts";
import { listLinkRequests } from "./device.ts";
import { findAccount } from "./keys.ts";
import {
  chargeCommit,
  deliver,
  logSaid,
  notMember,
  requireContent,
  requireNotListed,
} from "./submitting.ts";
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../../base/clock.ts";
import type { Counters } from "../counters/counters.ts";
import type { ServerIdentity } from "../config/server_options.ts";
import type { Mailboxes } from "../delivery/mailbox.ts";
import type { Presence } from "../presence/presence.ts";
import type { AccountStore } from "../store/account_store.ts";
import type { Sanction } from "../store/moderation_store.ts";
import type { RestoreStore } from "../store/store.ts";
import type { RoomStore } from "../store/room_store.ts";

/** Remembers who gets what is said, when the store has told it. */
function keepList(
  { mailboxes }: { mailboxes: Mailboxes },
  { conversation, account, device }: Submission,
  told: { listVersion: number | undefined; recipients: readonly Member[] | undefined },
): void {
  const { listVersion: version, recipients } = told;
  if (version === undefined || recipients === undefined) return;
  mailboxes.lists.keep(conversation, { version, members: [...recipients, { account, device }] });
}

/** The commit to the members, then its Welcome to the device that it adds. */
function deliverCommit(
  services: RelayServices,
  submitted: Submission,
  stored: {
    seq: number;
    epoch: number;
    recipients: readonly Member[];
    body: Bytes;
    welcome: Bytes | undefined;
    added: readonly Member[];
  },
): void {
  const { seq, epoch, recipients, body, welcome, added } = stored;
  deliver(services, submitted, { type: "commit", seq, body, recipients });
  if (welcome === undefined) return;
  deliver(services, { ...submitted, epoch }, {
    type: "welcome",
    seq: seq + 1,
    body: welcome,
    recipients: added,
  });
}

/** What these handlers touch. */
export interface RelayServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly identity: ServerIdentity;
  readonly mailboxes: Mailboxes;
  readonly presence: Presence;
  readonly store: AccountStore & MessageLog<Sanction> & RestoreStore & RoomStore;
}

/** Rows of family `relay`. */
export const relayRoutes = {
  "relay.open": ready("send", async ({ services, state, fields, payload }) => {
    const submitted = submissionOf(state, fields, services.clock.nowMs());
    const opening = readOpening(fields, payload);
    await chargeCommit(services, state, { ...submitted, payload });
    const { account: peer } = await findAccount(services.store, fields.peer);
    const outcome = await services.store.openDirect({ ...submitted, ...opening, peer });
    if (outcome.result === "opened") {
      services.presence.meet(state.account, peer);
      deliver(services, submitted, {
        type: "welcome",
        seq: outcome.seq,
        body: opening.welcome,
        recipients: [{ account: peer, device: opening.added }],
      });
    }
    return { fields: answerOpening(outcome, submitted.conversation) };
  }),
  "relay.send": ready("send", async ({ services, state, fields, payload }) => {
    requireContent(payload, "message");
    const submitted = submissionOf(state, fields, services.clock.nowMs());
    const known = services.mailboxes.lists.find(submitted.conversation);
    const outcome = await services.store.append({
      ...submitted,
      body: payload,
      limits: MAILBOX_LIMITS,
      counts: fields.counts === true,
      ...(known === undefined ? {} : { knownList: known.version }),
    });
    if (outcome.result === "muted") throw sanctionRefusal(outcome.mute);
    if (outcome.result === "not-member") throw await notMember(services, submitted);
    if (outcome.result === "appended") {
      const { seq, atMs, place, room } = outcome;
      const recipients = outcome.recipients ?? known?.members ?? [];
      keepList(services, submitted, outcome);
      deliver(services, submitted, {
        type: "message",
        body: payload,
        seq,
        atMs,
        place,
        recipients,
      });
      logSaid(state, { room, place });
    }
    return { fields: answerMessage(outcome) };
  }, { rate: "messages", pipelined: true }),
  "relay.commit": ready("receive", async ({ services, state, fields, payload }) => {
    const content = readCommit(fields, payload);
    requireContent(content.body, "commit", fields.epoch);
    const submitted = submissionOf(state, fields, services.clock.nowMs());
    await chargeCommit(services, state, { ...submitted, payload });
    if (fields.joins) await requireNotListed(services, submitted);
    const outcome = await services.store.commit({ ...submitted, ...content });
    if (outcome.result === "not-member") {
      throw refuse("not-member", "This device may not change the conversation");
    }
    if (outcome.result === "committed") {
      deliverCommit(services, submitted, { ...content, ...outcome });
    }
    return { fields: answerCommit(outcome) };
  }),
  "relay.group": ready("receive", async ({ services, state, fields }) => {
    const group = await services.store.findGroup({
      conversation: conversationId(fields.conversation),
      account: state.account,
    });
    if (group === undefined) {
      throw refuse("unknown-conversation", "No such conversation");
    }
    return { fields: { epoch: group.epoch }, payload: group.groupInfo };
  }),
  "relay.winner": ready("receive", async ({ services, state, fields }) => {
    const envelope = await services.store.findWinner({
      conversation: conversationId(fields.conversation),
      account: state.account,
      epoch: fields.epoch,
    });
    return { fields: envelope === undefined ? {} : { envelope } };
  }),
  "relay.list": ready("receive", async ({ services, state, fields }) => {
    const { account, device } = state;
    const all = await services.store.listConversations({ account, device });
    // A conversation that was closed meanwhile is in no list: begin anew, the client knows the ones it has.
    const from = 1 + all.findIndex(({ conversation }) => conversation === fields.after);
    const conversations = all.slice(from, from + RELAY_LIST_PAGE);
    return { fields: { conversations, more: from + conversations.length < all.length } };
  }),
  "relay.restored": ready("receive", async ({ services, state, fields: { known, after } }) => {
    const places = await services.store.listRestored({
      account: state.account,
      known,
      after: after === undefined ? undefined : conversationId(after),
      limit: RELAY_LIST_PAGE + 1,
    });
    const more = places.length > RELAY_LIST_PAGE;
    return { fields: { places: places.slice(0, RELAY_LIST_PAGE), more } };
  }),
  "relay.subscribe": ready("receive", async ({ services, session, state }) => {
    const { store, mailboxes } = services;
    mailboxes.acknowledgements.settle(state.device);
    const requests = await listLinkRequests(services, state.account);
    const waiting = await store.countWaiting(state.device);
    // Nothing is awaited from here on: what waits is pushed behind the answer, by which it is counted.
    mailboxes.subscribe(session, state.device);
    for (const request of requests) session.push("device.link-news", factsOf(request));
    return { fields: { waiting } };
  }, { rate: "subscriptions" }),
} satisfies Partial<Routes<RelayServices>>;

/** The notice `relay.acknowledge`; what is no conversation, or comes unasked, changes nothing. */
export function acknowledge(
  { mailboxes }: { mailboxes: Mailboxes },
  session: Session,
  fields: { conversation: string; seq: number },
): void {
  const conversation = parseConversationId(fields.conversation);
  if (conversation !== undefined) mailboxes.acknowledge(session, conversation, fields.seq);
}
