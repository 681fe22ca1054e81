/** An unlocked profile database for unit tests: real tables, a real vault, no account. */

import { join } from "node:path";
import { parseAccountId } from "../../../lib/base/account_name.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import type { HistoryEntry } from "../../../lib/client/store/history.ts";
import { MIGRATIONS } from "../../../lib/client/profile/schema.ts";
import { Vault } from "../../../lib/client/profile/vault.ts";
import { importRootKey } from "../../../lib/crypto/keys/kdf.ts";
import { Database } from "../../../lib/storage/database.ts";

export async function temporaryFolder(): Promise<string> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  return await Deno.makeTempDir({ dir: "tests/tmp", prefix: "client-" });
}

/** A folder whose database can be opened several times, as by several processes. */
export class TestStore implements AsyncDisposable {
  readonly folder: string;
  readonly vault: Vault;
  readonly #opened: Database[] = [];

  private constructor(folder: string, vault: Vault) {
    this.folder = folder;
    this.vault = vault;
  }

  static async open(): Promise<TestStore> {
    const root = await importRootKey(systemRandom.bytes(32));
    return new TestStore(await temporaryFolder(), await Vault.open(root, systemRandom));
  }

  database(): Database {
    const database = Database.open(join(this.folder, "profile.db"), { migrations: MIGRATIONS });
    this.#opened.push(database);
    return database;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const database of this.#opened) database.close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

export function accountId(name: string): AccountId {
  const id = parseAccountId(name);
  if (id === undefined) throw new Error(`${name} is no account id`);
  return id;
}

export function entry(text: string, more: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    id: "00".repeat(16),
    conversation: undefined,
    peer: accountId("bob"),
    from: accountId("bob"),
    device: undefined,
    own: false,
    kind: "text",
    text,
    sentAtMs: 1,
    atMs: 2,
    ...more,
  };
}
