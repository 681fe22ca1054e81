/** Makes the owners of the server's state out of what was opened. Opens nothing itself. */

import { Broadcasts } from "./delivery/broadcasts.ts";
import { Mailboxes } from "./delivery/mailbox.ts";
import { utf8 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { Bus } from "./bus/bus.ts";
import { isLoopback } from "../net/addresses/address.ts";
import { RevocationReceipts } from "../crypto/statements/revocation.ts";
import { Accounts } from "./auth/accounts.ts";
import { SignIns } from "./auth/sign_ins.ts";
import type { ServerOptions } from "./config/server_options.ts";
import { Invites } from "./auth/invites.ts";
import { SignInGuard } from "./counters/sign_in_guard.ts";
import { AccountLocks } from "./moderation/account_locks.ts";
import { kickCheck } from "./moderation/kick_check.ts";
import { Moderation } from "./moderation/moderation.ts";
import { ModerationEffects } from "./moderation/moderation_effects.ts";
import { Draining, Ending } from "./serving/ending.ts";
import type { ServerServices } from "./serving/server_services.ts";
import { Presence } from "./presence/presence.ts";
import { type ChosenRates, type Counters, LocalCounters } from "./counters/counters.ts";
import { NodeCounters, type Taken } from "./counters/node_counters.ts";
import { makeStreams } from "./media/server_streams.ts";
import { Rooms } from "./rooms/rooms.ts";
import type { ServerKeys } from "./keys/server_keys.ts";
import { SessionTransfers } from "./spool/session_transfers.ts";

/** The options that decide what the server does, apart from where it does it. */
export type Policy =
  & Pick<
    ServerOptions,
    | "clock"
    | "random"
    | "listen"
    | "publicAddress"
    | "registration"
    | "invites"
    | "loginAttempts"
    | "lockSeconds"
    | "owner"
    | "motd"
    | "lobby"
    | "requests"
  >
  & ChosenRates;

/** By the store's clock, where several share it. The caller closes what it opened; what is made here belongs to `owned`. */
export function assemble(
  policy: Policy,
  opened:
    & Pick<
      ServerServices,
      "dataFolder" | "store" | "database" | "commitTimes" | "sessions" | "bus" | "library" | "spool"
    >
    & {
      clock?: Clock;
      rendezvous?: ServerServices["rendezvous"];
      keys: Pick<ServerKeys, "authority" | "passwords">;
      incarnation: string;
    },
  owned: AsyncDisposableStack,
): ServerServices {
  const { random } = policy;
  const { store, clock = policy.clock, sessions, bus, library, spool } = opened;
  const { authority, passwords } = opened.keys;
  const { succession } = authority;
  const identity: ServerServices["identity"] = {
    name: "Heliograph",
    serverId: succession.serverId,
    succession: succession.parts,
    caFingerprint: succession.present.fingerprint,
    incarnation: opened.incarnation,
  };
  const presence = new Presence(clock, bus);
  const known = { store, passwords, identity, clock };
  const { registration, owner } = policy;
  const guard = openGuard({ clock, bus }, policy);
  const signIns = new SignIns({ ...known, guard });
  const rooms = new Rooms(store, { clock, serverId: identity.serverId });
  const moderationEffects = new ModerationEffects({ clock, store, bus, presence, rooms });
  const accounts = new Accounts({ ...known, registration, owner });
  const counters = openCounters({ clock, bus, owned }, policy);
  const services: ServerServices = {
    clock,
    random,
    identity,
    dataFolder: opened.dataFolder,
    store,
    database: opened.database,
    commitTimes: opened.commitTimes,
    accounts,
    invites: new Invites({ accounts, clock, counters, store }, policy.invites),
    whereabouts: { address: policy.publicAddress, isLocal: isLoopback(policy.listen.host) },
    signIns,
    sessions,
    ending: new Ending(clock, presence),
    draining: new Draining(),
    receipts: new RevocationReceipts(utf8(passwords.setup)),
    bus,
    presence,
    mailboxes: new Mailboxes(store, clock, bus),
    broadcasts: new Broadcasts(bus, store),
    rooms,
    library,
    spool,
    ...makeStreams({ bus, clock, store }),
    moderation: new Moderation({ clock, store, effects: moderationEffects }),
    moderationEffects,
    locks: new AccountLocks({ clock, store, guard }),
    rendezvous: opened.rendezvous,
    motd: { text: policy.motd ?? "" },
    lobby: { text: policy.lobby ?? "" },
    accountPolicy: { requests: policy.requests ?? "strangers" },
    counters,
    kickCheck: bus.isAlone ? undefined : kickCheck(store, clock),
  };
  listenToNodes(services);
  owned.defer(() => presence.close());
  owned.defer(() => services.mailboxes.close());
  owned.defer(() => services.nodeStreams?.close());
  return services;
}

function openGuard(
  { clock, bus }: { clock: Clock; bus: Bus },
  { loginAttempts: attempts, lockSeconds }: Pick<Policy, "loginAttempts" | "lockSeconds">,
): SignInGuard {
  const { instance: from } = bus.own;
  const guard = new SignInGuard(clock, { attempts, lockSeconds }, (news) => {
    if (!bus.isAlone) bus.publish("sign-in.tried", { ...news, from });
  });
  bus.subscribe("sign-in.tried", (news) => {
    if (news.from !== from) guard.hear(news);
  });
  return guard;
}

function openCounters(
  { clock, bus, owned }: { clock: Clock; bus: Bus; owned: AsyncDisposableStack },
  chosen: ChosenRates,
): Counters {
  const local = new LocalCounters(clock, chosen);
  if (bus.isAlone) return local;
  const { instance: from } = bus.own;
  const tell = (taken: Taken[]) => bus.publish("rate.taken", { from, taken });
  const counters = new NodeCounters(local, clock, tell);
  bus.subscribe("rate.taken", (news) => {
    if (news.from !== from) counters.hear(news.taken);
  });
  owned.defer(() => counters.close());
  return counters;
}

// What one node of a server does about what any node says, and what it answers when asked.

/** Once, before anybody is accepted. */
function listenToNodes(
  { broadcasts, bus, mailboxes, moderationEffects, sessions, spool, streams }: Pick<
    ServerServices,
    | "broadcasts"
    | "bus"
    | "mailboxes"
    | "moderationEffects"
    | "sessions"
    | "spool"
    | "streams"
  >,
): void {
  bus.subscribe("envelope.stored", ({ envelopes, recipients }) => {
    for (const envelope of envelopes) mailboxes.deliver(envelope, recipients);
  });
  bus.subscribe("envelope.waits", ({ recipients }) => mailboxes.catchUp(recipients));
  // Neither rejects.
  bus.subscribe("record.written", () => void moderationEffects.look());
  bus.subscribe("broadcast.added", () => void broadcasts.look());
  bus.subscribe("account.expelled", ({ conversation, account }) => {
    streams.removed(conversation, [account]);
    for (const session of sessions.of(account)) {
      session.attached(SessionTransfers)?.reconsider(account);
    }
  });
  bus.subscribe("upload.removed", ({ upload }) => spool.forget(upload));
  bus.answer("link.requests", ({ account }) => sessions.links.list(account));
  bus.answer(
    "link.answer",
    ({ account, link, answer }) => sessions.links.answer(account, link, answer),
  );
}
