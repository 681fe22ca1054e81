/** Message requests of strangers, and whom one does not want to hear (docs/decisions/0025-message-requests.md). */

import { UsageError } from "../../base/errors.ts";
import { listRequests, type MessageRequest } from "../../client/messaging/requests.ts";
import type { RequestPolicy } from "../../client/messaging/standing.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import { onOneLine, safeText } from "../../terminal/safe_text.ts";
import { showName } from "../dialogue/names.ts";
import type { Told } from "../moderation/deed.ts";
import { policyDeed } from "./policy_deed.ts";
import { fact, type RequestDeed } from "./request_deed.ts";

const WHOM: ArgumentSpec = { name: "NAME", summary: "whom", required: true };
const POLICIES = ["all", "contacts", "nobody"] as const;

const requestsDeed: RequestDeed = {
  name: "requests",
  hasSlash: true,
  summary: "show what strangers wrote, which waits for your word",
  details:
    "Somebody is no stranger once you wrote to them, verified or accepted them. A stranger does not see that you are here, nor that they were read. Strangers' invitations to rooms ask too.",
  arguments: [],
  options: [
    {
      flag: "--from",
      valueName: "WHOM",
      choices: POLICIES,
      summary:
        "from now on: all come without asking, those who are not contacts wait, or nobody else is heard",
    },
  ],
  example: ["", "then accept, decline or block"],
  async run({ client, values, time }) {
    const { standings } = client.messenger.contacts;
    const chosen = values.option("--from");
    // One of them, by the table.
    if (chosen !== undefined) standings.policy = chosen as RequestPolicy;
    const requests = await listRequests(client.messenger);
    const facts = requests.map((request) => told(request, time));
    const { policy } = standings;
    return {
      facts: chosen === undefined ? facts : [
        { type: "request-policy", fields: { from: policy }, line: policyLine(policy) },
        ...facts,
      ],
      notes: facts.length > 0 || chosen !== undefined
        ? []
        : [`no requests (${policyLine(policy)})`],
    };
  },
};

function policyLine(policy: RequestPolicy): string {
  switch (policy) {
    case "all":
      return "everyone's messages come without asking";
    case "contacts":
      return "messages of those who are not contacts wait here";
    case "nobody":
      return "messages of those who are not contacts are thrown away";
  }
}

function told({ account, texts }: MessageRequest, time: (atMs: number) => string): Told {
  const fields = {
    from: account,
    texts: texts.map(({ id, text, sentAtMs, atMs }) => ({
      id,
      text,
      sent: new Date(sentAtMs).toISOString(),
      at: new Date(atMs).toISOString(),
    })),
  };
  const lines = texts.map(({ atMs, text }) =>
    `${showName(account)} asks ${time(atMs)}: ${onOneLine(safeText(text))}`
  );
  return { type: "request", fields, line: lines.join("\n") };
}

const acceptDeed: RequestDeed = {
  name: "accept",
  hasSlash: false,
  summary: "accept what a stranger wrote; they see that it arrived",
  details: "For a contact whose safety number changed there is: verify NAME --accept.",
  arguments: [WHOM],
  example: ["bob", "from now on bob's messages come as anybody's"],
  async run({ client, values, find }) {
    const { account, name } = await find(values.required(WHOM.name));
    const count = await client.accept(account);
    const what = count === 1 ? "1 message" : `${count} messages`;
    return fact(
      "request-accepted",
      { from: account, count },
      `${showName(name)} is a contact of yours now; ${what} came in`,
    );
  },
};

const declineDeed: RequestDeed = {
  name: "decline",
  hasSlash: true,
  summary: "throw away what a stranger wrote, and what they write until you write to them",
  details: "They are not told.",
  arguments: [WHOM],
  example: ["bob", "bob sees no sign of it"],
  async run({ client, values, find }) {
    const { account, name } = await find(values.required(WHOM.name));
    const standing = client.messenger.contacts.standings.of(account);
    if (standing === "known" || standing === "blocked") {
      const what = standing === "known" ? "is a contact: block them" : "is blocked already";
      return fact("not-asking", { from: account }, `${showName(name)} ${what}`);
    }
    client.refuse(account, "declined");
    return fact("request-declined", { from: account }, `${showName(name)} is declined`);
  },
};

const blockDeed: RequestDeed = {
  name: "block",
  hasSlash: true,
  summary: "hear nothing more of somebody: not in rooms either",
  details:
    "What they write is thrown away on all devices of yours. They are not told, and neither is the server.",
  arguments: [WHOM],
  example: ["bob", "until you say unblock bob"],
  async run({ client, values, find }) {
    const { account, name } = await find(values.required(WHOM.name));
    if (account === client.profile.own.account) {
      throw new UsageError("to-yourself", "This is you: choose another name");
    }
    client.refuse(account, "blocked");
    return fact("blocked", { account }, `${showName(name)} is blocked`);
  },
};

const unblockDeed: RequestDeed = {
  name: "unblock",
  hasSlash: true,
  summary: "hear somebody again whom you blocked or declined",
  arguments: [WHOM],
  example: ["bob", "what bob said meanwhile is lost"],
  async run({ client, values, find }) {
    const { account, name } = await find(values.required(WHOM.name));
    if (!client.unrefuse(account)) {
      return fact("not-blocked", { account }, `${showName(name)} is not blocked`);
    }
    return fact("unblocked", { account }, `${showName(name)} is heard again`);
  },
};

const blockedDeed: RequestDeed = {
  name: "block list",
  hasSlash: true,
  summary: "list whom you blocked or declined",
  arguments: [],
  example: ["", "nobody else sees this list"],
  run({ client }) {
    const { standings } = client.messenger.contacts;
    const facts = (["blocked", "declined"] as const).flatMap((standing) =>
      standings.list(standing).map((account): Told => ({
        type: "blocked-account",
        fields: { account, standing },
        line: `${showName(account)}  ${standing}`,
      }))
    );
    return Promise.resolve({ facts, notes: facts.length > 0 ? [] : ["nobody is blocked"] });
  },
};

/** Every deed about requests. */
export const REQUEST_DEEDS: readonly RequestDeed[] = [
  requestsDeed,
  acceptDeed,
  declineDeed,
  blockDeed,
  unblockDeed,
  blockedDeed,
  policyDeed,
];
