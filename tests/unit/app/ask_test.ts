import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { askYes, chooseByNumber, typedSecret, YES_NO } from "../../../lib/app/ask.ts";

Deno.test("a choice among lines is asked for until it is one of them", async () => {
  const asked: string[] = [];
  const answers = ["0", "3", "x", "1.5", " 2 "];
  const text = (question: string) => {
    asked.push(question);
    return Promise.resolve(answers.shift() ?? "");
  };
  const how = { choices: ["red", "green"], usual: 0 };
  equal(await chooseByNumber({ text }, "Which?", how), 1);
  equal(asked.length, 5);
  equal(asked[0], "Which? (1 red, 2 green; empty: 1):");
  equal(await chooseByNumber({ text }, "Which?", { ...how, usual: 1 }), 1, "the usual one");
});

Deno.test("yes and no are the two choices of one question", async () => {
  const usuals: number[] = [];
  const choice = (_question: string, choices: readonly string[], usual: number) => {
    equal(choices, YES_NO);
    usuals.push(usual);
    return Promise.resolve(usual);
  };
  deepEqual([await askYes({ choice }, "So?", true), await askYes({ choice }, "So?", false)], [
    true,
    false,
  ]);
  deepEqual(usuals, [0, 1]);
});

Deno.test("a new secret is typed twice, and one that is there already once", async () => {
  const asked: string[] = [];
  const types = (...answers: string[]) => (again: string) => {
    asked.push(again);
    return Promise.resolve(answers.shift() ?? "");
  };
  equal(await typedSecret(types("s"), {}), "s");
  equal(await typedSecret(types("s", "s"), { isNew: true }), "s");
  deepEqual(asked, ["", "", " again"]);
  await rejects(typedSecret(types("s", "t"), { isNew: true }), { code: "different-passwords" });
  await rejects(typedSecret(types(""), { isNew: true }), { code: "empty-password" });
  equal(await typedSecret(types(""), { mayBeEmpty: true }), "");
});

Deno.test("U15: a new secret gets its grade while it is typed, and then whether it is the same, where that is shown", async () => {
  const said: string[] = [];
  const types = (shows: boolean, ...answers: string[]) =>
    typedSecret(
      async (_again, remark) => {
        const typed = answers.shift() ?? "";
        said.push(remark === undefined ? "nothing" : await remark(typed));
        return typed;
      },
      { isNew: true, about: ["alice"] },
      shows,
    );
  const good = "stapler glacier onyx tribune";
  equal(await types(true, good, good), good);
  await rejects(types(true, "password", "passwerd"), { code: "different-passwords" });
  equal(await types(false, "password", "password"), "password");
  match(said[0], /^(?:Good|Strong)$/);
  match(said[2], /^Very weak: /);
  deepEqual([said[1], said[3]], ["The same", "It differs"]);
  deepEqual(said.slice(4), ["nothing", "nothing"]);
});
