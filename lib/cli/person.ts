/** The person at the command line: questions, and secrets that they keep in files. */

import { join } from "node:path";
import {
  type Ask,
  chooseByNumber,
  type Remark,
  type SecretOptions,
  typedSecret,
  unasked,
  YES_NO,
} from "../app/ask.ts";
import type { Bytes } from "../base/bytes.ts";
import { Refusal, StorageError, UsageError } from "../base/errors.ts";
import { readBotToken } from "../client/account/bot_token.ts";
import { readSecretFile, withoutTrailingNewline } from "../storage/private_files.ts";
import type { PromptOutcome } from "../terminal/lines/prompt.ts";
import { readStandardInput, type StandardInputText } from "./text_input.ts";
import { safeSentence, type SafeText, safeText } from "../base/safe_text.ts";

/** A password, an invite or a recovery code; more is a wrong file. */
const SECRET: StandardInputText = {
  maxBytes: 4096,
  tooLong: ["secret-too-long", "Cannot read the secret from standard input: it is too long"],
  notText: ["secret-not-text", "Standard input is not text"],
};

/** What puts questions to a person: the lines of a terminal, or a full screen. */
export interface Questioner {
  /** A line of text. */
  ask(question: SafeText, remark?: Remark): Promise<PromptOutcome<string>>;
  /** A password: nothing of it is ever shown. */
  askHidden(question: SafeText, remark?: Remark): Promise<PromptOutcome<string>>;
  confirm(question: SafeText, defaultAnswer: boolean): Promise<PromptOutcome<boolean>>;
  /** One of some, by its number from 0. Absent where lines are asked and answered. */
  choose?(question: SafeText, choices: readonly string[]): Promise<PromptOutcome<number>>;
  /** Whether remarks are shown below what is typed. */
  readonly showsRemarks?: boolean;
  /** Gives the terminal back at once. */
  restore(): void;
}

/** Asks the person who called the program. */
export class Person implements Ask {
  /** There is a terminal and no `--no-input`. */
  readonly isPossible: boolean;
  readonly #prompter: Questioner;
  readonly #resolve: (path: string) => string;
  readonly #signal: AbortSignal;

  constructor(
    prompter: Questioner,
    options: { canBeAsked: boolean; resolve: (path: string) => string; signal: AbortSignal },
  ) {
    this.#prompter = prompter;
    this.isPossible = options.canBeAsked;
    this.#resolve = options.resolve;
    this.#signal = options.signal;
  }

  /** Whether choices are listed: where lines are asked and answered, one question may do for all. */
  get listsChoices(): boolean {
    return this.#prompter.choose !== undefined;
  }

  /** Whether what is typed gets words while it is typed: then they need not be said behind it. */
  get showsRemarks(): boolean {
    return this.#prompter.showsRemarks === true;
  }

  async text(question: string, remark?: Remark): Promise<string> {
    this.#require(question);
    return answer(await this.#prompter.ask(safeSentence`${question} `, remark));
  }

  async choice(question: string, choices: readonly string[], usual: number): Promise<number> {
    this.#require(question);
    const text = safeText(question);
    if (choices === YES_NO) return answer(await this.#prompter.confirm(text, usual === 0)) ? 0 : 1;
    const chosen = await this.#prompter.choose?.(text, choices);
    return chosen === undefined
      ? await chooseByNumber(this, question, { choices, usual })
      : answer(chosen);
  }

  /** The text of a file that only its owner may read, where `-` is standard input; else asked for, hidden. */
  async secret(question: string, options: SecretOptions = {}): Promise<string> {
    const { file } = options;
    if (file !== undefined) {
      return await typedSecret(() => this.#readSecret(file), { ...options, isNew: false });
    }
    this.#require(question);
    return await typedSecret(
      async (again, remark) =>
        answer(await this.#prompter.askHidden(safeSentence`${question}${again}: `, remark)),
      options,
      this.showsRemarks,
    );
  }

  /**
   * The token of a bot's device: of the file that was named, else of `token` in the profile's folder, else none (SR-48). Throws
   * UsageError when the file holds something else or others can read it, StorageError when one that was named cannot be read.
   */
  async botToken(
    { tokenFile, profileFolder }: { tokenFile: string | undefined; profileFolder: string },
  ): Promise<Bytes | undefined> {
    const path = tokenFile === undefined ? join(profileFolder, "token") : this.path(tokenFile);
    try {
      return await readBotToken(path);
    } catch (error) {
      const isMissing = error instanceof StorageError && error.code === "not-found";
      if (isMissing && tokenFile === undefined) return undefined;
      throw error;
    }
  }

  /** SR-81. */
  async #readSecret(file: string): Promise<string> {
    if (file === "-") return withoutTrailingNewline(await readStandardInput(SECRET, this.#signal));
    try {
      return await readSecretFile(this.path(file));
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "not-found") throw error;
      throw new UsageError("no-such-file", error.message, { cause: error });
    }
  }

  /** A path as the person means it: relative to where they called the program. */
  path(path: string): string {
    return this.#resolve(path);
  }

  restore(): void {
    this.#prompter.restore();
  }

  #require(question: string): void {
    if (!this.isPossible) throw unasked(question);
  }
}

const BACK = { details: { isBack: true } };

/** Whether a question ended since the person wants the one before it again. */
export function isBack(error: unknown): boolean {
  return error instanceof Refusal && error.details.isBack === true;
}

/** An answer, or that the person wants the question before it again. */
export async function orBack<Answer>(asking: Promise<Answer>): Promise<Answer | "back"> {
  try {
    return await asking;
  } catch (error) {
    if (isBack(error)) return "back";
    throw error;
  }
}

function answer<T>(outcome: PromptOutcome<T>): T {
  if (outcome.kind === "answered") return outcome.answer;
  if (outcome.kind === "interrupted") throw new Refusal("interrupted", "Nothing was done");
  // Whoever has asked nothing before it, or cannot ask that again, ends there.
  if (outcome.kind === "back") throw new Refusal("interrupted", "Nothing was done", BACK);
  throw new UsageError("no-input", "Nothing was done: the input ended before the answer");
}
