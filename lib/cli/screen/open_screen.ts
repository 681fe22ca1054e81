/** Opens a full screen where there is one, and makes what it talks with. */

import type { Client } from "../../client/client.ts";
import { processTty } from "../../terminal/tty/tty_device.ts";
import { readConfig, writeConfig } from "../config_file.ts";
import { configProblems, homeFolder } from "../whole_config.ts";
import type { TerminalOutput } from "../../terminal/output/output.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { decodeUtf8 } from "../../base/bytes.ts";
import { Context } from "../context.ts";
import { hasTerminal, secretsOf, stageOf } from "../dialogue/open_dialogue.ts";
import { Output, simulatedWords } from "../output.ts";
import { Person } from "../person.ts";
import { DrawingMemory } from "./drawing_memory.ts";
import type { FullScreen } from "./full_screen.ts";
import { ScreenTalk } from "./screen_talk.ts";

/** Undefined where there is no terminal to open it on. Whoever asks for it closes it. Throws TerminalError. */
export async function openFullScreen(context: Context): Promise<FullScreen | undefined> {
  const { openScreen, clock, random, folders, simulate } = context.options;
  if (openScreen === undefined || !hasTerminal(context)) return undefined;
  return await openScreen({
    device: processTty("stdout"),
    clock,
    random,
    readConfig: () => readConfig(folders.config),
    writeConfig: (text) => writeConfig(folders.config, text),
    configProblems: (text) => configProblems(text, homeFolder((name) => Deno.env.get(name))),
    drawing: new DrawingMemory(folders.state),
    runtimeFolder: folders.runtime,
    notice: simulate === undefined ? "" : simulatedWords(simulate),
    env: (name) => Deno.env.get(name),
    restoreAtExit: (restore) => context.restoreAtExit(restore),
    signal: context.signal,
  });
}

/** What a screen shows for a client. `context` asks and notes on the screen itself. */
export function talkOn(
  screen: FullScreen,
  context: Context,
  about: { readonly client: Client; connect(signal: AbortSignal): Promise<void> },
): ScreenTalk {
  const { client } = about;
  return new ScreenTalk({
    ...about,
    stage: stageOf(context, (options) => screen.openVideo(options)),
    secrets: secretsOf(context, client),
    readAnswer: (options) => screen.readAnswer(options),
    signal: context.signal,
  });
}

// A context that asks and notes on a full screen: nothing may be written beside it.

/** Whoever asks for it closes it. */
export function contextOn(context: Context, values: CommandValues, screen: FullScreen): Context {
  const notes: TerminalOutput = {
    write: (bytes) => Promise.resolve(screen.note((decodeUtf8(bytes) ?? "").trimEnd())),
    writeAcknowledged: () => Promise.resolve(undefined),
  };
  const streams = { data: notes, notes, noteCells: () => undefined };
  return new Context({
    ...context.options,
    output: new Output(streams, { json: false }),
    person: new Person(screen.questioner, {
      canBeAsked: !values.has("--no-input"),
      resolve: (path) => context.person.path(path),
      signal: context.signal,
    }),
  });
}
