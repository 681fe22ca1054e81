import { deepEqual, equal } from "node:assert/strict";
import { answerNames, type KnownNames } from "../../../lib/cli/serve_names.ts";

function names(people: readonly string[], rooms: readonly string[] = []): KnownNames {
  // Only what is asked for: a whole dialogue has a client.
  return {
    people: { others: people.map((name) => ({ account: name, name })) },
    rooms: { all: rooms },
    profiles: ["default", "work"],
    videos: ["cockatoo", "$(x)"],
  } as unknown as KnownNames;
}

const ask = (request: string, known: KnownNames) => answerNames(request, known).split("\n");

Deno.test("a shell is given people, rooms, profiles and videos, as they go on from what is typed", () => {
  const known = names(["alice", "Alba", "bob"], ["#ops", "#night shift", "#256"]);
  deepEqual(ask("person al", known), ["alice", "Alba", ""]);
  deepEqual(ask("person ", known), ["alice", "Alba", "bob", ""]);
  deepEqual(ask("room n", known), ["night shift", ""]);
  deepEqual(ask("conversation #o", known), ["#ops", ""]);
  deepEqual(ask("conversation b", known), ["bob", ""]);
  deepEqual(ask("profile w", known), ["work", ""]);
  deepEqual(ask("video ", known), ["cockatoo", ""]);
});

Deno.test("a shell is given nothing for a kind that is none", () => {
  for (const request of ["", " ", "people", "personal", "PERSON a", "constructor", "videos x"]) {
    equal(answerNames(request, names(["alice"])), "", request);
  }
});

Deno.test("a name that a shell could run, or that has more than letters, digits and blanks, is not given", () => {
  const hostile = [
    "$(reboot)",
    "`reboot`",
    "a;b",
    "a&b",
    "a|b",
    "a>b",
    "a'b",
    'a"b',
    "a\\b",
    "~root",
  ];
  const odd = [
    "a\nb",
    "a\x1b[2Jb",
    "a\tb",
    "-rf",
    "--help",
    "a*",
    "{a,b}",
    "!!",
    "a=b",
    "\u202ea",
    "",
    " a",
  ];
  deepEqual(ask("person ", names([...hostile, ...odd, "Ægir", "李雷", "o_o.-x"])), [
    ...["Ægir", "李雷", "o_o.-x", ""],
  ]);
  deepEqual(ask("conversation ", names([], ["#$(reboot)", "##", "#", "#ops"])), ["#ops", ""]);
});

Deno.test("a shell is given at most 200 names, and 32 KiB", () => {
  const many = Array.from({ length: 300 }, (_, i) => `n${i}`);
  equal(ask("person n", names(many)).length, 201);
  const long = Array.from({ length: 199 }, (_, i) => `${i}${"x".repeat(300)}`);
  const answer = answerNames("person ", names(long));
  equal(answer.length > 30_000 && answer.length <= 32_768, true);
});
