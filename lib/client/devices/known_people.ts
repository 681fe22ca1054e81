/** Whom a linked device is told of: the contacts of the other one, by which identity they are pinned, and how far trusted. */

import { parseAccountId, parseAccountName } from "../../base/account_name.ts";
import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import { parseFingerprint } from "../../base/ids.ts";
import type { Contact } from "../store/contacts.ts";
import type { Messenger } from "../store/messenger.ts";
import { forgetPeople, readPeople } from "../profile/account_secrets.ts";

/** More do not fit into an answer; those that were verified go first. */
const MAX_PEOPLE = 1000;

/** The contacts of this profile, in JSON. */
export async function packPeople({ contacts }: Messenger): Promise<Bytes> {
  const { contactStatuses } = contacts;
  const people = (await contacts.list())
    .map((contact) => ({ ...contact, standing: contactStatuses.of(contact.account) }))
    .filter(({ standing }) => standing === "known" || standing === "blocked")
    .sort((left, right) => rank(left) - rank(right));
  return utf8(JSON.stringify(people.slice(0, MAX_PEOPLE)));
}

function rank({ trust }: Contact): number {
  return trust === "verified" ? 0 : 1;
}

/**
 * Once the server has confirmed this device: takes contacts up that are not known here, if another device handed some over.
 * What that one has packed is read like anything foreign. Goes on where it was interrupted.
 */
export async function takeKeptPeople(
  { profile, contacts }: Pick<Messenger, "profile" | "contacts">,
): Promise<void> {
  const packed = await readPeople(profile);
  if (packed === undefined) return;
  for (const { standing, ...person } of parsePeople(packed)) {
    const known = await contacts.read(person.account);
    if (known !== undefined) continue;
    const write = await contacts.prepare(person, undefined);
    profile.database.transaction(() => {
      // When it was decided is in what the devices keep in common.
      if (write()) {
        contacts.contactStatuses.take({ account: person.account, standing, decidedMs: 0 });
      }
    });
  }
  forgetPeople(profile.database);
}

/** Strangers are not handed on. */
type Person = Contact & { readonly standing: "known" | "blocked" };

function parsePeople(packed: Bytes): readonly Person[] {
  const people = parse(packed);
  if (!Array.isArray(people)) return [];
  return people.map(readPerson).filter((person) => person !== undefined);
}

function parse(packed: Bytes): unknown {
  try {
    return JSON.parse(decodeUtf8(packed) ?? "");
  } catch {
    // Of another version of the program: this device gets to know everybody anew.
    return undefined;
  }
}

function readPerson(person: Readonly<Record<string, unknown>>): Person | undefined {
  const account = parseAccountId(String(person.account));
  const name = parseAccountName(String(person.name));
  const pinned = parseFingerprint(String(person.pinned));
  if (account === undefined || !name.ok || name.id !== account || pinned === undefined) {
    return undefined;
  }
  const sequence = Number.isSafeInteger(person.sequence) ? Number(person.sequence) : 0;
  return {
    account,
    name: name.name,
    pinned,
    trust: person.trust === "verified" ? "verified" : "unverified",
    changedTo: parseFingerprint(String(person.changedTo)),
    sequence,
    standing: person.standing === "blocked" ? "blocked" : "known",
  };
}
