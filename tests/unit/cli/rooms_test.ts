/** Rooms where people read and type them: labels, lines, prompts, completion. */

import { deepEqual, equal } from "node:assert/strict";
import { type RoomHandle, roomHandle } from "../../../lib/base/ids.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { HistoryEntry } from "../../../lib/client/store/history.ts";
import { messageLine } from "../../../lib/cli/dialogue/chat_lines.ts";
import { completeLine } from "../../../lib/cli/dialogue/completion.ts";
import { promptOf } from "../../../lib/cli/dialogue/lines_in.ts";
import { showRoom } from "../../../lib/app/names.ts";
import { lookUp, resemble } from "../../../lib/cli/dialogue/partner.ts";
import { People } from "../../../lib/app/conversations/people.ts";
import { splitRoom } from "../../../lib/app/commands/reading.ts";
import type { ChatContext } from "../../../lib/cli/dialogue/slash_row.ts";
import { SLASH_TABLE } from "../../../lib/cli/dialogue/slash_table.ts";
import { entryLine, roomMark } from "../../../lib/app/talk/entry_lines.ts";
import { RoomLabels } from "../../../lib/app/rooms/room_labels.ts";
import { parseChatLine } from "../../../lib/commands/chat_line.ts";
import { accountId, entry } from "../client/profile_kit.ts";

/** Local time, whatever the zone. */
const AT_MS = new Date(2022, 7, 3, 23, 25, 3).getTime();
const ROOM = roomHandle(256);

async function labels(names: Readonly<Record<number, string>>): Promise<RoomLabels> {
  const list = Object.entries(names).map(([number, name]) => ({
    room: roomHandle(Number(number)),
    name,
  }));
  // Of a client labels need the lists of its rooms alone.
  const open = { looked: () => Promise.resolve([]) };
  const rooms = { list: () => Promise.resolve(list), open };
  return await RoomLabels.of({ rooms } as unknown as Client);
}

function said(text: string, more: Partial<HistoryEntry> = {}): HistoryEntry {
  return entry(text, { peer: ROOM, number: 3, sentAtMs: AT_MS, atMs: AT_MS, ...more });
}

Deno.test("a room is called by its name, and by its number where the name would mislead", async () => {
  const rooms = await labels({ 1: "ops", 2: "", 3: "256", 4: "٢٥٦", 5: "#1", 6: "dev", 7: "dev" });
  deepEqual(rooms.all, ["#ops", "#2", "#3", "#4", "#5", "#6", "#7"]);
  equal(rooms.labelOf(roomHandle(99)), "#99", "a room that one is not in");
  equal(rooms.nameOf(roomHandle(6)), "dev");
});

Deno.test("a room is found by exactly its number or its label", async () => {
  const rooms = await labels({ 1: "ops", 256: "7", 7: "the night shift" });
  const found = ["#ops", "#1", "#256", "#7", "#the night shift", "#Ops", "ops", "#8"]
    .map((text) => rooms.find(text));
  const [one, two, seven] = [1, 256, 7].map(roomHandle);
  deepEqual(found, [one, one, two, seven, seven, undefined, undefined, undefined]);
});

Deno.test("a room's name in a line is quoted where it could read as a line of ours", () => {
  equal(showRoom("#ops"), "#ops");
  equal(showRoom("#bob ▸ yes"), '#"bob ▸ yes"');
});

Deno.test("what was said in a room stands with room and sender, in the dialogue and in lists", async () => {
  const rooms = await labels({ 256: "ops" });
  const style = {
    nowMs: AT_MS,
    emoticons: true,
    nameOf: (peer: string) => peer.startsWith("#") ? rooms.labelOf(peer as RoomHandle) : peer,
    isVerified: (peer: string) => peer === "bob",
    isAskedAboutFiles: () => true,
  };
  equal(messageLine(said("hi :)"), style), "23:25  #ops bob✓ ▸ hi 😀");
  equal(messageLine(said("hi", { own: true }), style), "23:25  you to #ops ▸ hi");
  equal(messageLine(said("*waves*"), style), "23:25  #ops * bob✓ waves");
  equal(messageLine(said("*waves*", { editedMs: 1 }), style), "23:25  #ops (edited) * bob✓ waves");
  equal(
    messageLine(said("bob joined", { kind: "notice" }), style),
    "* bob joined (in #ops)",
  );
  equal(entryLine(said("hi"), rooms), "#ops bob 2022-08-03 23:25:03 hi");
  equal(
    entryLine(said("bob joined", { kind: "notice" }), rooms),
    "* 2022-08-03 23:25:03 #ops: bob joined",
  );
  equal(roomMark(said("hi"), rooms), "#ops: ");
  equal(roomMark(entry("hi"), rooms), "");
});

