import { equal, match } from "node:assert/strict";
import { type Model, newModel, pageOf, withPage } from "../../../../lib/app/conversations/model.ts";
import { roomHandle } from "../../../../lib/base/ids.ts";
import { homeRows } from "../../../../lib/tui/panes/home_page.ts";
import { textWidthCells } from "../../../../lib/terminal/cells/text_width.ts";
import { THEMES } from "../../../../lib/tui/theme/theme.ts";
import { busyModel } from "../../../kit/scenes.ts";

const rowsOf = (model: Model, widthCells = 60, heightCells = 20): readonly string[] =>
  homeRows(model, { widthCells, heightCells, theme: THEMES.dark })
    .map((row) => row.map(({ text }) => text).join(""));

Deno.test("first page says what is unread, who is online and which rooms there are", () => {
  const text = rowsOf(busyModel()).join("\n");
  match(text, /Welcome, alice/);
  match(text, /Unread .*carol \(2\)/);
  match(text, /Online .*bob/);
  match(text, /Rooms .*ops/);
  match(text, /F1 keys · F2 go to · alt-a unread · ctrl-D leave/);
  equal(/Requests|Files/.test(text), false, text);
});

Deno.test("first page names the last files and the server's videos, and rooms by when something was said there", () => {
  const before = busyModel();
  const [bob] = before.peers.filter(({ presence }) => presence === "here");
  const home = {
    files: [
      { name: "photo.png", place: bob.peer, isOwn: false },
      { name: "a\x1b[2J\n.pdf", place: bob.peer, isOwn: true },
    ],
    videos: ["cockatoo (0:14)", "launch (2:03)"],
    posters: [],
    hasMoreVideos: true,
  };
  const [room] = before.peers.filter(({ presence }) => presence === "room");
  const late = { ...room, peer: roomHandle(7), name: "#late" };
  const peers = [...before.peers, late];
  const model = withPage({ ...before, peers, home }, late.peer, {
    ...pageOf(before, late.peer),
    recent: 1_000_000,
  });
  const text = rowsOf(model, 100).join("\n");
  match(text, /Files +photo\.png from bob, a.*\.pdf to bob/);
  match(text, /Videos +cockatoo \(0:14\), launch \(2:03\) and more: \/watch NAME/);
  match(text, /Rooms +#late/);
  equal(text.includes("\x1b"), false);
  for (let widthCells = 36; widthCells < 100; widthCells++) {
    const torn = rowsOf(model, widthCells).filter((row) => /^ +(\(|from|to bob|NAME)/.test(row));
    equal(torn.length, 0, `${widthCells}: ${torn.join("\n")}`);
  }
});

Deno.test("first page tells a newcomer how others come in, and says nothing of what there is none of", () => {
  const text = rowsOf({ ...newModel({ name: "alice" }, 0), connection: "online" }).join("\n");
  match(text, /\/invite makes an invite/);
  equal(/unread|online|rooms|requests/i.test(text), false, text);
});

Deno.test("first page has room in any width, and no name of others reaches out of its row", () => {
  const model = busyModel();
  const hostile = model.peers.map((peer) => ({ ...peer, name: "a\x1b[2Jb\nc".repeat(50) }));
  for (const widthCells of [12, 20, 36, 62, 190]) {
    for (const row of rowsOf({ ...model, peers: hostile }, widthCells)) {
      equal(row.includes("\x1b") || row.includes("\n"), false);
      if (widthCells >= 36) equal(textWidthCells(row) <= widthCells, true, row);
    }
  }
});

Deno.test("first page leaves out what has no room, first what is always so, and never the keys or what is unread", () => {
  const before = busyModel();
  const files = ["one", "two", "three"].map((name) => ({
    name: `${name}-of-a-long-name.tar.gz`,
    place: before.peers[0].peer,
    isOwn: false,
  }));
  const model = { ...before, home: { ...before.home, files } };
  const whole = rowsOf(model, 60, 40);
  let known = whole.length;
  for (let heightCells = 23; heightCells >= 6; heightCells--) {
    const rows = rowsOf(model, 60, heightCells);
    const text = rows.join("\n");
    equal(rows.length <= heightCells && rows.length <= known, true, text);
    known = rows.length;
    match(text, /Welcome, alice/);
    match(text, /Unread .*carol \(2\)/);
    match(text, /F1 keys · F2 go to · alt-a unread/);
  }
  match(rowsOf(model, 60, 12).join("\n"), /Unread(?!.*Messages are)/s);
});

Deno.test("first page says at which server its person is, where there is room for all of that", () => {
  const own = { name: "alice", serverAddress: "chat.example.org:9797" };
  const model: Model = { ...newModel(own, 0), connection: "online" };
  equal(rowsOf(model)[1], "  Welcome, alice · chat.example.org:9797");
  equal(rowsOf(model, 30)[1], "  Welcome, alice");
  equal(rowsOf({ ...newModel({ name: "alice" }, 0) })[1], "  Welcome, alice");
});
