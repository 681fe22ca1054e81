/**
 * Accounts that the operator brings in with ready passwords (row S3.11). OPAQUE's client side is run here, at once, and the
 * password is not kept; the account's identity is made by its owner's client at the first sign-in, never here (SR-48).
 */

import { parseAccountName, skeleton } from "../../base/account_name.ts";
import { Bug } from "../../base/errors.ts";
import type { AccountName } from "../../base/ids.ts";
import {
  finishRegistration,
  type PasswordServer,
  startRegistration,
} from "../../crypto/password.ts";
import type { AccountStore } from "../store/account_store.ts";

/** What became of one. */
export type Imported =
  | { readonly result: "imported"; readonly name: AccountName }
  | { readonly result: "refused"; readonly reason: string };

/** Imports one account. */
export async function importUser(
  { store, passwords }: { store: AccountStore; passwords: PasswordServer },
  { name, password, nowMs }: { name: string; password: string; nowMs: number },
): Promise<Imported> {
  const parsed = parseAccountName(name);
  if (!parsed.ok) return { result: "refused", reason: parsed.message };
  if (password === "") return { result: "refused", reason: "There is no password" };
  const { id: account, name: spelled } = parsed;
  const created = await store.importAccount({
    account,
    name: spelled,
    skeleton: skeleton(spelled),
    passwordRecord: await passwordRecord(passwords, account, password),
    nowMs,
  });
  return created === "created"
    ? { result: "imported", name: spelled }
    : { result: "refused", reason: "The name, or one that looks like it, is taken" };
}

async function passwordRecord(
  passwords: PasswordServer,
  account: Parameters<PasswordServer["registrationResponse"]>[0],
  password: string,
): Promise<string> {
  const started = await startRegistration(password);
  const response = passwords.registrationResponse(account, started.request);
  const finished = response && await finishRegistration(started.state, password, response);
  if (!finished) throw new Bug("Cannot make a password record: the own request was refused");
  return finished.record;
}