Deno.test("the prompt names the room in which one talks", () => {
  const chat = { partner: { peer: ROOM, name: "#ops" } } as ChatContext;
  equal(promptOf(chat, "online", undefined), "#ops> ");
  const odd = { partner: { peer: ROOM, name: "#the night shift" } } as ChatContext;
  equal(promptOf(odd, "offline", undefined), '(offline) #"the night shift"> ');
});

Deno.test("#room:text is said in the room when it is exactly one of one's own (row S0.21)", async () => {
  const rooms = await labels({ 256: "ops" });
  const people = new People({ account: accountId("alice"), name: "alice" });
  const known = { people, rooms, client: undefined as unknown as Client };
  const parse = (line: string) =>
    parseChatLine(line, {
      table: SLASH_TABLE,
      lookUp: (name) => lookUp(known, name),
      resemble: (name) => resemble(known, name),
      isOpen: () => false,
      colonAddressing: true,
    });
  const to = { peer: ROOM, name: "#ops" };
  deepEqual(parse("#ops::) hi"), { kind: "addressed", to, text: ":) hi" });
  deepEqual(parse("#256:hi"), { kind: "addressed", to, text: "hi" });
  equal(parse("#other:hi").kind, "doubtful");
  equal(parse("#other: a heading").kind, "text");
  const ops = { is: "spelling", of: to };
  deepEqual(parse("#Ops: hi"), {
    ...{ kind: "doubtful", text: "#Ops: hi", name: "#Ops", rest: "hi" },
    resemblance: ops,
  });
  const own = parse("Alice: hi");
  equal(own.kind === "doubtful" && own.resemblance.is, "own");
  for (const [line, name] of [["/srb bob", "room new"], ["/rooms", "room list"]]) {
    const parsed = parse(line);
    equal(parsed.kind === "command" ? parsed.row.name : parsed.kind, name);
  }
});

Deno.test("/rdm s takes a room before the time, where all of it is no time (row S3.37)", () => {
  const times = ["2h", "1 Jun 2022 16:00:00"];
  const parse = (text: string) => times.includes(text) ? times.indexOf(text) : undefined;
  deepEqual(splitRoom("2h", parse), { room: undefined, when: 0 });
  deepEqual(splitRoom("1 Jun 2022 16:00:00", parse), { room: undefined, when: 1 });
  deepEqual(splitRoom("256 1 Jun 2022 16:00:00", parse), { room: "256", when: 1 });
  deepEqual(splitRoom("#ops 2h", parse), { room: "#ops", when: 0 });
  deepEqual(splitRoom("ops soon", parse), { room: "ops", when: undefined });
  deepEqual(splitRoom("soon", parse), { room: undefined, when: undefined });
});

Deno.test("tab completes rooms where a room is meant, and people where those are", () => {
  const known = {
    commands: SLASH_TABLE.names,
    people: ["bob", "ada"],
    rooms: ["#ops", "#256"],
    isInRoom: false,
    videos: () => [],
    readFolder: () => [],
    spec: () => undefined,
  };
  const offered = (before: string) => completeLine(before, known).candidates;
  deepEqual(offered("#o"), ["#ops:"]);
  deepEqual(offered("/to #2"), ["#256 "]);
  deepEqual(offered("/srm "), ["#ops ", "#256 "]);
  deepEqual(offered("/room rem"), ["/room remove "]);
  deepEqual(offered("/room invite #o"), ["#ops "]);
  deepEqual(offered("/room invite #ops b"), ["bob "]);
  deepEqual(offered("/room new bob a"), ["ada "]);
  deepEqual(offered("/room leave #ops b"), []);
  deepEqual(offered("/verify #"), []);
  // In a room a name is a mention.
  const inRoom = (before: string) => completeLine(before, { ...known, isInRoom: true }).candidates;
  deepEqual(offered("b"), ["bob:"]);
  deepEqual(inRoom("b"), ["@bob "]);
  deepEqual(inRoom("and @B"), ["@bob "]);
  deepEqual(inRoom("and "), []);
  deepEqual(inRoom("#o"), ["#ops:"]);
  deepEqual(inRoom("bob:/se"), ["/seen ", "/search ", "/send ", "/set "]);
});
