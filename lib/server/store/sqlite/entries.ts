/** Who may come in: judged over the tables of accounts, devices and sanctions in one transaction. */

import type { EntryClaim, EntryResult } from "../account_store.ts";
import type { Tables } from "./tables.ts";

type EntryTables = Pick<
  Tables,
  "accounts" | "devices" | "botTokens" | "sanctions" | "conversations" | "roomPeople" | "mailbox"
>;

/** Whether the conditions of a claim hold; changes nothing. */
export function checkEntry(tables: EntryTables, claim: EntryClaim): EntryResult {
  const { accounts, devices, botTokens, sanctions, conversations, roomPeople, mailbox } = tables;
  const { account: id, device, passwordRecord, nowMs } = claim;
  const kick = sanctions.find("kick", id, nowMs);
  if (kick !== undefined) return { result: "kicked", kick };
  const account = accounts.find(id);
  if (passwordRecord !== undefined && account?.passwordRecord !== passwordRecord) {
    return { result: "password-changed" };
  }
  if (account === undefined) return { result: "not-signed-in" };
  if (device === undefined) {
    return { result: "entered", account, botToken: undefined, peers: [], highestNumber: 0 };
  }
  const known = devices.find(id, device);
  if (known === undefined || passwordRecord === undefined && !known.signedIn) {
    return { result: "not-signed-in" };
  }
  const peers = new Set([
    ...conversations.list({ account: id, device }).map(({ peer }) => peer),
    ...roomPeople.listMates(id),
  ]);
  return {
    result: "entered",
    account,
    botToken: botTokens.find(device),
    peers: [...peers],
    highestNumber: mailbox.highestNumber(device),
  };
}

/** The same, and lets the device in. */
export function enter(tables: EntryTables, claim: EntryClaim): EntryResult {
  const checked = checkEntry(tables, claim);
  const { account, device, passwordRecord, nowMs } = claim;
  if (checked.result !== "entered" || device === undefined) return checked;
  if (passwordRecord !== undefined) tables.devices.setSignedIn({ account, device, signedIn: true });
  tables.accounts.setLastSeen({ account, device, nowMs });
  return checked;
}
