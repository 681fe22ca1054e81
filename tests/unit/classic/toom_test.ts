import { deepEqual, equal } from "node:assert/strict";
import { WHO } from "../../../lib/app/commands/people.ts";
import { ROOMS } from "../../../lib/app/commands/rooms.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import { TOOM } from "../../../lib/classic/toom.ts";
import { FACTS, shown, worded } from "./facts.ts";

const talk = TOOM.open(FACTS);
const said = (line: string) =>
  talk.take(line).flatMap((step) => step.kind === "say" ? step.lines : [`not said: ${step.kind}`]);

Deno.test("row S3.06: Toom asks for one of its seven commands, UPD too", () => {
  equal(
    talk.prompt(),
    "Enter one of the following commands (BCM, ATU, SRB, SRM, RDM, OUT, UPD):",
  );
  deepEqual(talk.greeting().slice(0, 2), ["1", "Welcome to Toom!"]);
  deepEqual(talk.farewell(), ["Bye, yoda!"]);
});

Deno.test("Toom's words are rows of the one table, with what was typed as it was typed", () => {
  const calls: readonly (readonly [string, string, Record<string, readonly string[]>])[] = [
    ["BCM Hel  lo; --all", "broadcast", { TEXT: ["Hel  lo; --all"] }],
    ["ATU", "who", {}],
    ["SRB obiwan", "room new", { NAME: ["obiwan"] }],
    ["SRS obiwan luke", "room new", { NAME: ["obiwan", "luke"] }],
    ["SRM 256 hi  there", "room say", { ROOM: ["256"], TEXT: ["hi  there"] }],
    ["RDM b 1 Jun 2022 16:00:00", "rdm", { KIND: ["b"], WHEN: ["1 Jun 2022 16:00:00"] }],
    ["RDM s 256 2h", "rdm", { KIND: ["s"], WHEN: ["256 2h"] }],
    ["  UPD obiwan my film.mp4", "upd", { NAME: ["obiwan"], FILE: ["my film.mp4"] }],
  ];
  for (const [line, row, given] of calls) {
    deepEqual(talk.take(line)[0], { kind: "call", call: { row, given } }, line);
    equal(talk.take(line).length, row === "rdm" ? 2 : 1, line);
  }
  deepEqual(talk.take("OUT"), [{ kind: "leave" }]);
  deepEqual(talk.take("/y"), [{ kind: "line", line: "/y" }]);
});

Deno.test("rows S3.51, S3.59: what is no command of Toom is one error, an empty line nothing", () => {
  for (const line of ["bcm hi", "HELLO", "hi", "BCMHello", "//y", "1"]) {
    deepEqual(said(line), ["Error. Invalid command!"], line);
  }
  deepEqual([said(""), said("   ")], [[], []]);
});

Deno.test("row S3.52: a command of Toom without what it needs says so, with an example", () => {
  deepEqual(said("SRM 256"), ["SRM needs a room and a text. Example: SRM 256 hi"]);
  for (const line of ["BCM", "BCM  ", "SRM", "SRB", "RDM", "RDM x 2h", "RDM b", "UPD obiwan"]) {
    equal(said(line).length === 1 && / needs .+\. Example: /.test(said(line)[0]), true, line);
  }
});

Deno.test("row S3.52: a command of Toom that takes no word does nothing where there is one", () => {
  deepEqual(said("ATU all"), ["ATU needs nothing. Example: ATU"]);
  deepEqual(said("OUT now"), ["OUT needs nothing. Example: OUT"]);
});

Deno.test("row S3.27: Toom makes a room with people who are there alone; row S3.50: an upload says that nobody is", () => {
  deepEqual(said("SRB obiwan gandalf"), ["Error. Not online: gandalf"]);
  deepEqual(said("UPD gandalf a.mp4"), ["gandalf is offline", "not said: call"]);
});

Deno.test("rows S3.20, S3.21, S3.23, S3.29: Toom lists people and rooms in the seed's lines", () => {
  const entry = {
    account: "obiwan" as AccountId,
    name: "obiwan",
    identity: "",
    online: true,
    sinceMs: Date.UTC(2022, 7, 3, 18, 59, 49),
  };
  const listed = (more: Partial<{ address: string; port: number }>, isMe = false) =>
    worded(talk, WHO.wording, {
      kind: "person",
      facts: {
        attendant: { entry: { ...entry, ...more }, statement: new Uint8Array() },
        said: undefined,
        isMe,
      },
    });
  const when = String.raw`03 Aug 2022 \d\d:59:49`;
  equal(new RegExp(`^obiwan, active since ${when}$`).test(listed({})[0]), true);
  equal(
    new RegExp(`^obiwan, 127\\.0\\.0\\.1, 55810, active since ${when}$`)
      .test(listed({ address: "127.0.0.1", port: 55810 })[0]),
    true,
  );
  deepEqual(listed({}, true), []);
  deepEqual(worded(talk, WHO.wording, { kind: "nobody-else", facts: {} }), [
    "no other active user",
  ]);
  const users = ["obiwan", "yoda"].map((name) => ({ account: name as AccountId, name }));
  deepEqual(
    worded(talk, ROOMS.wording, {
      kind: "room-created",
      facts: {
        room: 256,
        name: "",
        topic: "",
        open: false,
        notice: undefined,
        shown: "#256",
        users,
      },
    }),
    ["Separate chat room has been created, room ID: 256, users in this room:obiwan,yoda"],
  );
});

Deno.test("rows S3.45, S3.46: Toom says the end of a file in the seed's words, and of whom by the conversation", () => {
  const notice = (id: string, text: string) => talk.entry(shown({ kind: "notice", id, text }));
  const uploaded =
    "a: b has uploaded: obiwan has it (4 B) and verified it, transfer 1: transfer completed!";
  deepEqual(notice("file-done", uploaded), ["a: b has uploaded"]);
  // A name that reads like the program's own words says nothing of somebody else.
  const received =
    "Received x from yoda (4 B) from obiwan, verified: ./x (4 B) from luke, verified: y";
  deepEqual(notice("file-received", received), ["Received x from yoda from obiwan"]);
  deepEqual(notice("file-offer", "obiwan offers you a.mp4 (4 B)"), [
    "obiwan offers you a.mp4 (4 B)",
    "Please type /y, to accept file!",
  ]);
  deepEqual(notice("identity-changed", "obiwan has a new number"), undefined);
  deepEqual(talk.entry(shown({ kind: "broadcast", text: "Morning" })), []);
});

Deno.test("rows S3.07, S3.08, S3.28: Toom leaves the seed's sentences as they are", () => {
  const entry = (code: string, text: string, details = {}) =>
    TOOM.entry.failed({ code, text, details });
  const again = "Invalid Password. Please try again";
  equal(entry("wrong-credentials", `${again} (2 tries left)`, { attemptsLeft: 2 }), again);
  const blocked = "Invalid Password. Your account has been blocked. Please try again later in 60 s";
  equal(entry("wrong-credentials", blocked, { attemptsLeft: 0 }), blocked);
  const same = "a separate room (ID: 256) already created for these users";
  const text = "These people already share a room (ID: 256)\nmore";
  equal(talk.failed({ code: "same-members", text, details: {} }), same);
});
