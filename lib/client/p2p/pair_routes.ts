/** What one of the two may ask the one who keeps their order: the requests of `hop` that conversations need, and no others. */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal } from "../../base/errors.ts";
import { parseAccountName } from "../../base/account_name.ts";
import type { AccountId } from "../../base/ids.ts";
import type { HopRequestKind, ReplyFields, RequestFields } from "../../protocol/hop/mod.ts";
import { splitKeyPackages } from "../../protocol/hop/keys.ts";
import { ONE_TIME_KEY_PACKAGES_MAX } from "../../protocol/limits.ts";
import { joinSections } from "../../protocol/sections.ts";
import { unknownStream } from "../../relay/live_relay.ts";
import { MAILBOX_LIMITS } from "../../relay/log_rules.ts";
import type { Submission } from "../../relay/message_log.ts";
import {
  answerCommit,
  answerMessage,
  answerOpening,
  conversationId,
  readCommit,
  readOpening,
  type StoredContent,
  storedEnvelope,
  submissionOf,
  type SubmittedFields,
} from "../../relay/submitted.ts";
import { PairWatcher, type RelayHost, type RelaySession } from "./relay_host.ts";
import { PAIR_GENERATION } from "./pair_log.ts";

/** What a row gets besides the checked fields. */
export interface Call {
  readonly order: RelayHost;
  readonly session: RelaySession;
  readonly payload: Bytes;
}

interface Answer<Kind extends HopRequestKind> {
  readonly reply: ReplyFields<Kind>;
  readonly payload?: Bytes;
  /** Done once the answer is on its way. */
  readonly afterwards?: () => void;
}

type Route<Kind extends HopRequestKind> = (
  call: Call,
  fields: RequestFields<Kind>,
) => Answer<Kind> | Promise<Answer<Kind>>;

const NOTHING: Bytes = new Uint8Array(0);

