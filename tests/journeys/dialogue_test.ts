import { deepEqual, equal, match } from "node:assert/strict";
import { Journey, jsonLines } from "./programs.ts";

Deno.test("the line dialogue says, shows and explains, with not one escape sequence in a pipe", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const said = await journey.talk(
    "alice",
    ["--plain"],
    "bob:hi \x1b[31mred :)\nand more\nnote: stays a text\nsarah:hello\nsecond line for sarah\nbob:again\nBCM hello\n/who\n/videos\n/watch 1\n/info\n/whoo\n/help watch\n/quit\nnever said\n",
  );
  // A17: three lines were not sent, one of them since the line before it was not.
  equal(said.code, 4, said.stderr);
  match(said.stdout, /^\* Not sent: No account "sarah" on this server\.$/m);
  match(said.stdout, /^\* This message is for nobody\. /m);
  match(said.stdout, /^\* Not sent: BCM without a slash is sent as text\. Type \/bcm /m);
  match(said.stdout, /^Welcome alice\nStart with NAME: or #ROOM: to say who it is for/);
  match(said.stdout, /No command \/whoo\. Did you mean \/who\?/);
  match(said.stdout, /Usage: \/watch NAME/);
  match(said.stdout, /^\* nobody else is online$/m);
  match(said.stdout, /^\* this server has no videos$/m);
  // Row S0.13.
  match(said.stdout, /^transport TLS, round trip \d+ ms$/m);
  match(said.stdout, /^terminal .+, lines only$/m);
  match(said.stdout, /^receiving: yes · transfers: 0 · /m);
  match(
    said.stdout,
    /Cannot draw videos on this terminal.*--save/,
    "what goes wrong is told, and it goes on",
  );
  match(said.stdout, /^\d\d:\d\d {2}you to bob ▸ hi \[31mred 😀$/m);
  match(said.stdout, /^Bye, alice!$/m);

  const received = await journey.run("bob", ["receive", "--json"]);
  deepEqual(
    jsonLines(received.stdout).filter(({ type }) => type === "message").map(({ text }) => text),
    ["hi \x1b[31mred :)", "and more", "note: stays a text", "again"],
    "what a pipe says goes out as it was said, but for what names somebody else, and nothing after /quit",
  );

  // The end of the input leaves too; what came meanwhile is shown first, made safe.
  const answered = await journey.talk("bob", ["--plain"], "alice:back (K)\n");
  equal(answered.code, 0, answered.stderr);
  const shown = await journey.talk("alice", [], "/to bob\n/info\n/who\n/quit\n");
  equal(shown.code, 0, shown.stderr);
  match(shown.stdout, /^\* 1 unread message\n\d\d:\d\d {2}bob ▸ back 💋$/m);
  match(shown.stdout, /^encrypted for bob by MLS_\w+, \d devices, epoch \d+$/m);
  const nobody = await journey.talk("alice", [], "hello everybody\n");
  equal(nobody.code, 4, "A17: nobody is addressed");
  match(nobody.stdout, /^\* This message is for nobody\./m);
  for (const { stdout, stderr } of [said, answered, shown]) {
    equal((stdout + stderr).includes("\x1b"), false);
  }
});

Deno.test("S2.14: /viewusers is a table of everyone who is there: name, role, state, rooms, since when", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const lines = "/viewusers\n/room new bob --name ops\n/busy lunch\n/viewusers\n/quit\n";
  const { code, stdout, stderr } = await journey.talk("alice", [], lines);
  equal(code, 0, stderr);
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;
  match(
    stdout,
    new RegExp(`^NAME   ROLE    STATE   ROOMS  SINCE\nalice  member  online  -      ${time}$`, "m"),
  );
  match(stdout, new RegExp(`^alice  member  busy: lunch  #ops   ${time}$`, "m"));
});

Deno.test("S2.02: connect with host and port is the dialogue at that server", async () => {
  await using journey = await Journey.open({ people: ["alice"] });
  const { host, port } = journey.ready;
  const bare = { server: false };
  const here = await journey.run("alice", ["connect", host, `${port}`, "--plain"], bare);
  equal(here.code, 0, here.stderr);
  match(here.stdout, /^Welcome alice$/m);
  const nowhere = await journey.run("alice", ["connect", `${host}:${port}`, "4000"], bare);
  equal(nowhere.code, 2);
  match(nowhere.stderr, /^This is no address: [\s\S]*^Example: heliograph connect /m);
});

Deno.test("S3.24: the dialogue changes the password, refuses a wrong present one, and leaves at /logout", async () => {
  await using journey = await Journey.open({ people: ["alice"] });
  const wrong = await journey.passwordFile("thief", "not the password");
  const right = await journey.passwordFile("alice");
  const next = await journey.passwordFile("next", "another password");
  const change = (file: string) => `/passwd --password-file ${file} --new-password-file ${next}`;
  const said = await journey.talk(
    "alice",
    ["--plain"],
    `/passwd\n${change(wrong)}\n${change(right)}\n/logout\nnever said\n`,
  );
  equal(said.code, 0, said.stderr);
  match(said.stdout, /^\* Cannot ask for a password here: use --password-file FILE$/m);
  match(said.stdout, /^\* Invalid Password\. Please try again \(2 tries left\)$/m);
  match(said.stdout, /^\* the password has changed$/m);
  match(
    said.stdout,
    /^\* you stay signed in on this machine until you run: heliograph logout\nBye, alice!$/m,
  );
  equal((await journey.run("alice", ["logout"])).code, 0);
  equal((await journey.run("alice", ["login", "alice", "--password-file", right])).code, 3);
  equal((await journey.run("alice", ["login", "alice", "--password-file", next])).code, 0);
});

Deno.test("the line dialogue says why it cannot begin", async () => {
  await using journey = await Journey.open();
  const { code, stderr } = await journey.talk("alice", [], "hi\n");
  equal(code, 3, stderr);
});
