/** Without a screen: every command in lines, and not one escape sequence (journey J12). */

import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { SLASH_TABLE } from "../../lib/cli/dialogue/slash_table.ts";
import { HAS_TMUX } from "../kit/tmux.ts";
import { Journey } from "./programs.ts";
import { sitDown } from "./sitting.ts";

/** They end the program, the server or the account: each has journeys of its own. */
const LAST = new Set(["quit", "restart", "drain", "account delete"]);

Deno.test("J12: every command of the table answers in a pipe, with no escape byte", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  await Deno.mkdir(join(journey.folder, "alice"), { recursive: true });
  const rows = SLASH_TABLE.visible.filter(({ name }) => !LAST.has(name));
  ok(rows.length > 60, `${rows.length} commands`);
  // What writes a file writes it here, and not where the tests run.
  const typed = rows.map(({ examples: [{ line }] }) =>
    `/${line.replace(/^export /, `export ${journey.folder}/`)}`
  );
  const lines = ["bob:hello \x1b[31mbob", ...typed];
  const said = await journey.talk("alice", ["--plain"], `${lines.join("\n")}\n/quit\n`);
  equal(said.code, 0, said.stderr);
  equal((said.stdout + said.stderr).includes("\x1b"), false);
  ok(!/unexpected|undefined|\[object|No command/.test(said.stdout), said.stdout);
  match(await Deno.readTextFile(join(journey.folder, "mine.jsonl")), /"type":"export"/);
  match(said.stdout, /^Bye, alice!$/m);
});

Deno.test("J12: help in a pipe names every command", async () => {
  await using journey = await Journey.open({ people: ["alice"] });
  const { stdout } = await journey.talk("alice", ["--plain"], "/help\n/quit\n");
  for (const { name } of SLASH_TABLE.visible) ok(stdout.includes(`/${name}`), name);
});

Deno.test({
  name: "J12: ACCESSIBLE=1 at a terminal is a dialogue of lines that only appends (needs tmux)",
  ignore: !HAS_TMUX,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    await using pane = await sitDown(journey, "alice", { env: { ACCESSIBLE: "1" } });
    await pane.see(/^Welcome alice$/);
    await pane.type("bob:hello there\r");
    // S0.21: a person at a terminal is asked.
    await pane.type("bbo:/send 0\r");
    await pane.see(/^\* No account "bbo" on this server\. Did you mean bob:\? Send it to bob as/);
    await pane.type("/n\r");
    await pane.see(/^\* nothing was sent$/);
    await pane.type("/who --all\r");
    await pane.see(/bob/);
    const bob = await journey.run("bob", ["send", "alice", "whole lines, please"]);
    equal(bob.code, 0, bob.stderr);
    await pane.see(/^\d\d:\d\d {2}bob ▸ whole lines, please$/);
    await pane.type("/verify bob\r");
    await pane.see(/(\d{5} ){3}\d{5}/);
    await pane.type("/quit\r");
    equal(await pane.ended(), 0);
    const bytes = await pane.bytes();
    equal(bytes.includes("\x1b"), false, JSON.stringify(bytes.slice(0, 2_000)));
    const { before, after } = await pane.stty();
    equal(after, before);
  },
});
