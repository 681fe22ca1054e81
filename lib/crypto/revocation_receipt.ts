/**
 * What a server gives for a list of removed devices that it took: by it the same server, once it was restored from an older
 * backup, knows that it had taken the list before (SR-10, SR-58). Whoever has the account's identity can sign a new list; a
 * receipt has only who showed the password at the time.
 */

import { asBytes, type Bytes, ByteWriter, utf8 } from "../base/bytes.ts";
import type { AccountId } from "../base/ids.ts";
import { deriveMacKey, importRootKey, type RootKey } from "./kdf.ts";

const PURPOSE = "Heliograph v1 revocation receipt\0";

/** Makes and knows the receipts of one server. They say nothing that the list does not, and need no secrecy. */
export class RevocationReceipts {
  readonly #root: Promise<RootKey>;

  /** `secret`: of full strength, in every backup, never changed. */
  constructor(secret: Bytes) {
    this.#root = importRootKey(secret);
  }

  /** 32 bytes. */
  async make(account: AccountId, list: Bytes): Promise<Bytes> {
    return asBytes(
      new Uint8Array(await crypto.subtle.sign("HMAC", await this.#key(), facts(account, list))),
    );
  }

  /** Whether this server took the list. WebCrypto compares in constant time. */
  async isOf(account: AccountId, list: Bytes, receipt: Bytes): Promise<boolean> {
    return await crypto.subtle.verify("HMAC", await this.#key(), receipt, facts(account, list));
  }

  async #key(): Promise<CryptoKey> {
    return deriveMacKey(await this.#root, { purpose: PURPOSE });
  }
}

function facts(account: AccountId, list: Bytes): Bytes {
  return new ByteWriter().raw(utf8(PURPOSE)).text(account).blob(list).finish();
}
