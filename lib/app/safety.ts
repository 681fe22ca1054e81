/** Comparing safety numbers, with somebody (SR-08). */

import { parseAccountName } from "../base/account_name.ts";
import { UsageError } from "../base/errors.ts";
import type { Contact } from "../client/store/contacts.ts";
import { isSameSafetyNumber } from "../crypto/statements/safety_number.ts";
import { meetContact } from "./find_contact.ts";
import type { ConversationClient } from "./person_row.ts";

/** What a comparison of safety numbers brought. */
export interface Comparison {
  readonly contact: Contact;
  readonly number: string;
  /** Whether the digits are those of the number. Undefined when there was nothing to compare with. */
  readonly isSame: boolean | undefined;
  /** The same, and the contact is marked verified: never while `changed`. */
  readonly agrees: boolean | undefined;
  /** The server announced another identity than the pinned one: nothing is sent. */
  readonly changed: boolean;
  readonly trust: Contact["trust"];
}

const DIGITS = 60;

/** Twelve groups of five, for people. */
export function formatSafetyNumber(digits: string): string {
  return digits.replace(/(\d{5})(?=\d)/g, "$1 ");
}

/** What cannot be a safety number is a slip of who typed it, and no sign of somebody in between. Throws UsageError. */
export function requireSafetyNumber(text: string): void {
  const plain = text.replace(/\s+/g, "");
  const digits = plain.replace(/\D/g, "").length;
  if (plain.length === DIGITS && digits === DIGITS) return;
  const more = digits === plain.length ? "" : " and others";
  throw new UsageError(
    "bad-number",
    `A safety number has ${DIGITS} digits, this one has ${digits}${more}`,
  );
}

/**
 * Compares the 60 digits, and marks the contact verified when they agree. Throws Refusal `unknown-account`, UsageError for what
 * cannot be such a number.
 */
export async function compareNumbers(
  client: ConversationClient,
  name: string,
  expected: string | undefined,
): Promise<Comparison> {
  if (expected !== undefined) requireSafetyNumber(expected);
  const parsed = parseAccountName(name);
  if (parsed.ok && parsed.id === client.profile.own.account) {
    throw new UsageError("yourself", "This is you: compare numbers with somebody else");
  }
  const contact = await meetContact(client, name);
  const agrees = expected === undefined ? undefined : await client.verify(contact, expected);
  const digits = client.safetyNumber(contact);
  return {
    contact,
    number: formatSafetyNumber(digits),
    isSame: expected === undefined ? undefined : isSameSafetyNumber(expected, digits),
    agrees,
    changed: contact.changedTo !== undefined,
    trust: agrees === true ? "verified" : contact.trust,
  };
}

/**
 * Takes the identity that a contact changed to. With digits it is taken only if they are those of the new number: what waits
 * for the contact leaves with it. Throws as `compareNumbers`.
 */
export async function acceptNumber(
  client: ConversationClient,
  name: string,
  expected: string | undefined,
): Promise<boolean> {
  const { contact, changed, isSame } = await compareNumbers(client, name, expected);
  if (!changed || isSame === false) return false;
  await client.acceptIdentity(contact);
  return true;
}

/** The comparison in words. `accept` is the command that takes a changed identity. */
export function explainComparison(compared: Comparison, accept: string): string {
  const { contact: { name }, agrees, isSame, changed, trust } = compared;
  if (changed && isSame === false) {
    return `${name}'s safety number changed, and these are not its digits: nothing was accepted, and no messages are sent`;
  }
  if (changed) {
    return `${name}'s safety number changed: no messages are sent. If ${name} confirms the number above, run: ${accept}`;
  }
  if (agrees === false) return `These are not ${name}'s digits: nothing changed`;
  return `${name} is ${trust === "verified" ? "" : "not "}verified`;
}
