/** Judges passwords beside the program, which draws on meanwhile. */

import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary as common } from "@zxcvbn-ts/language-common";
import { dictionary as english } from "@zxcvbn-ts/language-en";
import type { PasswordStrength, StrengthRequest } from "./password_strength.ts";

/** The work grows faster than the length: 64 characters take a third of a second at worst. What is longer is judged by its first ones. */
const MAX_LENGTH = 64;

const meter = new ZxcvbnFactory({
  dictionary: { ...common, ...english },
  graphs: adjacencyGraphs,
  maxLength: MAX_LENGTH,
});

/** The part of a Worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<StrengthRequest>) => void) | null;
  postMessage(message: PasswordStrength): void;
}

// This module only ever runs in a Worker; the types of the project are those of the main thread.
const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data: { password, about } }) => {
  const { score, feedback } = meter.check(password.slice(0, MAX_LENGTH), [...about]);
  scope.postMessage({ score, weakness: feedback.warning ?? undefined });
};
