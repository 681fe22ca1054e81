/** Who comes in: judged and noted over accounts, devices and sanctions in one transaction. */

import type { AccountStore, EntryClaim, EntryResult } from "../account_store.ts";
import { judgeEntry } from "../entry_rules.ts";
import type { Answer } from "../store.ts";
import { setLastSeen } from "./accounts.ts";
import type { Statements, Transaction } from "./database.ts";
import { signIn } from "./devices.ts";
import { lockAccounts } from "./locks.ts";
import { lookUp } from "./lookups.ts";
import { highestNumber } from "./mailbox.ts";

/** See `AccountStore.findEntry`. */
export async function findEntry(
  database: Statements,
  { account: id, device: deviceId, nowMs }: Parameters<AccountStore["findEntry"]>[0],
): Promise<Answer<"findEntry">> {
  const [account, device, removed, kick, botToken] = await Promise.all([
    lookUp(database, "findAccount", id),
    deviceId && lookUp(database, "findDevice", id, deviceId),
    deviceId && lookUp(database, "findRemovedDevice", id, deviceId),
    lookUp(database, "findSanction", { kind: "kick", account: id, nowMs }),
    deviceId && lookUp(database, "findBotToken", deviceId),
  ]);
  return { account, device, removed, kick, botToken };
}

/** Whether the conditions of a claim hold; changes nothing. */
export async function checkEntry(database: Statements, claim: EntryClaim): Promise<EntryResult> {
  const { account: id, device: deviceId, nowMs } = claim;
  const [kick, account, device] = await Promise.all([
    lookUp(database, "findSanction", { kind: "kick", account: id, nowMs }),
    lookUp(database, "findAccount", id),
    deviceId && lookUp(database, "findDevice", id, deviceId),
  ]);
  const judged = judgeEntry(claim, { kick, account, device });
  if (judged.result !== "fits") return judged;
  if (deviceId === undefined) {
    const nothing = { botToken: undefined, peers: [], highestNumber: 0 };
    return { result: "entered", account: judged.account, ...nothing };
  }
  const [botToken, conversations, mates, highest] = await Promise.all([
    lookUp(database, "findBotToken", deviceId),
    lookUp(database, "listConversations", { account: id, device: deviceId }),
    lookUp(database, "listRoomMates", id),
    highestNumber(database, deviceId),
  ]);
  const peers = new Set([...conversations.map(({ peer }) => peer), ...mates]);
  return {
    result: "entered",
    account: judged.account,
    botToken,
    peers: [...peers],
    highestNumber: highest,
  };
}

/** The same, and lets the device in. Whoever ends the account's sessions waits, or is waited for. */
export async function enter(transaction: Transaction, claim: EntryClaim): Promise<EntryResult> {
  const { account, device, passwordRecord, nowMs } = claim;
  // One way there and back: the server makes them one after the other.
  const [, checked] = await Promise.all([
    lockAccounts(transaction, { judged: [account] }),
    checkEntry(transaction, claim),
  ]);
  if (checked.result !== "entered" || device === undefined) return checked;
  await Promise.all([
    // First, as everywhere: the account's row, then the device's.
    setLastSeen(transaction, { account, device, nowMs }),
    passwordRecord !== undefined && signIn(transaction, { account, device, signedIn: true }),
  ]);
  return checked;
}
