import { deepEqual } from "node:assert/strict";
import { goOnWithoutWrong } from "../../../lib/cli/config_problems.ts";
import type { Context } from "../../../lib/cli/context.ts";

/** What is said before a conversation, and whether it goes on without what is wrong. */
async function begin(problems: readonly string[], isPossible: boolean) {
  const said: string[] = [];
  let isLenient = false;
  // The cast: no more of a context is asked for.
  const context = {
    person: { isPossible },
    output: { complain: (text: string) => Promise.resolve(void said.push(text)) },
    options: {
      folders: { config: "." },
      openSettings: () => Promise.resolve({ problems: () => Promise.resolve(problems) }),
      leaveOutWrong: () => void (isLenient = true),
    },
  } as unknown as Context;
  await goOnWithoutWrong(context);
  return { said, isLenient };
}

Deno.test("a conversation on a terminal names what is wrong in config.toml and the cure, and begins without it", async () => {
  const problems = ["config.toml, line 1: theme is one of …", "config.toml, line 4: mode is …"];
  const { said, isLenient } = await begin(problems, true);
  deepEqual(said, [...problems, "Fix it: heliograph config edit"]);
  deepEqual(isLenient, true);
  deepEqual((await begin([], true)).said, []);
});

Deno.test("lines of a pipe are not said to go on without what is wrong: nobody would read that", async () => {
  deepEqual(await begin(["config.toml, line 1: …"], false), { said: [], isLenient: false });
});
