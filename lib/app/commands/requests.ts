/** Commands about message requests of strangers, and about whom one does not want to hear (docs/decisions/0025-message-requests.md). */

import { UsageError } from "../../base/errors.ts";
import {
  type Answer,
  AnswerPolicy,
  ANSWERS,
  ASK_KINDS,
  type AskKind,
} from "../../client/contacts/answer_policy.ts";
import { listRequests } from "../../client/contacts/requests.ts";
import type { RequestPolicy } from "../../client/store/contact_status.ts";
import { result } from "../../commands/command_row.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import { parseDuration } from "../../commands/when.ts";
import {
  type ConversationCommands,
  type ConversationRow,
  nameOrOpen,
  type PersonCommands,
  type PersonRow,
} from "../person_row.ts";
import { EVERYBODY, REQUEST_WORDING, type RequestKinds } from "./request_wording.ts";
import { waitingInvitations } from "./room_invitations.ts";

type RequestRow = PersonRow<RequestKinds>;

const WHOM: ArgumentSpec = { name: "NAME", summary: "whom", required: true };
const WHOM_OR_OPEN = { ...WHOM, summary: "whom; else the one you talk to", required: false };
const POLICIES = ["all", "contacts", "nobody"] as const;

const COMMON = {
  group: "People",
  exitCodes: [3, 4, 5, 6, 7],
  needs: ["connection", "arrivals"],
} as const;
/** Without a server nobody is a stranger: whoever connects has proved who they are. */
const OF_STRANGERS = { ...COMMON, needs: ["server", ...COMMON.needs] } as const;

const requests: RequestRow = {
  ...OF_STRANGERS,
  name: "requests",
  summary: "show what waits for your word: what strangers wrote, and invitations to rooms",
  details:
    "Somebody is no stranger once you wrote to them, verified or accepted them. A stranger does not see that you are here, nor that they were read. Strangers' invitations to rooms ask too.",
  options: [
    {
      flag: "--from",
      valueName: "WHOM",
      choices: POLICIES,
      summary:
        "from now on: all come without asking, those who are not contacts wait, or nobody else is heard",
    },
  ],
  examples: [
    { line: "requests", summary: "then accept, decline or block; room join or room decline" },
  ],
  page: (values, [first]) =>
    values.option("--from") === undefined && first?.kind !== "no-requests"
      ? { kind: "requests" }
      : undefined,
  async run({ client }, values) {
    const { contactStatuses } = client.messenger.contacts;
    const chosen = values.option("--from");
    // One of them, by the table.
    if (chosen !== undefined) contactStatuses.policy = chosen as RequestPolicy;
    const texts = await listRequests(client.messenger);
    // Without a server only what has come here can be told.
    const invitations = client.isOnline ? await waitingInvitations(client) : [];
    const waiting = [
      ...texts.map((facts) => ({ kind: "request", facts }) as const),
      ...invitations.map((facts) => ({ kind: "room-invitation", facts }) as const),
    ];
    const policy = { from: contactStatuses.policy };
    if (chosen !== undefined) {
      return { reports: [{ kind: "request-policy", facts: policy }, ...waiting] };
    }
    return waiting.length === 0 ? result("no-requests", policy) : { reports: waiting };
  },
};

const accept: RequestRow = {
  ...OF_STRANGERS,
  name: "accept",
  summary: "accept what a stranger wrote; they see that it arrived",
  details: "For a contact whose safety number changed there is: verify NAME --accept.",
  arguments: [WHOM],
  examples: [{ line: "accept bob", summary: "from now on bob's messages come as anybody's" }],
  slash: {
    summary:
      "accept what a stranger wrote, or the new identity of someone whose safety number changed",
    details:
      "A new identity: only when they have told you, over another channel, that it is really theirs.",
    arguments: [WHOM_OR_OPEN],
    examples: [{ line: "accept bob", summary: "what waited for bob is sent then" }],
  },
  async run(context, values) {
    const { client, isDialogue } = context;
    const contact = await context.findContact(nameOrOpen(context, values));
    const { account, name } = contact;
    if (isDialogue && contact.changedTo !== undefined) {
      context.people?.meet(await client.acceptIdentity(contact));
      await context.send();
      return result("identity-accepted", { account, name });
    }
    if (isDialogue && client.messenger.contacts.contactStatuses.of(account) === "known") {
      return result("contact-already", { account, name });
    }
    const count = await client.accept(account);
    // They are told that it arrived.
    if (!isDialogue) await client.sync();
    return result("request-accepted", { from: account, name, count });
  },
};

const anew: RequestRow = {
  ...OF_STRANGERS,
  name: "anew",
  verb: "none",
  summary: "begin a conversation anew that is out of step",
  details: "What was said stays here. What waited is sent in the new conversation.",
  arguments: [WHOM_OR_OPEN],
  examples: [{ line: "anew bob", summary: "the next text begins another conversation" }],
  async run(context, values) {
    const contact = await context.findContact(nameOrOpen(context, values));
    await context.client.beginAnew(contact);
    await context.send();
    const { account, name } = contact;
    return result("begun-anew", { account, name });
  },
};

