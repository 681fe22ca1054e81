/** Data folders and profiles that an older version wrote are opened by this one, with all that is in them. */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { unpackOlder } from "./older_data.ts";
import { begin, inbox, shell, town } from "./p2p_shells.ts";
import { Journey, jsonLines } from "./programs.ts";

/** Before the modules were drawn anew; `make_older.ts` says what it left. */
const OLDER = "67662f8";
const SAID = { type: "message", fields: ["from", "text"] } as const;

/** A program that must end with 0. */
async function run(journey: Journey, home: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await journey.run(home, args);
  equal(code, 0, `${home}: ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** The fields of what a program lists that these are about. */
async function listed(
  journey: Journey,
  home: string,
  { args, type, fields }: { args: string; type: string; fields: readonly string[] },
): Promise<unknown[][]> {
  const lines = jsonLines(await run(journey, home, ...args.split(" "), "--json"));
  return lines.filter((line) => line.type === type).map((line) => fields.map((name) => line[name]));
}

Deno.test("what an older version stored is there, and people go on talking with it", async () => {
  await using journey = await Journey.open({ moveIn: (folder) => unpackOlder(OLDER, folder) });
  const texts = [
    ["alice", "the first text"],
    ["bob", "an answer"],
    ["bob", "a text with a fault"],
    ["bob", ""],
  ];
  deepEqual(await listed(journey, "alice", { args: "inbox bob", ...SAID }), texts);
  const [, reply, edited, deleted] = jsonLines(
    await run(journey, "alice", "inbox", "bob", "--json"),
  )
    .filter(({ type }) => type === "message");
  equal(typeof reply.replyTo, "string");
  equal(typeof edited.edited, "string");
  deepEqual(edited.reactions, [{ account: "alice", emojis: ["👍"] }]);
  equal(deleted.deletedBy, "bob");
  deepEqual(
    await listed(journey, "alice", {
      args: "verify bob",
      type: "safety-number",
      fields: ["trust"],
    }),
    [["verified"]],
  );
  deepEqual(
    await listed(journey, "alice", {
      args: "room info #crew",
      type: "room",
      fields: ["topic", "role"],
    }),
    [["what the room is about", "owner"]],
  );
  deepEqual(await listed(journey, "bob", { args: "inbox #crew", ...SAID }), [
    ["carol", "said in the room"],
  ]);
  deepEqual(
    await listed(journey, "alice", {
      args: "file list",
      type: "transfer",
      fields: ["peer", "state"],
    }),
    [["bob", "done"]],
  );
  const devices = { args: "device list", type: "device", fields: ["certified", "this"] };
  deepEqual(await listed(journey, "alice", devices), [[true, true], [true, false]]);

  await goOn(journey);
});

/** What they do next, each with what they had. */
async function goOn(journey: Journey): Promise<void> {
  const banned = await journey.run("carol", ["receive"]);
  equal(banned.code, 6);
  match(banned.stderr, /^You were banned by alice: a reason$/m);
  await run(journey, "alice", "user", "unkick", "carol");
  deepEqual(
    await listed(journey, "carol", { args: "receive", type: "broadcast", fields: ["text"] }),
    [
      ["said to all"],
    ],
  );
  deepEqual(
    await listed(journey, "carol", {
      args: "block list",
      type: "blocked-account",
      fields: ["account"],
    }),
    [
      ["bob"],
    ],
  );

  await run(journey, "bob", "send", "alice", "a new text");
  deepEqual(await listed(journey, "phone", { args: "receive", ...SAID }), [["bob", "a new text"]]);
  await run(journey, "alice", "send", "bob", "and its answer");
  await run(journey, "alice", "send", "#crew", "new in the room");
  const heard = [["alice", "and its answer"], ["alice", "new in the room"]];
  deepEqual(await listed(journey, "bob", { args: "receive", ...SAID }), heard);
  deepEqual(await listed(journey, "carol", { args: "receive", ...SAID }), heard.slice(1));

  // With the password and the code of then.
  await run(journey, "laptop", ...[
    ...["login", "bob", "--password-file", await journey.passwordFile("bob")],
    ...["--recovery-code-file", join(journey.folder, "bob.recovery")],
    ...["--trust", journey.ready.fingerprint],
  ]);
  await run(journey, "alice", "send", "bob", "to the laptop");
  deepEqual(await listed(journey, "laptop", { args: "receive", ...SAID }), [
    ["alice", "to the laptop"],
  ]);
}

Deno.test("two people without a server whom an older version knew are known, with what they said", async () => {
  await using place = await town();
  await unpackOlder(OLDER, place.folder);
  await using oscar = shell(place.folder, "oscar");
  await using julia = shell(place.folder, "julia");
  await begin(oscar, "oscar");
  const port = await begin(julia, "julia");
  deepEqual(await inbox(julia, "oscar", "first"), ["said without a server"]);
  await oscar.type(`conn 127.0.0.1 ${port}`);
  await oscar.line(/^Now connected to julia \(not verified\)$/);
  await oscar.type("send julia and again");
  await julia.line(/and again$/);
});
