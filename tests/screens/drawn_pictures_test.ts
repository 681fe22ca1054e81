/** A picture that was really sent, decoded in its Worker and drawn by the full screen. */

import { equal, ok } from "node:assert/strict";
import { openSenders, type Senders } from "../kit/file_senders.ts";
import { parseKitty } from "../kit/kitty_reader.ts";
import { readTerminal } from "../kit/screens.ts";
import { still } from "../kit/stills.ts";
import { answerAsKitty, ScreenUser, type ScreenUserOptions } from "../kit/screen_user.ts";

const ALT_DOWN = "\x1b[1;3B";
const CTRL_UP = "\x1b[1;5A";
const PAGE_UP = "\x1b[5~";
const PAGE_DOWN = "\x1b[6~";
/** What is said after the picture: more than a page has. */
const LINES = 30;

/** Bob has a picture of alice's, and texts before and after it. */
async function openSent(): Promise<Senders> {
  const senders = await openSenders();
  const { alice, bob, pair } = senders;
  await senders.write("bird.jpg", await Deno.readFile("tests/fixtures/cockatoo.jpg"));
  alice.work();
  bob.work();
  const say = async (text: string) => {
    await alice.test.say(pair.bob, text);
  };
  await say("look at this bird");
  await senders.offer("bird.jpg");
  await senders.accept();
  await senders.until(async () => (await bob.states())[0] === "done");
  for (let i = 1; i <= LINES; i++) await say(`and then line ${i}`);
  await senders.until(async () =>
    (await bob.client.messenger.history.latest({ limit: 99 })).some(({ text }) =>
      text === `and then line ${LINES}`
    )
  );
  await bob.restart();
  return senders;
}

async function sitDown(senders: Senders, options: ScreenUserOptions = {}): Promise<ScreenUser> {
  const user = await ScreenUser.open(senders.pair.bob, options);
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/and then line 30/);
  return user;
}

/** Waits until what is on the screen is so. The Worker takes the time of the machine, whatever the clock says. */
async function until(
  user: ScreenUser,
  holds: (rows: readonly string[]) => boolean,
): Promise<readonly string[]> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    // Lets the clock go on, too.
    const rows = await user.see(/./);
    if (holds(rows)) return rows;
    await user.wait(new Promise((resolve) => setTimeout(resolve, 1)));
  }
  throw new Error(`it never was so:\n${(await user.rows()).join("\n")}`);
}

/** More than any of these takes. */
const MAX_ROUNDS = 5_000;

/** Goes up with the message cursor to the picture. */
async function pick(user: ScreenUser): Promise<void> {
  await until(user, (rows) => {
    const isThere = rows.some((row) => row.includes("enter shows it whole"));
    if (!isThere) user.type(CTRL_UP);
    return isThere;
  });
}

const blocksIn = (rows: readonly string[]) => rows.filter((row) => row.includes("▀"));

Deno.test("a picture that a contact sent is drawn in the conversation, goes when it is scrolled away, and is drawn again", async () => {
  await using senders = await openSent();
  using _reading = readTerminal();
  await using user = await sitDown(senders, { columns: 90, rows: 30 });
  user.type(PAGE_UP);
  await until(user, (rows) => blocksIn(rows).length > 0);
  // Its rows came in above what is seen.
  user.type(PAGE_UP);
  const rows = await until(
    user,
    (now) => now.some((row) => row.includes("look at this bird")) && blocksIn(now).length > 0,
  );
  const drawn = blocksIn(rows);
  ok(drawn.length >= 8 && drawn.length <= 14, `${drawn.length} rows`);
  const first = rows.findIndex((row) => row.includes("▀"));
  ok(/✓ bird\.jpg · .* · verified/.test(rows[first - 1]), rows[first - 1]);
  ok(rows[first + drawn.length].includes("640×360"));
  // No text in its rows.
  ok(drawn.every((row) => !/[a-z]/.test(row.slice(row.indexOf("▀")))));

  user.type(PAGE_DOWN + PAGE_DOWN);
  const below = await user.see(/and then line 30/);
  equal(blocksIn(below).length + blocksIn(await user.rows()).length, 0);

  user.type(PAGE_UP);
  await until(user, (rows) => blocksIn(rows).length === drawn.length);
  // Smaller, with the terminal.
  user.resize(60, 20);
  await until(user, (rows) => {
    const { length } = blocksIn(rows);
    return length > 0 && length < drawn.length;
  });
  await user.leave();
});