const decline: RequestRow = {
  ...OF_STRANGERS,
  name: "decline",
  summary: "throw away what a stranger wrote, and what they write until you write to them",
  details: "They are not told.",
  arguments: [WHOM],
  examples: [{ line: "decline bob", summary: "bob sees no sign of it" }],
  async run({ client, findContact }, values) {
    const { account, name } = await findContact(values.required(WHOM.name));
    const standing = client.messenger.contacts.contactStatuses.of(account);
    if (standing === "known" || standing === "blocked") {
      return result("not-asking", { from: account, name, standing });
    }
    client.refuse(account, "declined");
    return result("request-declined", { from: account, name });
  },
};

const block: ConversationRow<RequestKinds> = {
  ...COMMON,
  name: "block",
  summary: "hear nothing more of somebody: not in rooms either",
  details:
    "What they write is thrown away on all devices of yours. They are not told, and neither is the server.",
  arguments: [WHOM],
  examples: [{ line: "block bob", summary: "until you say unblock bob" }],
  slash: { aliases: ["ignore"] },
  p2p: {
    summary: "hear nothing more of somebody",
    details: "What they write or offer is thrown away. They are not told.",
    examples: [{ line: "block julia", summary: "until you say unblock julia" }],
  },
  async run({ client, findContact }, values) {
    const { account, name } = await findContact(values.required(WHOM.name));
    if (account === client.profile.own.account) {
      throw new UsageError("to-yourself", "This is you: choose another name");
    }
    client.refuse(account, "blocked");
    return result("blocked", { account, name });
  },
};

const unblock: ConversationRow<RequestKinds> = {
  ...COMMON,
  name: "unblock",
  summary: "hear somebody again whom you blocked or declined",
  arguments: [WHOM],
  examples: [{ line: "unblock bob", summary: "what bob said meanwhile is lost" }],
  slash: { aliases: ["unignore"] },
  p2p: {
    summary: "hear somebody again whom you blocked",
    examples: [{ line: "unblock julia", summary: "what julia said meanwhile is lost" }],
  },
  async run({ client, findContact }, values) {
    const { account, name } = await findContact(values.required(WHOM.name));
    return result(client.unrefuse(account) ? "unblocked" : "not-blocked", { account, name });
  },
};

const blockList: ConversationRow<RequestKinds> = {
  ...COMMON,
  name: "block list",
  summary: "list whom you blocked or declined",
  examples: [{ line: "block list", summary: "nobody else sees this list" }],
  p2p: {
    name: "blocked",
    summary: "list whom you blocked",
    examples: [{ line: "block list", summary: "nobody else sees this list" }],
  },
  run({ client }) {
    const { contactStatuses } = client.messenger.contacts;
    const listed = (["blocked", "declined"] as const).flatMap((standing) =>
      contactStatuses.list(standing).map((account) =>
        ({ kind: "blocked-account", facts: { account, standing } }) as const
      )
    );
    return Promise.resolve(
      listed.length === 0 ? result("nobody-blocked", {}) : { reports: listed },
    );
  },
};

const policy: RequestRow = {
  ...OF_STRANGERS,
  name: "policy",
  summary: "say what is done about requests, for everybody or for one contact",
  details:
    "A file or a stream that is offered, or a room that somebody invites you to, is asked about, accepted or declined at once, while a dialogue or the screen is open. What nobody answers is declined when its time is over, a week by default. Rooms without a rule follow: room invitations.",
  arguments: [
    { name: "WHOM", summary: `a name, or ${EVERYBODY}`, required: false },
    { name: "WHAT", summary: "which requests", required: false, choices: ASK_KINDS },
    { name: "ANSWER", summary: "what is done", required: false, choices: ANSWERS },
  ],
  options: [{
    flag: "--limit",
    valueName: "TIME",
    summary: "how long a request waits: 10m, 2h, 7d",
  }],
  examples: [
    { line: "policy bob files accept", summary: "bob's files come in without asking" },
  ],
  async run({ client, findContact }, values) {
    const rules = new AnswerPolicy(client.profile);
    const limit = values.option("--limit");
    if (limit !== undefined) rules.limitMs = readLimit(limit);
    const whom = values.argument("WHOM");
    if (whom !== undefined) {
      const kind = values.argument("WHAT");
      const answer = values.argument("ANSWER");
      if (kind === undefined || answer === undefined) {
        throw new UsageError(
          "no-answer",
          "Say which requests, and what is done: policy bob files accept",
        );
      }
      const account = whom === EVERYBODY ? undefined : (await findContact(whom)).account;
      // Both are of the choices of their arguments.
      rules.set({ account, kind: kind as AskKind, answer: answer as Answer });
    }
    const listed = rules.list();
    const { limitMs } = rules;
    return {
      reports: [
        ...listed.map((facts) => ({ kind: "answer-policy", facts }) as const),
        { kind: "answer-limit", facts: { limitMs, rules: listed.length } },
      ],
    };
  },
};

/** From a minute to a year. Throws UsageError. */
function readLimit(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 60_000 && ms <= 366 * 86_400_000) return ms;
  throw new UsageError(
    "bad-time",
    `This is no time from a minute to a year: ${text}. Try 10m, 2h, 7d`,
  );
}

/** `block`, `unblock`, `block list`. */
export const BLOCKING: ConversationCommands<RequestKinds> = {
  rows: [block, unblock, blockList],
  wording: REQUEST_WORDING,
};
/** Every command about requests and blocking. */
export const REQUESTS: PersonCommands<RequestKinds> = {
  rows: [
    requests,
    accept,
    anew,
    decline,
    ...BLOCKING.rows,
    policy,
  ],
  wording: REQUEST_WORDING,
};
