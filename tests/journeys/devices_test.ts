/** A person's devices, strangers, and the end of an account, through the real programs. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Journey, jsonLines } from "./programs.ts";

/** A program that must end with 0. */
async function run(journey: Journey, home: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await journey.run(home, args);
  equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

Deno.test("SR-03, SR-10: a device is linked by the code that it shows, and reads nothing once it is removed", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const password = ["--password-file", await journey.passwordFile("alice")];
  const trust = ["--trust", journey.ready.fingerprint];
  await using phone = journey.start("phone", [
    ...["login", "alice", "--link", "--json"],
    ...password,
    ...trust,
  ]);
  const { code } = JSON.parse(await phone.line(/link-code/));
  const wrong = await journey.run("alice", ["device", "link", "00"]);
  equal(wrong.code, 2, wrong.stderr);
  await run(journey, "alice", ["device", "link", String(code)]);
  equal((await phone.ended()).code, 0);
  await run(journey, "phone", ["device", "name", "my phone"]);

  // What is said first goes to one device; the other one joins then.
  await run(journey, "bob", ["send", "alice", "to one"]);
  for (const home of ["phone", "alice", "phone", "alice"]) await run(journey, home, ["receive"]);
  await run(journey, "bob", ["send", "alice", "to both"]);
  for (const home of ["alice", "phone"]) {
    // What was read at one is no news at the other, and is there.
    const said = await run(journey, home, ["receive", "--since", "1d"]);
    ok(said.includes("to both"), home);
  }
  const listed = jsonLines(await run(journey, "alice", ["device", "list", "--json"]));
  deepEqual(listed.map((device) => [device.this, device.certified]), [[true, true], [false, true]]);
  await run(journey, "alice", ["device", "remove", "my phone", ...password]);
  const refused = await journey.run("phone", ["receive", "--json"]);
  equal(refused.code, 3);
  equal(jsonLines(refused.stdout)[0].name, "device-removed");
  await run(journey, "bob", ["send", "alice", "to the desk alone"]);
  ok((await run(journey, "alice", ["receive"])).includes("to the desk alone"));
});

Deno.test("a stranger's message waits, is accepted, and the account that is deleted is gone", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  await run(journey, "bob", ["requests", "--from", "contacts"]);
  await run(journey, "alice", ["send", "bob", "hello?"]);
  const [message] = jsonLines(await run(journey, "bob", ["receive", "--json"]));
  deepEqual([message.type, message.request, message.text], ["message", true, "hello?"]);
  equal((await run(journey, "bob", ["inbox"])).includes("alice"), false);
  match(await run(journey, "bob", ["requests"]), /^alice asks .*: hello\?$/m);
  await run(journey, "bob", ["accept", "alice"]);
  ok((await run(journey, "bob", ["inbox", "alice"])).includes("hello?"));
  await run(journey, "bob", ["block", "alice"]);
  await run(journey, "alice", ["send", "bob", "are you there?"]);
  equal(await run(journey, "bob", ["receive"]), "");
  equal((await journey.run("bob", ["send", "alice", "no"])).code, 6);

  const password = ["--password-file", await journey.passwordFile("alice")];
  equal((await journey.run("alice", ["account", "delete", "bob", ...password])).code, 2);
  await run(journey, "alice", ["account", "delete", "alice", "--wipe", ...password]);
  const sent = await journey.run("bob", ["unblock", "alice"]);
  equal(sent.code, 0, sent.stderr);
  equal((await journey.run("bob", ["send", "alice", "gone?"])).code, 4);
});
