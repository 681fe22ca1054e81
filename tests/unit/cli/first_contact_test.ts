import { deepEqual, equal } from "node:assert/strict";
import type { Context } from "../../../lib/cli/context.ts";
import { greetByAnswer } from "../../../lib/cli/first_contact.ts";
import type { CommandValues } from "../../../lib/commands/command_values.ts";

/** A person who chooses from a list, or types where there is none. What is greeted is a failure: nobody listens. */
function personWho(
  answer: { readonly chooses: number } | { readonly types: string },
  withoutServer: (() => Promise<0>) | undefined,
): { readonly context: Context; readonly offered: string[]; readonly asked: string[] } {
  const offered: string[] = [];
  const asked: string[] = [];
  const notes: string[] = [];
  const context = {
    options: { server: undefined, withoutServer },
    lastServer: () => Promise.resolve(undefined),
    greet: () => Promise.reject(new Error("a server was greeted")),
    output: { note: (text: string) => Promise.resolve(void notes.push(text)) },
    person: {
      isPossible: true,
      listsChoices: "chooses" in answer,
      choice: (_question: string, choices: readonly string[]) => {
        offered.push(...choices);
        return Promise.resolve("chooses" in answer ? answer.chooses : 0);
      },
      text: (question: string) => {
        asked.push(question);
        return Promise.resolve("types" in answer ? answer.types : "");
      },
    },
  };
  // Only what the questions need of it.
  return { context: context as unknown as Context, offered, asked };
}

const VALUES = { option: () => undefined, has: () => false } as unknown as CommandValues;
const p2p = () => Promise.resolve(0 as const);

Deno.test("first run offers to go without a server where the program can", async () => {
  const { context, offered } = personWho({ chooses: 2 }, p2p);
  equal(await greetByAnswer(context, VALUES), "no-server");
  equal(offered.length, 3);
});

Deno.test("first run takes the word p2p where there is no list to choose from", async () => {
  const { context, asked } = personWho({ types: " p2p " }, p2p);
  equal(await greetByAnswer(context, VALUES), "no-server");
  deepEqual(asked, ["Server or invite, or p2p to go without (empty: 127.0.0.1:9797):"]);
});

Deno.test("first run says nothing of doing without a server where no command does", async () => {
  const failed = (of: ReturnType<typeof personWho>) =>
    greetByAnswer(of.context, VALUES).catch((error: Error) => error.message);
  const chooses = personWho({ chooses: 1 }, undefined);
  equal(await failed(chooses), "a server was greeted");
  equal(chooses.offered.length, 2);
  const types = personWho({ types: "127.0.0.1:1" }, undefined);
  equal(await failed(types), "a server was greeted");
  deepEqual(types.asked, ["Server or invite (empty: 127.0.0.1:9797):"]);
});
