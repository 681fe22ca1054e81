/** The line dialogue: what `heliograph` without a command opens. */

import { Scope } from "../../base/scope.ts";
import { stayConnected } from "../../client/reconnect.ts";
import { parseChatLine } from "../../commands/chat_line.ts";
import { EXIT } from "../../commands/exit_code.ts";
import { safeSentence, safeText } from "../../terminal/safe_text.ts";
import type { Verb } from "../verb.ts";
import { Chat } from "./chat.ts";
import { openOrEnter } from "./first_run.ts";
import { Paper } from "./paper.ts";
import { SLASH_COMMANDS } from "./slash_commands.ts";

/** The row of the dialogue. */
export const CHAT_VERB: Verb = {
  name: "chat",
  aliases: [],
  group: "Messages",
  summary: "talk line by line; the program without a command does the same",
  details:
    "NAME:text says text to NAME, and lines without a name go to the same one. /help lists the commands, /quit leaves. With --plain, in a pipe, and for TERM=dumb lines are only ever added, without any escape sequence.",
  arguments: [],
  options: [],
  examples: [
    { line: "chat", summary: "asks for an account when there is none" },
    { line: "chat --plain", summary: "for screen readers" },
  ],
  exitCodes: [3, 5, 6, 7],
  async run(context) {
    const client = await openOrEnter(context);
    await using paper = await Paper.open(context);
    const chat = new Chat(context, client, paper);
    await paper.print(
      `You are ${client.profile.own.name}. NAME:text says something, /help lists the commands`,
    );
    await using scope = new Scope(context.signal);
    const connected = keepConnected(chat, scope);
    // Names are known and what waited is there before the first line is read.
    await Promise.race([connected, scope.wait()]);
    await chat.showNew();
    scope.run("show", (signal) => chat.keepShowing(signal));
    scope.run("read", async (signal) => {
      await readLines(chat, signal);
      // Leaving ends the other tasks.
      scope.close().catch(() => undefined);
    });
    await scope.wait();
    context.signal.throwIfAborted();
    return EXIT.done;
  },
};

/** Resolves when the first try to connect has ended, one way or the other. */
async function keepConnected(chat: Chat, scope: Scope): Promise<void> {
  const { context, client } = chat;
  const tried = Promise.withResolvers<void>();
  // One after the other: what is shown keeps its order.
  let told = Promise.resolve();
  const tell = (task: () => Promise<void>) => {
    told = told.then(task).catch((error) => chat.explain(error));
  };
  const stopListening = client.listen((event) => tell(() => chat.tell(event)));
  scope.run("connection", async (signal) => {
    try {
      await stayConnected(client, {
        connect: (stop) => context.connect(client, stop),
        onNews: (news) => {
          tell(() => chat.news(news));
          tell(() => Promise.resolve(tried.resolve()));
        },
        signal,
      });
    } finally {
      stopListening();
      await told;
    }
  });
  await tried.promise;
}

async function readLines(chat: Chat, signal: AbortSignal): Promise<void> {
  let hasInterrupted = false;
  while (!chat.isLeaving) {
    const prompt = chat.partner === undefined
      ? safeText("> ")
      : safeSentence`${chat.partner.name}> `;
    const input = await chat.paper.readLine({ prompt, signal });
    if (input.kind === "ended") return;
    if (input.kind === "interrupted") {
      if (hasInterrupted) return;
      hasInterrupted = true;
      await chat.paper.print("Ctrl-C once more, or /quit, leaves");
      continue;
    }
    hasInterrupted = false;
    try {
      await handle(chat, input.text);
    } catch (error) {
      signal.throwIfAborted();
      await chat.explain(error);
    }
  }
}

async function handle(chat: Chat, text: string): Promise<void> {
  const line = parseChatLine(text, {
    table: SLASH_COMMANDS,
    lookUp: (name) => chat.lookUp(name),
    colonAddressing: true,
  });
  switch (line.kind) {
    case "empty":
      return;
    case "invalid":
      return await chat.paper.print(line.message);
    case "text":
      return await chat.say(undefined, line.text);
    case "addressed":
      return await chat.say(line.to, line.text);
    case "command":
      return await line.row.run(chat, line.values);
  }
}
