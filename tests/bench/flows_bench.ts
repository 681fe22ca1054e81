/**
 * What six flows pass on their way from the action to its effect: files and functions of `lib/` that ran, in all threads of the
 * server and of both clients; functions among them that only forward; round trips to the store; statements of databases. Each flow
 * ran once before it is counted, with the full screen on 100×30 cells and pictures in half blocks.
 *
 *     deno run -A tests/bench/flows_bench.ts [ROOT] [RAN]
 *
 * ROOT is a project of another commit; RAN is a file to be written, with the names of all files and functions that ran. Heartbeats and redrawing in the same seconds are counted too, so figures differ by a few
 * from run to run. Needs tmux.
 */

import { join, resolve } from "node:path";
import { HAS_TMUX, type Pane } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { type Flow, Recorded, rest } from "./flows/recorded.ts";

/** How long a film plays in its flow. */
const FILM_MS = 3_000;

if (!HAS_TMUX) {
  console.log("skipped: tmux is not here");
  Deno.exit(0);
}

const root = resolve(Deno.args[0] ?? PROJECT_ROOT);
await using place = await Recorded.open(root);

const server = await place.sit("server", "server", [
  ...["serve", "--listen", "127.0.0.1:0", "--ready-file", join(place.folder, "ready")],
  ...["--videos", join(root, "videos"), "--no-console"],
]);
const { port, fingerprint } = JSON.parse(await readyText());
const at = ["--server", `127.0.0.1:${port}`];

async function readyText(): Promise<string> {
  while (true) {
    const text = await Deno.readTextFile(join(place.folder, "ready")).catch(() => "");
    if (text.trimEnd().endsWith("}")) return text;
    if ((await server.rows()).some((row) => row.startsWith("ended with"))) {
      throw new Error((await server.rows()).join("\n"));
    }
    await rest(100);
  }
}

async function register(name: string): Promise<void> {
  const file = join(place.folder, `${name}.password`);
  await Deno.writeTextFile(file, `correct horse battery ${name}\n`, { mode: 0o600 });
  await place.run("client", name, [
    ...["register", name, "--password-file", file, "--trust", fingerprint, ...at, "--no-input"],
    ...["--recovery-file", join(place.folder, `${name}.recovery`)],
  ]);
  await place.run("client", name, ["requests", "--from", "all", ...at, "--no-input"]);
}

async function enter(pane: Pane, text: string): Promise<void> {
  await pane.type(text);
  await pane.press("Enter");
}

/** Types a text, and counts from the Enter on until both ends show what they should. */
async function entered(
  name: string,
  { by, text, see }: { by: Pane; text: string; see: readonly (readonly [Pane, RegExp])[] },
): Promise<Flow> {
  await by.type(text);
  return await place.flow(name, async () => {
    await by.press("Enter");
    for (const [pane, pattern] of see) await pane.see(pattern);
  });
}

async function endFilm(pane: Pane): Promise<void> {
  if (!(await pane.rows()).some((row) => row.includes("F7 size"))) return;
  await pane.press("F6");
  await rest(200);
  await pane.press("q");
  await pane.seeNo(/F7 size/);
}

async function throughServer(): Promise<Flow[]> {
  for (const name of ["alice", "bob", "carol"]) await register(name);
  await place.run("server", "server", ["user", "grant", "alice", "owner"]);
  const alice = await place.sit("client", "alice", at);
  const bob = await place.sit("client", "bob", at);
  await alice.see(/● bob/);
  await bob.see(/● alice/);
  for (const pane of [alice, bob]) await pane.press("M-Down");
  await enter(alice, "second");
  await bob.see(/│ +second/);
  await enter(bob, "third");
  await alice.see(/│ +third/);
  const flows: Flow[] = [];
  flows.push(
    await entered("a sealed text", {
      by: alice,
      text: "fourth",
      see: [[bob, /│ +fourth/], [alice, /fourth +✓✓/]],
    }),
  );

  await enter(bob, "/reconnect");
  await rest(2_000);
  await bob.type("/reconnect");
  flows.push(
    await place.flow("sign-in", async () => {
      await bob.press("Enter");
      await rest(2_000);
    }),
  );

  await enter(alice, "/watch cockatoo");
  await rest(FILM_MS);
  await endFilm(alice);
  await alice.type("/watch cockatoo");
  flows.push(
    await place.flow("a film of thirds", async () => {
      await alice.press("Enter");
      await rest(FILM_MS);
    }),
  );
  await endFilm(alice);

  await enter(alice, "/room new bob --name ops");
  await bob.see(/# ops/);
  await bob.press("M-Up");
  for (const pane of [alice, bob]) await pane.see(/#ops>/);
  await alice.see(/bob (joined|came in)/);
  const note = join(place.folder, "note.txt");
  await Deno.writeTextFile(note, "a note\n".repeat(1_000));
  await enter(alice, `/send ${note}`);
  await bob.see(/note\.txt/);
  await enter(bob, "/y");
  await bob.see(/note\.txt.*(saved|verified|taken)/);
  await alice.type(`/send ${note}`);
  flows.push(
    await place.flow("a file to a room", async () => {
      await alice.press("Enter");
      await rest(2_000);
      await enter(bob, "/y");
      await rest(2_000);
    }),
  );

  await place.sit("client", "carol", at);
  await alice.see(/● carol/);
  await enter(alice, "/kick carol 1m once");
  await alice.see(/carol was kicked/);
  await enter(alice, "/unkick carol");
  await place.sit("client", "carol", at);
  await alice.see(/● carol/);
  await alice.type("/kick carol 1m twice");
  flows.push(
    await place.flow("/kick", async () => {
      await alice.press("Enter");
      await alice.see(/○ carol/);
    }),
  );
  return flows;
}

async function withoutServer(): Promise<Flow> {
  const at = (name: string) => ["p2p", "init", "127.0.0.1", "0", name];
  const oscar = await place.sit("client", "oscar", at("oscar"));
  const julia = await place.sit("client", "julia", at("julia"));
  const rows = await julia.see(/Now listening on 127\.0\.0\.1:\d+/);
  const where = /Now listening on 127\.0\.0\.1:(\d+)/.exec(rows.join("\n"))?.[1];
  await enter(oscar, `conn 127.0.0.1 ${where}`);
  await oscar.see(/Now connected to julia/);
  await enter(oscar, "send julia first");
  await julia.see(/oscar .* first/);
  await enter(julia, "send oscar second");
  await oscar.see(/julia .* second/);
  return await entered("a text without server", {
    by: oscar,
    text: "send julia third",
    see: [[julia, /oscar .* third/]],
  });
}

const flows = [...await throughServer(), await withoutServer()];
if (Deno.args[1] !== undefined) await Deno.writeTextFile(Deno.args[1], JSON.stringify(flows));
console.log("flow".padEnd(22), "files functions forwarding store statements");
for (const { name, files, functions, forwarding, storeCalls, statements } of flows) {
  console.log(
    name.padEnd(22),
    `${files}`.padStart(5),
    `${functions}`.padStart(9),
    `${forwarding}`.padStart(10),
    `${storeCalls}`.padStart(5),
    `${statements}`.padStart(10),
  );
}
