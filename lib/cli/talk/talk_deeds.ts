/** What can be done with messages: answer, react, edit, delete, let them disappear. */

import { UsageError } from "../../base/errors.ts";
import type { PlacedEntry } from "../../client/messaging/history.ts";
import { durationWords } from "../../client/talk/timer_words.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import { parseDuration } from "../../commands/when.ts";
import type { Told } from "../moderation/deed.ts";
import { MESSAGE, messageOf, type TalkBench, type TalkDeed } from "./talk_deed.ts";

const which = ({ number }: PlacedEntry) => number === undefined ? "it" : `message ${number}`;

function told(
  { peer }: TalkBench,
  type: string,
  target: PlacedEntry,
  { line, fields = {} }: { line: string; fields?: Readonly<Record<string, unknown>> },
): Told {
  return { type, fields: { conversation: peer, target: target.id, ...fields }, line };
}

const REPLY: TalkDeed = {
  verb: "reply",
  aliases: ["answer"],
  summary: "answer a message",
  details:
    "What it says is not repeated on the way: each side shows its own copy, so nobody is quoted wrongly.",
  arguments: [MESSAGE, { name: "TEXT", summary: "what", required: false, rest: "text" }],
  examples: [["-1 yes, at noon", "answers the last message"], ["12 yes", "answers message 12"]],
  async run(bench) {
    const target = await messageOf(bench);
    const id = await bench.client.talk.reply(target, await bench.text());
    const line = `Answered ${which(target)} of ${bench.shown}`;
    return { id, told: told(bench, "replied", target, { line }), isInHistory: true };
  },
};

const REACT: TalkDeed = {
  verb: "react",
  aliases: ["reaction"],
  summary: "say one emoji to a message, or take it back",
  details:
    "Up to 8 different ones for a message. Names as :+1: and :) are understood. Everybody in the conversation sees it.",
  arguments: [MESSAGE, {
    name: "EMOJI",
    summary: "one emoji, or its name as :+1:",
    required: true,
  }],
  options: [{ flag: "--remove", summary: "take it back" }],
  examples: [["-1 👍", "likes the last message"], ["-1 :+1: --remove", "takes that back"]],
  async run(bench) {
    const target = await messageOf(bench);
    const emoji = replaceEmoticons(bench.values.required("EMOJI"));
    const on = !bench.values.has("--remove");
    const id = await bench.client.talk.react(target, emoji, { on });
    const line = on
      ? `Reacted ${emoji} to ${which(target)}`
      : `Took ${emoji} back from ${which(target)}`;
    const fields = { emoji, on };
    return { id, told: told(bench, "reacted", target, { line, fields }), isInHistory: true };
  },
};

const EDIT: TalkDeed = {
  verb: "edit",
  aliases: [],
  summary: "say a message of yours anew",
  details:
    "Its text is replaced everywhere and marked as edited, up to 100 times; what it said before is not kept. -1 is the last one of yours.",
  arguments: [MESSAGE, {
    name: "TEXT",
    summary: "what it says now",
    required: false,
    rest: "text",
  }],
  examples: [["-1 at one, not at noon", "your last message says this now"]],
  async run(bench) {
    const target = await messageOf(bench, { own: true });
    const id = await bench.client.talk.change(target, { kind: "edit", text: await bench.text() });
    return {
      id,
      told: told(bench, "edited", target, { line: `Edited ${which(target)}` }),
      isInHistory: true,
    };
  },
};

const DELETE: TalkDeed = {
  verb: "delete",
  aliases: ["unsend"],
  summary: "take a message away, for everybody",
  details:
    "Its text is erased here and wherever the program obeys; whoever read it may remember it. -1 is the last one of yours. In a room owners can delete everybody's messages, moderators those of members. One that was not sent yet is never sent.",
  arguments: [MESSAGE],
  examples: [["-1", "your last message"], ["12", "message 12, in a room whoever said it"]],
  async run(bench) {
    const target = await messageOf(bench, { own: true });
    const id = await bench.client.talk.change(target, { kind: "delete" });
    const wasSent = id !== undefined;
    const line = wasSent
      ? `Deleted ${which(target)}`
      : `Deleted ${which(target)}: it was never sent`;
    const fields = { wasSent };
    return { id, told: told(bench, "deleted", target, { line, fields }), isInHistory: wasSent };
  },
};

const EXPIRE: TalkDeed = {
  verb: "expire",
  aliases: ["disappearing"],
  summary: "let messages disappear after they are read, or say whether they do",
  details:
    "From 5s to 365d, or off. It holds for what is said from now on, by everybody in the conversation; in a room owners and moderators set it. A message goes that long after it was read here, one of yours after it was sent, also while no program runs: at the next start. Whoever read it may have kept it in other ways.",
  arguments: [{
    name: "TIME",
    summary: "as 30s, 10m, 2h, 1d, 1w, or off; without it: how it is",
    required: false,
  }],
  examples: [["", "how it is"], ["off", "what is said stays"], ["1d", "a day after each was read"]],
  async run({ client, values, peer, shown }) {
    const asked = values.argument("TIME");
    const seconds = asked === undefined ? client.talk.timerOf(peer) : readTimer(asked);
    const id = asked === undefined ? undefined : await client.talk.setTimer(peer, seconds);
    const how = seconds === 0 ? "stay" : `disappear ${durationWords(seconds)} after they are read`;
    const line = `Messages with ${shown} ${how}`;
    const told = { type: "timer", fields: { conversation: peer, expireSeconds: seconds }, line };
    return { id, told, isInHistory: id !== undefined };
  },
};

function readTimer(text: string): number {
  if (text.toLowerCase() === "off") return 0;
  const ms = parseDuration(text);
  if (ms === undefined) {
    throw new UsageError(
      "bad-timer",
      `I can't read the time '${text}'. Write it as 30s, 10m, 2h, 1d, or off`,
    );
  }
  return ms / 1000;
}

/** `reply`, `react`, `edit`, `delete`, `expire`. */
export const TALK_DEEDS: readonly TalkDeed[] = [REPLY, REACT, EDIT, DELETE, EXPIRE];
