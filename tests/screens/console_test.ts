/** The server's console on its own terminal, as a person sees it. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { OwnConsole } from "../../lib/admin/console/own_console.ts";
import { ShownTerminal } from "../kit/cells.ts";
import { settle } from "../kit/clock.ts";
import { FakeControls, makeRunner } from "../kit/console.ts";
import { fakeIo } from "../kit/fake_io.ts";
import { FakeTerminal } from "../kit/fake_terminal.ts";
import { registered } from "../kit/raw_account.ts";
import { TestServer } from "../kit/test_server.ts";

const COLUMNS = 60;
const ROWS = 16;
const FIRST = "Server console: help lists the commands, tab completes";

async function show(written: string): Promise<string[]> {
  using shown = new ShownTerminal(COLUMNS, ROWS);
  await shown.write(written);
  const [cursorColumn, cursorRow] = shown.cursor;
  const rows = Array.from(
    { length: ROWS },
    (_, row) =>
      Array.from({ length: COLUMNS }, (_, column) => {
        const cursor = column === cursorColumn && row === cursorRow ? "|" : "";
        return cursor + shown.cell(column, row).text;
      }).join("").trimEnd(),
  );
  while (rows.at(-1) === "") rows.pop();
  return rows;
}

async function openConsole(
  server: TestServer,
  options: { plain?: boolean; simulated?: string } = {},
) {
  const terminal = new FakeTerminal();
  terminal.screenSize = { columns: COLUMNS, rows: ROWS };
  const controls = new FakeControls();
  const own = await OwnConsole.open(terminal, {
    io: {
      ...fakeIo(server.folder, options.plain === true ? { ACCESSIBLE: "1" } : {}),
      clock: server.clock,
    },
    folder: server.folder,
    runner: makeRunner(server, controls),
    simulated: options.simulated,
    onInterrupt: () => controls.did.push("interrupt"),
  });
  /** Types, and waits until the terminal shows it. */
  const type = async (text: string, until: string) => {
    terminal.type(text);
    while (!terminal.written.includes(until)) await settle();
  };
  await type("", FIRST);
  return { terminal, controls, own, type };
}

Deno.test("console answers below, logs above, and leaves the half-typed line as it is", async () => {
  await using server = await TestServer.open();
  await registered(server, "yoda");
  const { terminal, own, type } = await openConsole(server);
  await type("gra\tyo\t1\r", "yoda is now owner");
  await type("\rdb\r", "DEVICES");
  await type("kick an", "kick an");
  ok(own.log("2026-01-01T00:00:00.000Z info server conn.open"));
  await settle();
  deepEqual(await show(terminal.written), [
    FIRST,
    "server> grant yoda 1",
    "yoda is now owner (was member)",
    "server>",
    "server> db",
    "NAME  ROLE   CREATED            LAST SEEN          DEVICES",
    "  STATUS",
    "yoda  owner  2026-01-01 00:00Z  2026-01-01 00:00Z  1",
    "2026-01-01T00:00:00.000Z info server conn.open",
    "server> kick an|",
  ]);
  ok(terminal.raw);
  await own.close();
  equal(terminal.raw, false, "the terminal is given back");
  equal(own.log("later"), false, "log lines go their own way again");
});

Deno.test("console walks back through its history, also that of the time before", async () => {
  await using server = await TestServer.open();
  const first = await openConsole(server);
  await first.type("locks\r rooms\rinfo\r", "Log level");
  await first.own.close();
  const { terminal, own, type } = await openConsole(server);
  await type("history\r", "2  info");
  await type("\x1b[A\x1b[A\x1b[A", "server> locks");
  deepEqual((await show(terminal.written)).slice(-2), ["3  history", "server> locks|"]);
  await own.close();
});

Deno.test("console clears the screen and goes on", async () => {
  await using server = await TestServer.open();
  const { terminal, own, type } = await openConsole(server);
  await type("locks\r", "Nobody is locked");
  await type("clear\rloc", "server> loc");
  await settle();
  deepEqual(await show(terminal.written), ["server> loc|"]);
  await own.close();
});

Deno.test("ctrl-C at the console ends the server, ctrl-D only the console", async () => {
  await using server = await TestServer.open();
  const first = await openConsole(server);
  first.terminal.type("\x03");
  while (first.controls.did.length === 0) await settle();
  deepEqual(first.controls.did, ["interrupt"]);
  await first.own.close();
  const second = await openConsole(server);
  await second.type("\x04", "Console closed. The server keeps running: ctrl-C stops it");
  while (second.terminal.raw) await settle();
  deepEqual(second.controls.did, []);
  await second.own.close();
});

Deno.test("a plain console writes not one escape sequence", async () => {
  await using server = await TestServer.open();
  const { terminal, own, type } = await openConsole(server, { plain: true });
  await type("locks\n\nquit\n", "The server is stopping");
  ok(!terminal.written.includes("\x1b"));
  equal(terminal.written, `${FIRST}\nNobody is locked\nThe server is stopping\n`);
  await own.close();
});

Deno.test("console says first that a worse line is simulated", async () => {
  await using server = await TestServer.open();
  const { terminal, own } = await openConsole(server, { simulated: "256 kbit/s, 300 ms" });
  const [first] = await show(terminal.written);
  equal(first, "Simulated line: 256 kbit/s, 300 ms");
  await own.close();
});
