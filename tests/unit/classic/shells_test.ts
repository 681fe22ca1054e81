import { deepEqual, equal } from "node:assert/strict";
import type { AppEvent } from "../../../lib/app/events.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import { chosenShell, EVERY_SHELL } from "../../../lib/cli/classic/classic_verb.ts";
import { classicWords } from "../../../lib/cli/main.ts";
import { SLASH_TABLE } from "../../../lib/cli/dialogue/slash_table.ts";
import { SHELLS } from "../../../lib/classic/shells.ts";
import { FACTS, shown } from "./facts.ts";

const { uag, menu, chatroom, toom } = SHELLS;

Deno.test("rows S0.20, S0.21, S0.29: uag takes <USER:Message>, /ls and commands, and says how to address", () => {
  const talk = uag.open(FACTS);
  const unaddressed = ["INFO:client:Send data in the format <USER:Message>"];
  deepEqual(talk.take("a::) How are you??? (8)"), [{
    kind: "line",
    line: "a::) How are you??? (8)",
    unaddressed,
  }]);
  deepEqual(talk.take("c:/send 0"), [{ kind: "line", line: "c:/send 0", unaddressed }]);
  deepEqual(talk.take("hello"), [{ kind: "line", line: "hello", unaddressed }]);
  deepEqual(talk.take("/ls"), [{
    kind: "call",
    call: { row: "ls", options: { "--json": true } },
  }]);
  deepEqual(talk.files({ 0: "yo_en_png.png", 1: "video.MP4" }), [
    "{",
    '    "0": "yo_en_png.png",',
    '    "1": "video.MP4"',
    "}",
  ]);
  deepEqual(talk.take("  "), []);
});

Deno.test("rows S0.19, S0.22, S0.25: uag shows who is there as Python would, and each text behind its sender", () => {
  const talk = uag.open({ ...FACTS, own: "a'b", active: ["a'b"] });
  deepEqual(talk.greeting(), [
    "INFO:client:{'msg': 'Welcome a\\'b'}",
    "INFO:client:starting listener.",
    "INFO:client:active users: dict_keys(['a\\'b'])",
    "INFO:client:Send data in the format <USER:Message>",
  ]);
  deepEqual(talk.entry(shown({ from: "b", text: "(L) :)" })), ["b:- ♥️ 😀"]);
  // A name cannot look like a line of the program (SR-70).
  deepEqual(talk.entry(shown({ from: "INFO:client", text: "x" })), ['"INFO:client":- x']);
  deepEqual(talk.entry(shown({ own: true, text: "hi" })), []);
  const people = [{ account: "b" as AccountId, name: "b" }];
  const moved = (joined: typeof people, registered: typeof people): AppEvent => ({
    type: "movement",
    moved: { joined, left: [], kicked: [], registered },
    deleted: [],
    active: people,
  });
  const told = (event: AppEvent) =>
    event.type === "entry" || event.type === "started" || event.type === "ready"
      ? undefined
      : talk.news(event);
  deepEqual(told(moved(people, [])), ["INFO:client:active users: dict_keys(['b'])"]);
  deepEqual(told(moved([], people)), []);
});

Deno.test("rows S0.32, SR-64: no shell takes a stranger, a file or a stream without a word", () => {
  for (const [name, shell] of Object.entries(SHELLS)) {
    const talk = shell.open(FACTS);
    const offer = talk.entry(shown({ kind: "notice", id: "stream-offer", text: "x" }));
    equal(offer?.at(-1), "Please type /y, to accept stream!", name);
    const file = talk.entry(shown({ kind: "notice", id: "file-offer", text: "b offers you x" }));
    equal(file?.at(-1), "Please type /y, to accept file!", name);
    const told = "bob invites you to this room: room join 179, or room decline 179";
    deepEqual(talk.entry(shown({ kind: "notice", id: "invited", text: told })), [
      "bob invites you to room 179",
      "Please type /y, to accept invitation!",
    ], name);
    const stranger = talk.news({ type: "request", account: "b" as AccountId, kind: "text" });
    equal(stranger?.at(-1), "Please type /y, to accept them!", name);
    deepEqual(talk.take("/y"), [{ kind: "line", line: "/y" }], name);
    // What warns is said as everywhere.
    equal(
      talk.entry(shown({ kind: "notice", id: "identity-changed", text: "x" })),
      undefined,
      name,
    );
  }
});

Deno.test("row S4.20: the menu asks for choice, client and message, and a text may begin with anything", () => {
  const talk = menu.open(FACTS);
  const steps: [line: string, kind: string | undefined, prompt: string][] = [
    ["7", "say", "Enter your choice: "],
    ["1", "say", "Enter client name: "],
    ["obiwan", undefined, "Enter message: "],
    ["/y 3", "call", "Enter your choice: "],
    ["2", "call", "Enter video name: "],
    ["", undefined, "Enter your choice: "],
    ["2", "call", "Enter video name: "],
    ["movie.mp4", "call", "Enter your choice: "],
    ["/who", "line", "Enter your choice: "],
    ["3", "leave", "Enter your choice: "],
  ];
  for (const [line, kind, prompt] of steps) {
    const [step] = talk.take(line);
    deepEqual([step?.kind, talk.prompt()], [kind, prompt], line);
    if (line === "/y 3" && step.kind === "call") {
      deepEqual(step.call, { row: "msg", given: { NAME: ["obiwan"], TEXT: ["/y 3"] } });
    }
    deepEqual(
      talk.after(),
      prompt === "Enter your choice: "
        ? ["1. Message a client", "2. Video streaming", "3. QUIT"]
        : [],
      line,
    );
  }
});

