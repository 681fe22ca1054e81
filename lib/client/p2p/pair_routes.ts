/** What one of the two may ask the one who keeps their order: the requests of `hop` that conversations need, and no others. */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal } from "../../base/errors.ts";
import { parseAccountName } from "../../base/account_name.ts";
import type { HopRequestKind, ReplyFields, RequestFields } from "../../protocol/hop/mod.ts";
import { splitKeyPackages } from "../../protocol/hop/keys.ts";
import { joinSections, splitSections } from "../../protocol/sections.ts";
import { unknownStream } from "../../relay/live_relay.ts";
import type { RelayHost } from "./relay_host.ts";
import { PairWatcher } from "./pair_live.ts";
import type { RelaySession } from "./relay_session.ts";

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

/** What a person with enough key packages is told to have: two people need no more than a few. */
const ENOUGH_KEY_PACKAGES = 100;
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
    return { reply: { oneTime: oneTime > 0 ? ENOUGH_KEY_PACKAGES : 0, lastResort } };
  },
  "keys.fetch": async ({ order, session }, { account }) => {
    const { account: other, device, certificate } = order.members.other(session.account);
    if (idOf(account) !== other) throw new Refusal("unknown-account", "Nobody else is here");
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
    if (found === undefined) throw new Refusal("unknown-account", "Nobody else is here");
    const { sizes, payload } = joinSections([found.rosterEntry, NOTHING, NOTHING, NOTHING]);
    const { name, identity } = found;
    const online = order.isConnected(found.account);
    return { reply: { account: found.account, name, identity, online, sizes }, payload };
  },
  "relay.open": ({ order, session, payload }, fields) => {
    const [welcome, groupInfo] = splitSections(payload, fields.sizes, 2);
    const other = order.members.other(session.account);
    if (idOf(fields.peer) !== other.account || fields.added !== other.device) {
      throw new Refusal("no-device", "That device is gone: fetch another key package");
    }
    const submission = { ...fields, ...order.submitted(session.account, welcome) };
    const taken = order.log.begin(submission, { groupInfo, replaces: fields.replaces });
    return {
      reply: { opened: taken === undefined, conversation: taken ?? fields.conversation },
      afterwards: () => order.tell(other.account),
    };
  },
  "relay.send": ({ order, session, payload }, fields) => {
    const reply = order.log.append({ ...fields, ...order.submitted(session.account, payload) });
    const other = order.members.other(session.account);
    const { seq, atMs } = reply;
    return { reply: { seq, atMs }, afterwards: () => order.tell(other.account) };
  },
  "relay.commit": ({ order, session, payload }, fields) => {
    const [body, groupInfo, welcome] = splitSections(payload, fields.sizes, 3);
    if (welcome.length > 0 || fields.added.length > 0) {
      throw new Refusal("not-allowed", "Each of two has one device: a commit adds none");
    }
    const reply = order.log.commit(
      { ...fields, ...order.submitted(session.account, body) },
      groupInfo,
    );
    const other = order.members.other(session.account);
    return { reply, afterwards: () => order.tell(other.account) };
  },
  "relay.group": ({ order }, { conversation }) => {
    const group = order.log.group(conversation);
    if (group === undefined) throw new Refusal("unknown-conversation", "There is no such one");
    return { reply: { epoch: group.epoch }, payload: group.groupInfo };
  },
  "relay.winner": ({ order }, { conversation, epoch }) => {
    const envelope = order.log.winner(conversation, epoch);
    return { reply: envelope === undefined ? {} : { envelope } };
  },
  "relay.list": ({ order, session }, { after }) => {
    const open = after === undefined ? order.log.open() : undefined;
    if (open === undefined) return { reply: { conversations: [], more: false } };
    const peer = order.members.other(session.account).account;
    const welcome = order.log.hasWelcome(open.conversation, session.account);
    return { reply: { conversations: [{ ...open, peer, member: true, welcome }], more: false } };
  },
  "relay.subscribe": ({ order, session }) => ({
    reply: { waiting: order.log.waiting(session.account, 0, 1).length },
    afterwards: () => {
      session.subscribe();
      order.tell(session.account);
    },
  }),
  "spool.open": ({ order, session }, fields) => {
    const { account } = fields;
    if (account === undefined || idOf(account) !== order.members.other(session.account).account) {
      throw new Refusal("unknown-account", "Nobody else is here");
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

function idOf(name: string): string {
  const parsed = parseAccountName(name);
  return parsed.ok ? parsed.id : "";
}
