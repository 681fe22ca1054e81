/**
 * How a session becomes one of an account. Its conditions go with one call of the store, which judges them all in the
 * transaction that lets it in. The session is among the account's before that is asked: what signs devices out, or kicks the
 * account, came before, and the store refuses, or comes after, and finds this session, in whatever order answers come (SR-47).
 */

import { type Bytes, decodeBase64, equalBytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { type Refusal, StorageError } from "../../base/errors.ts";
import type { AccountId, DeviceId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { hashBotToken } from "../../crypto/keys/token.ts";
import { refuse } from "../../protocol/failure.ts";
import { CONNECTIONS_PER_ACCOUNT_MAX, SIGNED_IN_PACKET_LIMITS } from "../../protocol/limits.ts";
import type { Bus } from "../bus/bus.ts";
import type { Presence } from "../presence/presence.ts";
import type { Handshake, Session, StateOf } from "../sessions/session.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type {
  Account,
  AccountStore,
  BotLimits,
  BotToken,
  EntryClaim,
  EntryResult,
} from "../store/account_store.ts";
import { sanctionRefusal } from "./denials.ts";

const log = logger("server", "login");

/** What a sign-in touches. */
export interface EntryParts {
  readonly clock: Clock;
  readonly store: AccountStore;
  readonly sessions: Sessions;
  readonly presence: Presence;
}

/** A person who changes a password types it just before. */
const PASSWORD_FRESH_MS = 10 * 60_000;

/** `passwordFreshUntilMs` of a session that signs in by password now. */
export function freshPassword(clock: Clock): number {
  return clock.monotonicMs() + PASSWORD_FRESH_MS;
}

/** Throws Refusal unless this connection signed in by password a short time ago (SR-45). */
export function requireFresh(
  { clock }: Pick<EntryParts, "clock">,
  state: StateOf<"unlinked"> | StateOf<"ready">,
): void {
  if (clock.monotonicMs() < state.passwordFreshUntilMs) return;
  throw refuse(
    "password-not-fresh",
    "Sign in with the password first: this changes the account",
  );
}

/** Throws Refusal `too-many` when the account has as many connections as one may have. */
function requireConnectionSlot({ sessions }: EntryParts, session: Session, account: AccountId) {
  const others = sessions.of(account).filter(({ state }) =>
    state.name === "ready" || state.name === "unlinked"
  );
  if (others.filter((other) => other !== session).length < CONNECTIONS_PER_ACCOUNT_MAX) return;
  throw refuse(
    "too-many",
    `Your account has ${CONNECTIONS_PER_ACCOUNT_MAX} connections, the most allowed: close some first`,
  );
}

/** What a session is let in by. */
export interface Entering extends Omit<EntryClaim, "nowMs"> {
  readonly handshake: Handshake;
  readonly passwordFreshUntilMs: number;
  /** The device signs in by its key alone, so that a bot's needs its token too (SR-48). */
  readonly byKey?: { readonly token: string | undefined };
}

/** A session that is in. */
export interface Entered {
  readonly account: Account;
  readonly session: number;
  readonly highestNumber: number;
}

/**
 * The session becomes one of the account: without a device it may link, recover or reset, and nothing else (SR-03); with one
 * it has bigger packets, presence, and was seen. Throws Refusal: `kicked`, `wrong-credentials` when the password changed
 * meanwhile, `not-signed-in` when the device was signed out or removed meanwhile, `bot-token-refused`, `too-many`.
 */
export async function enter(
  parts: EntryParts,
  session: Session,
  { handshake, passwordFreshUntilMs, byKey, ...claim }: Entering,
): Promise<Entered> {
  const { account, device } = claim;
  const given = await hashGiven(byKey?.token);
  const undo = parts.sessions.join(session, account, device);
  try {
    const entered = requireEntered(await askStore(parts, claim));
    const limits = byKey && requireBotToken(entered.botToken, given, parts.clock.nowMs());
    requireConnectionSlot(parts, session, account);
    // Somebody ended it while the store was asked.
    if (!session.connection.isOpen) throw signedOut();
    const sessionNumber = parts.presence.nextSessionNumber();
    const { name: accountName, identity, generation } = entered.account;
    const known = { ...handshake, account, accountName, sessionNumber, passwordFreshUntilMs };
    session.state = device === undefined ? { name: "unlinked", ...known } : {
      name: "ready",
      ...known,
      device,
      generation,
      ...(limits === undefined ? {} : { limits }),
    };
    session.connection.setLimits(SIGNED_IN_PACKET_LIMITS);
    if (device !== undefined) {
      const peers = new Set(entered.peers);
      const person = { name: accountName, identity, peers, session: sessionNumber };
      parts.presence.join(session, account, person);
    }
    const { address } = session;
    log.info("auth.ok", { session: sessionNumber, account, linked: device !== undefined, address });
    const { highestNumber } = entered;
    return { account: entered.account, session: sessionNumber, highestNumber };
  } catch (error) {
    undo();
    throw error;
  }
}

/** One conditional write. On a full disk a device that signs in by its key is let in unseen. */
async function askStore(
  { store, clock }: EntryParts,
  claim: Omit<EntryClaim, "nowMs">,
): Promise<EntryResult> {
  const whole = { ...claim, nowMs: clock.nowMs() };
  try {
    return await store.enter(whole);
  } catch (error) {
    // A device that the password signs in again has to be written down.
    if (claim.device !== undefined && claim.passwordRecord !== undefined) throw error;
    if (!isDiskFull(error)) throw error;
    return await store.checkEntry(whole);
  }
}

function requireEntered(result: EntryResult): Extract<EntryResult, { result: "entered" }> {
  switch (result.result) {
    case "entered":
      return result;
    case "kicked":
      throw sanctionRefusal(result.kick);
    case "password-changed":
      throw refuse("wrong-credentials", "The password was changed: sign in again");
    case "not-signed-in":
      throw signedOut();
  }
}

function signedOut(): Refusal {
  return refuse("not-signed-in", "This device was signed out: sign in with the password");
}

/** What a device is told that its account gave up. */
export function deviceRemoved(): Refusal {
  return refuse("device-removed", "This device was removed from your account");
}

/** Ends the sessions of a device that was removed, told why (SR-10). */
export async function endDevice(
  { bus }: { bus: Bus },
  device: { account: AccountId; device: DeviceId },
): Promise<void> {
  const { code, message } = deviceRemoved();
  await bus.endSessions(device, { log: "device-removed", told: { code, message } });
}

/** Ends the other sessions of an account, or of one device of it: they have to sign in again (SR-47). */
export async function endOthers(
  { bus }: { bus: Bus },
  session: Session,
  which: { account: AccountId; device?: DeviceId },
): Promise<void> {
  await bus.endSessions({ ...which, except: session }, { log: "signed-out" });
}

/** A full disk keeps nobody from reading what waits. */
export async function noteSeen(
  store: AccountStore,
  seen: { account: AccountId; device?: DeviceId; nowMs: number },
): Promise<void> {
  try {
    await store.setLastSeen(seen);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

function isDiskFull(error: unknown): boolean {
  const isFull = error instanceof StorageError && error.code === "disk-full";
  if (isFull) log.error("disk full: last seen not stored");
  return isFull;
}

// The token that a bot's device signs in with, beside its key (SR-48).

/** What a device gives as its token, in Base64, as the server knows tokens; undefined for none. */
async function hashGiven(given: string | undefined): Promise<Bytes | undefined> {
  const bytes = given === undefined ? undefined : decodeBase64(given);
  return bytes && await hashBotToken(bytes);
}

/**
 * What binds a device that has proved to be itself; undefined for one without a token, which may do everything. Synchronous,
 * so that it can be the last thing that is judged. Throws Refusal `bot-token-refused` when the token is missing, another one,
 * or over.
 */
function requireBotToken(
  token: BotToken | undefined,
  given: Bytes | undefined,
  nowMs: number,
): BotLimits | undefined {
  if (token === undefined) return undefined;
  if (given === undefined) {
    throw refuse("bot-token-refused", "This device signs in with a token only");
  }
  // Hashes of random values: what comparing them takes long tells nothing of the token.
  if (!equalBytes(given, token.hash)) {
    throw refuse("bot-token-refused", "This is not the token of this device");
  }
  if (nowMs >= token.expiresMs) {
    throw refuse("bot-token-refused", "The token of this device has expired");
  }
  const { scopes, expiresMs } = token;
  return { scopes, expiresMs };
}
