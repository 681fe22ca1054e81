/** The calls about accounts, tokens, devices, key packages and notebooks. */

import type { Database } from "../../storage/database.ts";
import { AccountTable } from "./accounts.ts";
import { BotTokenTable } from "./bot_tokens.ts";
import type {
  BroadcastCallName,
  EnvelopeCallName,
  ModerationCallName,
  RestoreCallName,
  RoomCallName,
  StoreCalls,
  UpkeepCallName,
  UploadCallName,
} from "./calls.ts";
import { AccountDeletion } from "./deletion.ts";
import { DeviceTable } from "./devices.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import { KeyPackageTable } from "./key_packages.ts";
import { NotebookTable } from "./notebooks.ts";
import type { SanctionTable } from "./sanctions.ts";
import { TokenTable } from "./tokens.ts";

/** Prepares the statements. `log` is told of devices that go. */
export function accountCalls(
  database: Database,
  { log, sanctions }: { log: EnvelopeLog; sanctions: SanctionTable },
): Omit<
  StoreCalls,
  | EnvelopeCallName
  | ModerationCallName
  | BroadcastCallName
  | RestoreCallName
  | RoomCallName
  | UpkeepCallName
  | UploadCallName
> {
  const tokens = new TokenTable(database);
  const botTokens = new BotTokenTable(database);
  const devices = new DeviceTable(database, log);
  const accounts = new AccountTable(database, devices, tokens);
  const deletion = new AccountDeletion(database, accounts);
  const keyPackages = new KeyPackageTable(database, devices);
  const notebooks = new NotebookTable(database, accounts);
  return {
    createAccount: (account) => accounts.create(account),
    importAccount: (account) => accounts.createImported(account),
    findAccount: (account) => accounts.find(account),
    findEntry: ({ account, device, nowMs }) => ({
      account: accounts.find(account),
      device: device === undefined ? undefined : devices.find(account, device),
      kick: sanctions.find("kick", account, nowMs),
      botToken: device === undefined ? undefined : botTokens.find(device),
    }),
    listAccounts: (options) => accounts.list(options),
    findRecoveryCopy: (account) => accounts.findRecoveryCopy(account),
    replacePassword: (options) => accounts.replacePassword(options),
    replaceIdentity: (identity) => accounts.replaceIdentity(identity),
    deleteAccount: (options) => deletion.delete(options),
    setLastSeen: (options) => accounts.setLastSeen(options),
    addToken: (options) => tokens.add(options),
    checkToken: (options) => tokens.check(options),
    setBotToken: (token) => botTokens.set(token),
    findBotToken: (device) => botTokens.find(device),
    removeBotToken: (device) => botTokens.remove(device),
    listBotTokens: (options) => botTokens.list(options),
    addDevice: (options) => accounts.addDevice(options),
    findDevice: (account, device) => devices.find(account, device),
    listDevices: (account) => devices.list(account),
    findRemovedDevice: (account, device) => devices.findRemoved(account, device),
    removeDevices: (options) => accounts.removeDevices(options),
    nameDevice: ({ device, name }) => devices.setName(device, name),
    setSignedIn: (options) => devices.setSignedIn(options),
    findCertificate: (hash) => devices.findCertificate(hash),
    publishKeyPackages: (options) => keyPackages.publish(options),
    countKeyPackages: (device) => keyPackages.count(device),
    takeKeyPackage: (account, except) => keyPackages.take(account, except),
    readPage: (options) => notebooks.read(options),
    writePage: (options) => notebooks.write(options),
  };
}
