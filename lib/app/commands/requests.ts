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
const WHOM_OR_OPEN = {
  ...WHOM,
  summary: "the person; the one you talk to by default",
  required: false,
};
/** Of the person; the last takes their choice back. */
const POLICIES = ["all", "contacts", "nobody", "server"] as const;

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
  summary: "list requests: messages from strangers, and invitations to rooms",
  details:
    "People stop being strangers once you write to them, verify or accept them. A stranger sees neither that you are online nor that you read the message. Invitations from strangers are requests too. A server may say that its accounts know each other (its setting requests): then texts come in at once, and everything else waits as before. Your own --from wins.",
  options: [
    {
      flag: "--from",
      valueName: "WHOM",
      choices: POLICIES,
      summary:
        "from now on: accept messages from all, keep those of strangers as requests, discard those of strangers, or do as the server says",
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
    if (chosen === "server") contactStatuses.forgetPolicy();
    else if (chosen !== undefined) contactStatuses.policy = chosen as RequestPolicy;
    const texts = await listRequests(client.messenger);
    // Without a server only what has come here can be told.
    const invitations = client.isOnline ? await waitingInvitations(client) : [];
    const waiting = [
      ...texts.map((facts) => ({ kind: "request", facts }) as const),
      ...invitations.map((facts) => ({ kind: "room-invitation", facts }) as const),
    ];
    const policy = { from: contactStatuses.policy, texts: contactStatuses.opensTexts };
    if (chosen !== undefined) {
      return { reports: [{ kind: "request-policy", facts: policy }, ...waiting] };
    }
    return waiting.length === 0 ? result("no-requests", policy) : { reports: waiting };
  },
};

const accept: RequestRow = {
  ...OF_STRANGERS,
  name: "accept",
  summary: "accept a stranger's message; they see that it arrived",
  details: "To accept a contact's changed safety number: verify NAME --accept.",
  arguments: [WHOM],
  examples: [{ line: "accept bob", summary: "bob is a contact from now on" }],
  slash: {
    summary: "accept a stranger, or the new identity of a contact whose safety number changed",
    details: "Accept a new identity only after the contact confirmed it over another channel.",
    arguments: [WHOM_OR_OPEN],
    examples: [{ line: "accept bob", summary: "sends the messages that waited for bob" }],
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
  summary: "reset the encryption of a conversation that is out of step",
  details: "Messages stay here. Waiting messages go out in the new conversation.",
  arguments: [WHOM_OR_OPEN],
  examples: [{ line: "anew bob", summary: "the next message starts a new conversation" }],
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
  summary: "discard a stranger's messages, until you write to them",
  details: "They do not see it.",
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
  summary: "block somebody, in rooms too",
  details: "All your devices discard what they send. Neither they nor the server can see it.",
  arguments: [WHOM],
  examples: [{ line: "block bob", summary: "until unblock bob" }],
  slash: { aliases: ["ignore"] },
  p2p: {
    summary: "block somebody",
    details: "Discards their messages and files. They do not see it.",
    examples: [{ line: "block julia", summary: "until unblock julia" }],
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
  summary: "undo block or decline",
  arguments: [WHOM],
  examples: [{ line: "unblock bob", summary: "messages that bob sent meanwhile are lost" }],
  slash: { aliases: ["unignore"] },
  p2p: {
    summary: "undo block",
    examples: [{ line: "unblock julia", summary: "messages that julia sent meanwhile are lost" }],
  },
  async run({ client, findContact }, values) {
    const { account, name } = await findContact(values.required(WHOM.name));
    return result(client.unrefuse(account) ? "unblocked" : "not-blocked", { account, name });
  },
};

const blockList: ConversationRow<RequestKinds> = {
  ...COMMON,
  name: "block list",
  summary: "list people you blocked or declined",
  examples: [{ line: "block list", summary: "nobody else sees this list" }],
  p2p: {
    name: "blocked",
    summary: "list people you blocked",
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
  summary: "answer requests automatically, for everybody or for one contact",
  details:
    "Chooses for files, streams and invitations to rooms: ask you, accept or decline at once. Rules apply while the chat is open. A request that nobody answers is declined after its time, a week by default. Rooms without a rule follow room invitations.",
  arguments: [
    { name: "WHOM", summary: `a name, or ${EVERYBODY}`, required: false },
    { name: "WHAT", summary: "the kind of request", required: false, choices: ASK_KINDS },
    { name: "ANSWER", summary: "the answer", required: false, choices: ANSWERS },
  ],
  options: [{
    flag: "--limit",
    valueName: "TIME",
    summary: "how long a request waits: 10m, 2h, 7d",
  }],
  examples: [
    { line: "policy bob files accept", summary: "accepts bob's files at once" },
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
          "Name the requests and the answer: policy bob files accept",
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
    `${text} is not a time from a minute to a year. Try 10m, 2h, 7d`,
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
