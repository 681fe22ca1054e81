/**
 * Accounts that the operator brings in with ready passwords (row S3.11). OPAQUE's client side is run here, at once, and the
 * password is not kept; the account's identity is made by its owner's client at the first sign-in, never here (SR-48).
 */

import { parseAccountName, skeleton } from "../../base/account_name.ts";
import { Bug } from "../../base/errors.ts";
import {
  finishRegistration,
  type PasswordServer,
  startRegistration,
} from "../../crypto/keys/password.ts";
import type { AccountStore } from "../store/account_store.ts";

/** What is kept of a password; why the server could not take name or password. */
export type PreparedUser =
  | { readonly name: string; readonly record: string }
  | { readonly name: string; readonly reason: string };

/** What became of one. */
export type ImportedUser =
  | { readonly result: "imported"; readonly name: string }
  | { readonly result: "refused"; readonly name: string; readonly reason: string };

/** Makes the record of a password, in any process that has the server's keys: it takes 0.2 s. */
export async function prepareUser(
  passwords: PasswordServer,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<PreparedUser> {
  const parsed = parseAccountName(name);
  if (!parsed.ok) return { name, reason: parsed.message };
  if (password === "") return { name, reason: "The password is missing" };
  return { name: parsed.name, record: await passwordRecord(passwords, parsed.id, password) };
}

/** Makes the account of one that was prepared, whoever did that. */
export async function importUser(
  store: AccountStore,
  prepared: PreparedUser,
  nowMs: number,
): Promise<ImportedUser> {
  if ("reason" in prepared) return { result: "refused", ...prepared };
  const parsed = parseAccountName(prepared.name);
  if (!parsed.ok) return { result: "refused", name: prepared.name, reason: parsed.message };
  const { id: account, name } = parsed;
  const passwordRecord = prepared.record;
  const spelled = { account, name, skeleton: skeleton(name) };
  const created = await store.importAccount({ ...spelled, passwordRecord, nowMs });
  return created === "created"
    ? { result: "imported", name }
    : { result: "refused", name, reason: "The name, or one that looks like it, is taken" };
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
