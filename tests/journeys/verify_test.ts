/** J3: two people compare their safety number on the command line. The screens are in screen_journeys_test.ts. */

import { equal, match } from "node:assert/strict";
import { Journey, jsonLines } from "./programs.ts";

Deno.test("J3: both see the same number; --expect ends with 0 for it, with 7 for another, with 2 for what is none", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const verify = async (person: string, ...args: string[]) => {
    const { code, stdout, stderr } = await journey.run(person, ["verify", ...args, "--json"]);
    const [shown] = jsonLines(stdout).filter(({ type }) => type === "safety-number");
    return { code, shown, stderr };
  };
  const hers = await verify("alice", "bob");
  const number = String(hers.shown.number);
  match(number, /^(\d{5} ){11}\d{5}$/);
  equal((await verify("bob", "alice")).shown.number, number);

  const none = await verify("alice", "bob", "--expect", "12345 …");
  equal(none.code, 2);
  match(none.stderr, /^A safety number has 60 digits, this one has 5 and others\n/);
  const digit = number.startsWith("0") ? "1" : "0";
  const wrong = await verify("alice", "bob", "--expect", digit + number.slice(1));
  equal(wrong.code, 7);
  match(wrong.stderr, /^These are not bob's digits: nothing changed$/m);
  equal(wrong.shown.trust, "unverified");

  const right = await verify("alice", "bob", "--expect", number);
  equal(right.code, 0, right.stderr);
  equal((await verify("alice", "bob")).shown.trust, "verified");
});
