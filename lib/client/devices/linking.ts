/** Linking a new device by one that is signed in: what each of the two does (SR-03, docs/decisions/0024-linking.md). */

import { ByteReader, type Bytes, ByteWriter, decodeUtf8, utf8 } from "../../base/bytes.ts";
import { Refusal, TransportError, TrustError, UsageError } from "../../base/errors.ts";
import {
  isRequestOf,
  makeLinkRequest,
  openLinkAnswer,
  parseLinkCode,
  sealLinkAnswer,
} from "../../crypto/keys/linking.ts";
import { LINK_REQUEST_MS } from "../../protocol/limits.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { makeStores } from "../store/stores.ts";
import {
  forgetPeople,
  isUnconfirmed,
  readIdentityKey,
  readPeople,
} from "../profile/account_secrets.ts";
import { addThisDevice, type Entrant, settleDevice } from "../recovery/recovery.ts";
import type { SignedIn } from "../account/sign_in.ts";
import { parseAccountId, parseAccountName } from "../../base/account_name.ts";
import { parseFingerprint } from "../../base/ids.ts";
import type { Contact } from "../store/contacts.ts";

/** A new device that asks to be linked, as the server tells of it. */
export type LinkRequestNews = PushFields<"device.link-news">;

/** Leading format number of what the new device is given (SR-31). */
const FORMAT = 1;

/**
 * The new device's side, after the password was right: shows a code and waits until somebody types it at another device.
 * Throws Refusal `link-declined` and `link-expired`, TrustError `bad-link-answer`.
 */
export async function linkByCode(
  entrant: Entrant & {
    showCode: (code: string, expiresMs: number) => Promise<void>;
    signal: AbortSignal;
  },
): Promise<SignedIn> {
  const { handshake: { link, serverId }, signedIn: { account }, random } = entrant;
  const place = { serverId, account };
  const request = await makeLinkRequest(place, random);
  const result = resultOf(link);
  const { fields } = await link.ask("device.link-ask", {}, request.bytes);
  await entrant.showCode(request.code, fields.expiresMs);
  const answer = await within(entrant, result);
  const opened = await openLinkAnswer(request, place, answer);
  const given = opened && readGiven(opened);
  const added = given && await addThisDevice(entrant, given);
  if (given === undefined || added === undefined) {
    throw new TrustError(
      "bad-link-answer",
      "The answer did not come from a device of yours that knows the code: nothing was linked",
    );
  }
  await takeKeptPeople(makeStores(added.profile));
  return added.signedIn;
}

/** The sealed answer; rejects with Refusal for a no. */
function resultOf(link: Link): Promise<Bytes> {
  const result = new Promise<Bytes>((resolve, reject) => {
    link.on("device.link-result", ({ result }, payload) => {
      if (result === "approved") return resolve(payload.slice());
      reject(
        result === "declined"
          ? new Refusal("link-declined", "The other device declined: nothing was linked")
          : new Refusal("link-expired", "Nobody typed the code in time: nothing was linked"),
      );
    });
    link.closed.then(() =>
      reject(new TransportError("closed", "The connection ended before the device was linked"))
    );
  });
  // Whoever waits for it sees the failure.
  result.catch(() => {});
  return result;
}

/** A server that never says that the time is over is not waited for. */
async function within<Result>(
  { clock, signal }: { clock: Entrant["clock"]; signal: AbortSignal },
  result: Promise<Result>,
): Promise<Result> {
  const deadline = clock.deadline(LINK_REQUEST_MS + 5_000);
  const aborted = new Promise<never>((_, reject) => {
    for (const end of [signal, deadline]) {
      end.addEventListener("abort", () => reject(end.reason), { once: true });
    }
  });
  signal.throwIfAborted();
  return await Promise.race([result, aborted]);
}

/** Who asks now, for the person to see. */
export async function listLinkRequests(link: Link): Promise<readonly LinkRequestNews[]> {
  return (await link.ask("device.link-requests", {})).fields.requests;
}

/**
 * The other device's side: finds the request that the code belongs to, and hands over the account's identity and whom this
 * device knows. Throws UsageError for what is no code, Refusal `no-request` when nobody asks, TrustError `wrong-code`, and then
 * nothing has left. `onHandedOver` is called right before something leaves: from then on the other one may be linked, and it is
 * only when it has signed in.
 */
export async function linkOther(
  messenger: Messenger,
  link: Link,
  text: string,
  onHandedOver: (news: LinkRequestNews) => void = () => {},
): Promise<LinkRequestNews> {
  const parsed = parseLinkCode(text);
  if (!parsed.ok) throw new UsageError("bad-link-code", parsed.message);
  const { profile } = messenger;
  const { serverId, account } = profile.own;
  const place = { serverId, account };
  const { fields, payload } = await link.ask("device.link-requests", {});
  if (fields.requests.length === 0) {
    throw new Refusal("no-request", "No device asks to be linked now");
  }
  const { secret } = parsed;
  const bodies = splitSections(payload, fields.sizes, fields.requests.length);
  for (const [i, news] of fields.requests.entries()) {
    const request = bodies[i].slice();
    if (!await isRequestOf(secret, place, request)) continue;
    const given = new ByteWriter().u16(FORMAT)
      .field(await readIdentityKey(profile.database, profile.vault))
      .blob(await packPeople(messenger)).finish();
    const answer = await sealLinkAnswer({ secret, place, request }, given, profile.random);
    if (answer === undefined) break;
    onHandedOver(news);
    await link.ask("device.link-answer", { link: news.link, approved: true }, answer);
    return news;
  }
  throw new TrustError(
    "wrong-code",
    "No device that asks shows this code: nothing was sent. Check it for typing mistakes; perhaps somebody else is asking",
  );
}

/** Says no to everyone who asks; returns to how many. */
export async function declineLinks(link: Link): Promise<number> {
  let declined = 0;
  for (const asking of await listLinkRequests(link)) {
    try {
      await link.ask("device.link-answer", { link: asking.link, approved: false });
      declined++;
    } catch (error) {
      // It has gone by itself meanwhile.
      if (!(error instanceof Refusal) || error.code !== "no-request") throw error;
    }
  }
  return declined;
}

function readGiven(bytes: Bytes): { pkcs8: Bytes; people: Bytes } | undefined {
  const reader = new ByteReader(bytes);
  const format = reader.u16();
  const pkcs8 = reader.field();
  const people = reader.blob();
  return reader.done && format === FORMAT ? { pkcs8, people } : undefined;
}

/** After a sign-in by this device, which shows that the server has it. Mostly there is nothing to do. */
export async function settleNewDevice(messenger: Messenger): Promise<void> {
  const { profile } = messenger;
  if (isUnconfirmed(profile.database)) settleDevice(profile);
  await takeKeptPeople(messenger);
}

// Whom a linked device is told of: the contacts of the other one, by which identity they are pinned, and how far trusted.

/** More do not fit into an answer; those that were verified go first. */
const MAX_PEOPLE = 1000;

/** The contacts of this profile, in JSON. */
async function packPeople({ contacts }: Messenger): Promise<Bytes> {
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
async function takeKeptPeople(
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
