/** What is done about requests without asking: for everybody, or for one contact. */

import { UsageError } from "../../base/errors.ts";
import {
  type Answer,
  AnswerPolicy,
  ANSWERS,
  ASK_KINDS,
  type AskKind,
} from "../../client/messaging/answer_policy.ts";
import { durationWords } from "../../client/talk/timer_words.ts";
import { parseDuration } from "../../commands/when.ts";
import { showName } from "../dialogue/names.ts";
import type { Told } from "../moderation/deed.ts";
import type { RequestDeed } from "./request_deed.ts";

const EVERYBODY = "everybody";

/** `policy` and `/policy`. */
export const policyDeed: RequestDeed = {
  name: "policy",
  hasSlash: true,
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
  example: ["bob files accept", "bob's files come in without asking"],
  async run({ client, values, find }) {
    const policy = new AnswerPolicy(client.profile);
    const limit = values.option("--limit");
    if (limit !== undefined) policy.limitMs = readLimit(limit);
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
      const account = whom === EVERYBODY ? undefined : (await find(whom)).account;
      // Both are of the choices of their arguments.
      policy.set({ account, kind: kind as AskKind, answer: answer as Answer });
    }
    const facts = policy.list().map((rule): Told => ({
      type: "answer-policy",
      fields: { account: rule.account ?? EVERYBODY, kind: rule.kind, answer: rule.answer },
      line: `${
        rule.account === undefined ? EVERYBODY : showName(rule.account)
      }  ${rule.kind}  ${rule.answer}`,
    }));
    const waits = `a request waits ${durationWords(policy.limitMs / 1000)} for an answer`;
    return { facts, notes: [facts.length === 0 ? `no rules: you are asked; ${waits}` : waits] };
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