Deno.test("enter shows a picture on the whole screen, and escape goes back; a panel never lies over one", async () => {
  await using senders = await openSent();
  using _reading = readTerminal();
  await using user = await sitDown(senders, { columns: 90, rows: 30 });
  user.type(PAGE_UP);
  await until(user, (rows) => blocksIn(rows).length > 0);
  await pick(user);
  const { length } = blocksIn(await until(user, (rows) => blocksIn(rows).length > 0));
  user.type("\r");
  await user.see(/bird\.jpg · 640×360 · .*esc back/);
  await until(user, (rows) => blocksIn(rows).length > 20);
  user.type("\x1b");
  await user.see(/✓ bird\.jpg/);
  await until(user, (rows) => blocksIn(rows).length === length);
  user.type("\x1b");
  await user.seeNo(/esc let go/);
  user.type("\x1bOP");
  equal(blocksIn(await user.see(/─ Help ─/)).length, 0);
  user.type("\x1b");
  await user.seeNo(/─ Help ─/);
  const shown = blocksIn(await until(user, (rows) => blocksIn(rows).length > 0)).length;
  // What is above a menu stays.
  user.type("/de\t");
  const beside = await user.see(/▸\/de/);
  equal(blocksIn(beside).length, shown);
  await user.leave();
});

Deno.test("enter on a card of more pictures than are drawn goes through all of them", async () => {
  await using senders = await openSenders();
  const { alice, bob } = senders;
  const names = [1, 2, 3, 4, 5, 6].map((i) => `bird${i}.png`);
  for (const name of names) await senders.write(name, still("still.png"));
  alice.work();
  bob.work();
  await senders.offer(...names);
  await senders.accept();
  await senders.until(async () => (await bob.states())[0] === "done");
  await bob.restart();
  using _reading = readTerminal();
  await using user = await ScreenUser.open(senders.pair.bob, { columns: 90, rows: 50 });
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await until(user, (rows) => rows.some((row) => row.includes("+2 more")));
  const isThere = (words: string) => (rows: readonly string[]) =>
    rows.some((row) => row.includes(words));
  await until(user, (rows) => {
    if (isThere("enter shows all 6")(rows)) return true;
    user.type(CTRL_UP);
    return false;
  });
  user.type("\r");
  await until(user, isThere("bird1.png · 48×32 · 477 B · 1 of 6"));
  for (let i = 2; i <= 6; i++) {
    user.type("\x1b[C");
    await until(user, isThere(`bird${i}.png · 48×32 · 477 B · ${i} of 6`));
  }
  user.type("\x1b[D");
  await until(user, isThere("5 of 6"));
  user.type("\x1b");
  await until(user, isThere("enter all 6 pictures"));
  await user.leave();
});

Deno.test("SR-67: with pictures = false none is decoded until enter asks for it", async () => {
  await using senders = await openSent();
  using _reading = readTerminal();
  const config = "[screen]\npictures = false\n";
  await using user = await sitDown(senders, { columns: 90, rows: 30, config });
  user.type(PAGE_UP);
  const rows = await user.see(/✓ bird\.jpg/);
  equal(blocksIn(rows).length, 0);
  ok(!rows.some((row) => row.includes("640×360")));
  await pick(user);
  equal(blocksIn(await user.rows()).length, 0);
  user.type("\r");
  await until(user, (rows) => blocksIn(rows).length > 20);
  user.type("\x1b");
  await user.see(/✓ bird\.jpg/);
  equal(blocksIn(await user.rows()).length, 0);
  await user.leave();
});

Deno.test("SR-67: a picture goes from the screen when its sender is blocked", async () => {
  await using senders = await openSent();
  using _reading = readTerminal();
  await using user = await sitDown(senders, { columns: 90, rows: 30 });
  user.type(PAGE_UP);
  await until(user, (rows) => blocksIn(rows).length > 0);
  user.type("/block alice\r");
  await user.see(/blocked alice/);
  user.type(PAGE_UP);
  await user.see(/its sender is no contact of/);
  equal(blocksIn(await user.rows()).length, 0);
  await user.leave();
});

Deno.test("kitty shows a picture in its cells, and deletes it when it is scrolled away", async () => {
  await using senders = await openSent();
  using _reading = readTerminal();
  await using user = await sitDown(senders, { columns: 90, rows: 30, answer: answerAsKitty });
  const commands = () => parseKitty(new TextEncoder().encode(user.terminal.written));
  user.type(PAGE_UP);
  await until(user, () => commands().some(({ keys }) => keys.a === "T"));
  const shown = commands().find(({ keys }) => keys.a === "T");
  ok(shown !== undefined);
  equal(commands().some(({ keys }) => keys.a === "d" && keys.i === shown.keys.i), false);
  user.type(PAGE_DOWN + PAGE_DOWN);
  await until(user, () => commands().some(({ keys }) => keys.a === "d" && keys.i === shown.keys.i));
  await user.leave();
});
