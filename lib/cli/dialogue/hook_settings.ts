/** Programs of the person's own that are told what happens: table `[hooks]` of `config.toml`. Pure. */

import { isAbsolute } from "node:path";
import { badConfig, type ConfigPlace, readConfigTable } from "../../storage/config_table.ts";
import { expandHome } from "./path_completion.ts";

/** What a program can be told of. */
const HOOK_EVENTS = ["message", "request"] as const;

/** One of them: something that others said, or that somebody unknown writes. */
export type HookEvent = typeof HOOK_EVENTS[number];

/** What the person chose. */
export interface HookSettings {
  /** The program and its arguments; absolute. */
  readonly programs: Readonly<Partial<Record<HookEvent, readonly string[]>>>;
  /** Whether what a program writes is sent where the message came from. */
  readonly answer: boolean;
  readonly timeoutMs: number;
}

const USUAL_SECONDS = 10;
const MAX_SECONDS = 60;
const MAX_WORDS = 20;

/** What the text of the file says; `~/` is `home`. Undefined where it says nothing. Throws UsageError `bad-config`. */
export function parseHooks(text: string, home: string | undefined): HookSettings | undefined {
  const keys = [...HOOK_EVENTS, "answer", "timeout_seconds"];
  const table = readConfigTable(text, "hooks", keys);
  const at = (key: string): ConfigPlace => ({ text, table: "hooks", key });
  const { answer = false, timeout_seconds: seconds = USUAL_SECONDS } = table;
  if (typeof answer !== "boolean") {
    throw badConfig("answer in [hooks] is true or false", at("answer"));
  }
  if (typeof seconds !== "number" || seconds < 1 || seconds > MAX_SECONDS) {
    const words = `timeout_seconds in [hooks] is a number from 1 to ${MAX_SECONDS}`;
    throw badConfig(words, at("timeout_seconds"));
  }
  const programs = Object.fromEntries(
    HOOK_EVENTS.flatMap((event) => {
      const value = table[event];
      return value === undefined ? [] : [[event, readProgram(at(event), value, home)]];
    }),
  );
  if (Object.keys(programs).length === 0) return undefined;
  return { programs, answer, timeoutMs: seconds * 1_000 };
}

/** A relative path would be another program wherever this one is started. */
function readProgram(
  at: ConfigPlace,
  value: unknown,
  home: string | undefined,
): readonly string[] {
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = words.filter((word): word is string => typeof word === "string");
  const [program = "", ...rest] = texts;
  const path = expandHome(program, home);
  const isSound = texts.length === words.length && texts.length <= MAX_WORDS && isAbsolute(path);
  if (isSound) return [path, ...rest];
  throw badConfig(
    `${at.key} in [hooks] is a program like "~/bin/notify", or a list of it and its arguments`,
    at,
  );
}
