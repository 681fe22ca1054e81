/** What the commands about people report, and its words. */

import { formatCertificateFingerprint, parseFingerprint } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { columns } from "../../commands/help.ts";
import type { Wording } from "../../commands/wording.ts";
import type { Busy } from "../../crypto/statements/busy.ts";
import type { Role } from "../../protocol/permissions.ts";
import { attendanceLine, type Attendant, busyWords } from "../attendance.ts";
import { showName, typeName } from "../names.ts";
import { type Comparison, explainComparison } from "../safety.ts";
import { formatTime } from "../when.ts";

/** Every kind of report of these commands. */
export interface PeopleKinds {
  "person": {
    readonly attendant: Attendant;
    readonly said: Busy | undefined;
    readonly isMe: boolean;
  };
  "users": {
    readonly users: readonly {
      readonly attendant: Attendant;
      readonly said: Busy | undefined;
      readonly role: Role;
      /** What they are called where this profile is in, too. Foreign text. */
      readonly rooms: readonly string[];
    }[];
  };
  "more-people": { readonly count: number };
  "nobody-else": Record<never, never>;
  "safety-number": Comparison;
  "compared": Comparison;
  "busy": Busy & { readonly sinceMs: number };
  "free": Record<never, never>;
  "whoami": {
    readonly own: Client["profile"]["own"];
    /** What only the server knows. */
    readonly there: { readonly session: number; readonly role: string } | undefined;
  };
}

const identityOf = ({ identity }: Client["profile"]["own"]) =>
  formatCertificateFingerprint(identity.key.fingerprint);

/** In the form of `whoami`; what is no fingerprint stays as the server said it. */
function showIdentity(text: string): string {
  const fingerprint = parseFingerprint(text);
  return fingerprint === undefined ? text : formatCertificateFingerprint(fingerprint);
}

/** Its words. */
export const PEOPLE_WORDING: Wording<PeopleKinds> = {
  "person": {
    isList: true,
    fields: ({ attendant: { entry: { busySinceMs, ...entry } }, said, isMe }) => ({
      ...entry,
      identity: showIdentity(entry.identity),
      ...(busySinceMs === undefined
        ? {}
        : { busy: { sinceMs: busySinceMs, untilMs: said?.untilMs, text: said?.text } }),
      you: isMe,
    }),
    line: ({ attendant, said, isMe }, { isDialogue }) => {
      const { name } = attendant.entry;
      if (!isDialogue) return `${attendanceLine(name, attendant, said)}${isMe ? " (you)" : ""}`;
      return isMe ? [] : attendanceLine(showName(name), attendant, said);
    },
  },
  "users": {
    isList: true,
    line: ({ users }) =>
      columns([
        ["NAME", "ROLE", "STATE", "ROOMS", "SINCE"],
        ...users.map(({ attendant: { entry }, said, role, rooms }) => [
          showName(entry.name),
          role,
          entry.busySinceMs === undefined
            ? "online"
            : said === undefined || said.text === ""
            ? "busy"
            : `busy: ${said.text}`,
          rooms.length === 0 ? "-" : rooms.join(", "),
          entry.sinceMs === undefined ? "-" : formatTime(entry.sinceMs),
        ]),
      ]),
  },
  "more-people": { isNote: true, line: ({ count }) => `and ${count} more` },
  "nobody-else": { isNote: true, line: () => "nobody else is online" },
  "safety-number": {
    isList: true,
    fields: ({ contact, number, trust, changed, agrees }) => ({
      with: contact.account,
      number,
      trust,
      changed,
      ...(agrees === undefined ? {} : { agrees }),
    }),
    line: ({ number }) => number.split("\n"),
  },
  "compared": {
    isNote: true,
    line: (compared, { isDialogue }) => {
      const { name } = compared.contact;
      return explainComparison(
        compared,
        isDialogue ? `/accept ${typeName(name)}` : `verify ${name} --accept`,
      );
    },
  },
  "busy": {
    type: "presence",
    fields: ({ text, sinceMs, untilMs }) => ({ busy: true, text, sinceMs, untilMs }),
    line: (busy) => `You are ${busyWords(busy.sinceMs, busy)}`,
  },
  "free": {
    type: "presence",
    fields: () => ({ busy: false }),
    line: () => "You are free",
  },
  "whoami": {
    isList: true,
    fields: ({ own }) => ({
      account: own.account,
      name: own.name,
      device: own.device,
      identity: identityOf(own),
      server: own.serverAddress,
    }),
    line: ({ own, there }) => [
      `${own.name} at ${own.serverAddress}`,
      ...(there === undefined ? [] : [`session ${there.session}`, `role ${there.role}`]),
      `device ${own.device}`,
      `identity ${identityOf(own)}`,
    ],
  },
};
