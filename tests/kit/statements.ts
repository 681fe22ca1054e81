/** Broadcasts and busy texts of raw accounts, right or wrong. */

import type { Bytes } from "../../lib/base/bytes.ts";
import { type BroadcastId, fingerprint, newBroadcastId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { makeBroadcast } from "../../lib/crypto/statements/broadcast.ts";
import { makeBusy } from "../../lib/crypto/statements/busy.ts";
import type { StatementSigner } from "../../lib/crypto/statements/device_statement.ts";
import type { RawAccount } from "./raw_account.ts";
import type { TestServer } from "./test_server.ts";

/** What `account` signs with, changed by `instead`. */
export async function signerOf(
  server: TestServer,
  { person, device }: RawAccount,
  instead: Partial<StatementSigner> = {},
): Promise<StatementSigner> {
  return {
    serverId: server.parts.identity.serverId,
    account: person.accountId,
    certificateHash: await fingerprint(device.certificate),
    privateKey: device.keys.statement.privateKey,
    ...instead,
  };
}

/** A broadcast as a good client makes it. */
export async function broadcastOf(
  server: TestServer,
  account: RawAccount,
  said: { text: string; id?: BroadcastId; sentAtMs?: number; instead?: Partial<StatementSigner> },
): Promise<Bytes> {
  const { text, id = newBroadcastId(systemRandom), sentAtMs = server.clock.nowMs() } = said;
  return await makeBroadcast(await signerOf(server, account, said.instead), { id, sentAtMs, text });
}

/** A busy text as a good client makes it. */
export async function busyOf(
  server: TestServer,
  account: RawAccount,
  said: { text: string; untilMs?: number; instead?: Partial<StatementSigner> },
): Promise<Bytes> {
  const { text, untilMs } = said;
  const busy = { sinceMs: server.clock.nowMs(), untilMs, text };
  return await makeBusy(await signerOf(server, account, said.instead), busy);
}
