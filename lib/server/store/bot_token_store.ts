/** What the server remembers of bots' tokens. Part of the store; see `store.ts` for what every call must promise. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, DeviceId } from "../../base/ids.ts";
import type { Scope } from "../../protocol/permissions.ts";

/** A device that has one signs in with it only, and may do only what it allows (SR-48). */
export interface BotToken {
  readonly account: AccountId;
  readonly device: DeviceId;
  /** SHA-256: a copy of the database lets nobody in (SR-47). */
  readonly hash: Bytes;
  readonly scopes: readonly Scope[];
  readonly createdMs: number;
  readonly expiresMs: number;
}

/** What a session of a bot's device is bound by. */
export type BotLimits = Pick<BotToken, "scopes" | "expiresMs">;

/** The calls about bots' tokens. They go with their device. */
export interface BotTokenStore {
  /** In place of any that the device has. Refused with `device-refused` when it is not a device of the account. */
  setBotToken(token: BotToken): Promise<void>;
  findBotToken(device: DeviceId): Promise<BotToken | undefined>;
  /** False when there was none. */
  removeBotToken(device: DeviceId): Promise<boolean>;
  /** In the order of the accounts, those after `after`. */
  listBotTokens(
    options: { after?: AccountId; limit: number },
  ): Promise<readonly BotToken[]>;
}