const ROUTES: { readonly [Kind in HopRequestKind]?: Route<Kind> } = {
  "keys.publish": ({ order, session, payload }, { sizes, lastResort }) => {
    order.members.publish(session.account, splitKeyPackages(payload, sizes), lastResort);
    return {
      reply: { oneTime: order.members.count(session.account).oneTime },
      afterwards: () => order.published(session.account),
    };
  },
  "keys.count": ({ order, session }) => {
    const { oneTime, lastResort } = order.members.count(session.account);
    // Two people need no more than a few: nobody is to make others.
    return { reply: { oneTime: oneTime > 0 ? ONE_TIME_KEY_PACKAGES_MAX : 0, lastResort } };
  },
  "keys.fetch": async ({ order, session }, { account }) => {
    const { account: other, device, certificate } = order.members.other(session.account);
    if (idOf(account) !== other) throw nobodyElse();
    await order.whenPublished(other);
    const keyPackage = order.members.takeKeyPackage(other);
    if (keyPackage === undefined) {
      throw new Refusal("no-device", "The other side has not shown its keys yet");
    }
    const { sizes, payload } = joinSections([keyPackage, certificate]);
    return { reply: { device, sizes }, payload };
  },
  "keys.certificates": async ({ order }, { hashes }) => {
    const found = await Promise.all(hashes.map((hash) => order.members.certificate(hash)));
    const { sizes, payload } = joinSections(found);
    return { reply: { sizes }, payload };
  },
  "keys.account": ({ order }, { account }) => {
    const found = order.members.find(idOf(account));
    if (found === undefined) throw nobodyElse();
    const { sizes, payload } = joinSections([found.rosterEntry, NOTHING, NOTHING, NOTHING]);
    const { name, identity } = found;
    const online = order.isConnected(found.account);
    return { reply: { account: found.account, name, identity, online, sizes }, payload };
  },
  "relay.open": async (call, fields) => {
    const submission = submitted(call, fields);
    const opening = { ...readOpening(fields, call.payload), peer: idOf(fields.peer) };
    const outcome = await call.order.log.openDirect({ ...submission, ...opening });
    const reply = answerOpening(outcome, submission.conversation);
    if (outcome.result !== "opened") return { reply };
    return {
      reply,
      ...delivers(call, submission, { type: "welcome", seq: outcome.seq, body: opening.welcome }),
    };
  },
  "relay.send": async (call, fields) => {
    const { order, payload: body } = call;
    const submission = submitted(call, fields);
    const outcome = await order.log.append({ ...submission, body, limits: MAILBOX_LIMITS });
    if (outcome.result === "not-member" || outcome.result === "muted") throw begunAnew();
    const reply = answerMessage(outcome);
    if (outcome.result !== "appended") return { reply };
    return { reply, ...delivers(call, submission, { type: "message", seq: outcome.seq, body }) };
  },
  "relay.commit": async (call, fields) => {
    const submission = submitted(call, fields);
    const content = readCommit(fields, call.payload);
    const outcome = await call.order.log.commit({ ...submission, ...content });
    if (outcome.result === "not-member") throw begunAnew();
    const reply = answerCommit(outcome);
    if (outcome.result !== "committed") return { reply };
    return {
      reply,
      ...delivers(call, submission, { type: "commit", seq: outcome.seq, body: content.body }),
    };
  },
  "relay.group": async ({ order, session: { account } }, fields) => {
    const conversation = conversationId(fields.conversation);
    const group = await order.log.findGroup({ conversation, account });
    if (group === undefined) throw new Refusal("unknown-conversation", "No such conversation");
    return { reply: { epoch: group.epoch }, payload: group.groupInfo };
  },
  "relay.winner": async ({ order, session: { account } }, { epoch, ...fields }) => {
    const conversation = conversationId(fields.conversation);
    const envelope = await order.log.findWinner({ conversation, account, epoch });
    return { reply: envelope === undefined ? {} : { envelope } };
  },
  "relay.list": async ({ order, session: { account, device } }, { after }) => {
    const all = await order.log.listConversations({ account, device });
    return { reply: { conversations: after === undefined ? [...all] : [], more: false } };
  },
  "relay.subscribe": async ({ order, session }) => ({
    reply: { waiting: await order.log.countWaiting(session.device) },
    afterwards: () => session.subscribe(),
  }),
  "spool.open": ({ order, session }, fields) => {
    const { account } = fields;
    if (account === undefined || idOf(account) !== order.members.other(session.account).account) {
      throw nobodyElse();
    }
    return { reply: order.spool.open(session, fields) };
  },
  "spool.fetch": async ({ order, session }, fields) => {
    return { reply: await order.spool.fetch(session, fields) };
  },
  "spool.release": ({ order }, { upload }) => {
    order.spool.release(upload);
    return { reply: {} };
  },
  "stream.open": ({ order, session }, { stream, conversation }) => {
    order.live.open({ stream, conversation, account: session.account, sender: session });
    return { reply: {} };
  },
  "stream.join": ({ order, session }, { stream }) => {
    if (order.live.find(stream)?.options.account === session.account) throw unknownStream();
    order.live.join(session, stream, () => new PairWatcher(session, stream));
    return { reply: {} };
  },
  "stream.leave": ({ order, session }, { stream }) => {
    if (!order.live.leave(session, stream)) throw unknownStream();
    return { reply: {} };
  },
  "room.list": () => ({ reply: { rooms: [], more: false } }),
  "broadcast.read": () => ({ reply: { entries: [], more: false, latest: 0, sizes: [] } }),
};

/** A row for fields that its request's schema has checked. */
export type CheckedRoute = (call: Call, fields: unknown) => LooseAnswer | Promise<LooseAnswer>;

/** An answer of any row. */
export interface LooseAnswer {
  readonly reply: object;
  readonly payload?: Bytes;
  readonly afterwards?: () => void;
}

/** These may wait for the other side: what is asked behind them is answered meanwhile. */
export const WAITING_ROUTES: ReadonlySet<HopRequestKind> = new Set(["keys.fetch", "spool.fetch"]);

/** The row of a request, undefined for what only a server does. */
export function findPairRoute(kind: HopRequestKind): CheckedRoute | undefined {
  // Looked up by the very kind whose schema checked the fields; the union of rows loses that link.
  return ROUTES[kind] as CheckedRoute | undefined;
}

function idOf(name: string): AccountId {
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw nobodyElse();
  return parsed.id;
}

function nobodyElse(): Refusal {
  return new Refusal("unknown-account", "Nobody else is here");
}

function begunAnew(): Refusal {
  return new Refusal("not-member", "The conversation was restarted");
}

function submitted({ order, session }: Call, fields: SubmittedFields): Submission {
  const { account, device } = session;
  const sender = { account, device, generation: PAIR_GENERATION };
  return submissionOf(sender, fields, order.clock.nowMs());
}

/** To the other one, once the answer is on its way. */
function delivers({ order }: Call, submission: Submission, stored: StoredContent) {
  const other = order.members.other(submission.account).account;
  return { afterwards: () => order.deliver(other, storedEnvelope(submission, stored)) };
}