Deno.test("rows S2.12, S2.15: in the chat room plain text is for the room, and /messageto for one", () => {
  deepEqual(chatroom.open(FACTS).take("hello")[0].kind, "say");
  const talk = chatroom.open({ ...FACTS, room: "#256" });
  const said = (TEXT: string) => [
    { kind: "call", call: { row: "room say", given: { ROOM: ["#256"], TEXT: [TEXT] } } },
  ];
  deepEqual(talk.take("hello: all"), said("hello: all"));
  deepEqual(talk.take(">exit"), said(">exit"));
  deepEqual(talk.take("//help"), said("/help"));
  deepEqual(talk.take("/messageto obiwan hi  you"), [
    { kind: "call", call: { row: "msg", given: { NAME: ["obiwan"], TEXT: ["hi  you"] } } },
  ]);
  deepEqual(talk.take("/kickuser obiwan"), [{ kind: "line", line: "/kickuser obiwan" }]);
  deepEqual(talk.entry(shown({ peer: "#256", text: "hi" })), ["obiwan: hi"]);
  deepEqual(talk.entry(shown({ peer: "#257", text: "hi" })), ["obiwan in #257: hi"]);
  deepEqual(talk.entry(shown({ text: "hi" })), ["obiwan (to you): hi"]);
  deepEqual(
    chatroom.entry.failed({ code: "name-taken", text: "", details: {} }),
    "This user exists: it is not allowed to have more than one user",
  );
});

Deno.test("every row that a classic shell calls is in the table of slash commands", () => {
  const lines = [
    "BCM a",
    "ATU",
    "SRB a",
    "SRM 1 a",
    "RDM b 2h",
    "UPD a b",
    "/ls",
    "hello",
    "1",
    "2",
  ];
  const talks = [toom, uag, menu, chatroom].map((shell) => shell.open({ ...FACTS, room: "#1" }));
  const rows = talks.flatMap((talk) => lines.flatMap((line) => talk.take(line)))
    .flatMap((step) => step.kind === "call" ? step.call.row : []);
  equal(new Set(rows).size > 6, true);
  for (const row of rows) equal(SLASH_TABLE.get(row) === undefined, false, row);
});

Deno.test("--classic is another spelling of a command, wherever it stands before --", () => {
  const words = (call: string) => classicWords(call.split(" ")).join(" ");
  equal(words("--classic toom 127.0.0.1 4000 8001"), "classic toom 127.0.0.1 4000 8001");
  equal(words("--classic=toom"), "classic toom");
  equal(words("--plain --classic menu"), "classic menu --plain");
  equal(words("chat --classic uag"), "classic uag");
  equal(
    words("--classic p2p --strict init 127.0.0.1 8090 Oscar"),
    "p2p --shell --strict init 127.0.0.1 8090 Oscar",
  );
  equal(words("--classic"), "classic");
  equal(words("send bob -- --classic toom"), "send bob -- --classic toom");
});

Deno.test("[classic] in config.toml names a shell, or says which there are", () => {
  equal(chosenShell(""), undefined);
  equal(chosenShell("[screen]\nlist = true\n"), undefined);
  for (const name of EVERY_SHELL) equal(chosenShell(`[classic]\nshell = "${name}"\n`), name);
  for (const wrong of ['shell = "toon"', "shell = 1", "strict = true", 'shell = ""']) {
    let code: unknown;
    try {
      chosenShell(`[classic]\n${wrong}\n`);
    } catch (error) {
      code = error instanceof Error && Reflect.get(error, "code");
    }
    equal(code, "bad-config", wrong);
  }
});

Deno.test("what somebody does reads so in every shell, behind who it was; what is done to a text is said as elsewhere", () => {
  const waves = shown({ from: "obiwan", text: "*waves*" });
  deepEqual(uag.open(FACTS).entry(waves), ["obiwan:- * obiwan waves"]);
  deepEqual(menu.open(FACTS).entry(waves), ["obiwan: * obiwan waves"]);
  deepEqual(chatroom.open(FACTS).entry(waves), ["obiwan (to you): * obiwan waves"]);
  // As the dialogue says it.
  equal(toom.open(FACTS).entry(waves), undefined);
  const said = shown({ from: "obiwan", text: "*joined (active: a)*" });
  deepEqual(uag.open(FACTS).entry(said), ["obiwan:- * obiwan joined (active: a)"]);
  const changed = shown({ from: "obiwan", text: "", kind: "change" });
  for (const shell of [uag, menu, chatroom]) equal(shell.open(FACTS).entry(changed), undefined);
});
