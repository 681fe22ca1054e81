/**
 * How a session becomes one of an account, and what ends the others. What is checked last is asked of the store last, and
 * the state changes without waiting once more. The store answers in the order of its calls: what signs devices out, or
 * kicks the account, came before, and is seen here, or comes after, and finds this session among the account's (SR-47).
 */

import type { Clock } from "../base/clock.ts";
import type { AccountId, DeviceId } from "../base/ids.ts";
import { type Refusal, StorageError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { CONNECTIONS_PER_ACCOUNT_MAX, SIGNED_IN_PACKET_LIMITS } from "../protocol/limits.ts";
import { hashGiven, requireBotToken } from "./bot_tokens.ts";
import { sanctionRefusal } from "./moderation_words.ts";
import type { Parts } from "./parts.ts";
import { refuse } from "./refusal.ts";
import type { Greeting } from "./greeting.ts";
import type { Session, StateOf } from "./session.ts";
import type { Account } from "./account_store.ts";

const log = logger("server", "login");

/** A person who changes a password types it just before. */
const PASSWORD_FRESH_MS = 10 * 60_000;

/** `passwordFreshUntilMs` of a session that signs in by password now. */
export function freshPassword(clock: Clock): number {
  return clock.monotonicMs() + PASSWORD_FRESH_MS;
}

/** Throws Refusal unless this connection signed in by password a short time ago (SR-45). */
export function requireFresh(
  { clock }: Parts,
  state: StateOf<"unlinked"> | StateOf<"ready">,
): void {
  if (clock.monotonicMs() < state.passwordFreshUntilMs) return;
  throw refuse(
    "password-not-fresh",
    "Sign in with the password first: this changes the account",
  );
}

/** Throws Refusal `too-many` when the account has as many connections as one may have. */
function requirePlace({ sessions }: Parts, account: AccountId): void {
  if (sessions.of(account).length < CONNECTIONS_PER_ACCOUNT_MAX) return;
  throw refuse(
    "too-many",
    `Your account has ${CONNECTIONS_PER_ACCOUNT_MAX} connections, which is the most: end some first`,
  );
}

/** The session may link, recover or reset, and nothing else (SR-03). Throws Refusal when kicked meanwhile. */
export async function becomeUnlinked(
  parts: Parts,
  session: Session,
  entry: { account: Account; greeting: Greeting },
): Promise<number> {
  const { account, greeting } = entry;
  const sessionNumber = parts.presence.nextSessionNumber();
  const { account: now, kick } = await parts.store.findEntry({
    account: account.account,
    nowMs: parts.clock.nowMs(),
  });
  if (kick !== undefined) throw sanctionRefusal(kick);
  requirePlace(parts, account.account);
  if (now?.passwordRecord !== account.passwordRecord) {
    throw refuse("wrong-credentials", "The password was changed: sign in again");
  }
  session.state = {
    name: "unlinked",
    ...greeting,
    account: account.account,
    accountName: account.name,
    sessionNumber,
    passwordFreshUntilMs: freshPassword(parts.clock),
  };
  session.connection.setLimits(SIGNED_IN_PACKET_LIMITS);
  parts.sessions.join(session, account.account);
  log.info("auth.ok", { session: sessionNumber, account: account.account, linked: false });
  return sessionNumber;
}

/**
 * The session is one of the device: bigger packets, presence, last seen. Throws Refusal `not-signed-in` when the device was
 * signed out or removed meanwhile, and `kicked`.
 */
export async function becomeReady(
  parts: Parts,
  session: Session,
  entry: {
    account: Account;
    device: DeviceId;
    greeting: Greeting;
    passwordFreshUntilMs: number;
    /** The device signs in by its key alone, so that a bot's needs its token too (SR-48). */
    byKey?: { token: string | undefined };
  },
): Promise<number> {
  const { store, presence } = parts;
  const { name: accountName, account, identity } = entry.account;
  const { device, byKey } = entry;
  const given = await hashGiven(byKey?.token);
  const sessionNumber = presence.nextSessionNumber();
  const conversations = await store.listConversations({ account, device });
  const mates = await store.listRoomMates(account);
  const nowMs = parts.clock.nowMs();
  await noteSeen(store, { account, device, nowMs });
  const { device: known, kick, botToken } = await store.findEntry({ account, device, nowMs });
  if (kick !== undefined) throw sanctionRefusal(kick);
  const limits = byKey && requireBotToken(botToken, given, nowMs);
  requirePlace(parts, account);
  if (known?.signedIn !== true) {
    throw refuse("not-signed-in", "This device was signed out: sign in with the password");
  }
  session.state = {
    name: "ready",
    ...entry.greeting,
    account,
    accountName,
    device,
    sessionNumber,
    passwordFreshUntilMs: entry.passwordFreshUntilMs,
    ...(limits === undefined ? {} : { limits }),
  };
  session.connection.setLimits(SIGNED_IN_PACKET_LIMITS);
  parts.sessions.join(session, account);
  const peers = new Set([...conversations.map(({ peer }) => peer), ...mates]);
  presence.join(session, account, { name: accountName, identity, peers, session: sessionNumber });
  log.info("auth.ok", { session: sessionNumber, account, linked: true });
  return sessionNumber;
}

/** What a device is told that its account gave up. */
export function deviceRemoved(): Refusal {
  return refuse("device-removed", "This device was removed from your account");
}

/** A client that does not read its farewell does not stay for it. */
const FAREWELL_MS = 500;

/** Ends the sessions of a device that was removed, told why (SR-10). */
export function endDevice(
  { sessions }: Parts,
  { account, device }: { account: AccountId; device: DeviceId },
): void {
  const { code, message } = deviceRemoved();
  for (const session of sessions.of(account)) {
    if (session.state.name !== "ready" || session.state.device !== device) continue;
    session.push("moderation.dismissed", { code, message });
    // Not awaited: it ends by itself.
    session.connection.close("device-removed", FAREWELL_MS);
  }
}

/** Closes the sessions of an account, or of one device of it, all but `session`. */
export function endOthers(
  parts: Parts,
  session: Session,
  which: { account: AccountId; device?: DeviceId },
): void {
  for (const other of parts.sessions.of(which.account)) {
    const { state } = other;
    const isMeant = which.device === undefined ||
      state.name === "ready" && state.device === which.device;
    if (other !== session && isMeant) other.connection.close("signed-out");
  }
}

/** A full disk keeps nobody from reading what waits. */
async function noteSeen(
  store: Parts["store"],
  seen: Parameters<Parts["store"]["setLastSeen"]>[0],
): Promise<void> {
  try {
    await store.setLastSeen(seen);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "disk-full") throw error;
    log.error("disk full: last seen not stored");
  }
}
