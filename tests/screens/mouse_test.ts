import { deepEqual, equal } from "node:assert/strict";
import { USUAL_KEYS } from "../../lib/tui/keys/key_map.ts";
import { MOUSE_ROWS, type MouseAction } from "../../lib/tui/keys/keys.ts";
import type { VideoPane } from "../../lib/tui/video_pane.ts";
import { HANG_MS } from "../kit/hang.ts";
import { answerAsTerminal, ScreenUser } from "../kit/screen_user.ts";
import { openTalk, type Pair } from "../kit/test_client.ts";

const ALT_UP = "\x1b[1;3A";
const ALT_DOWN = "\x1b[1;3B";
const CTRL_UP = "\x1b[1;5A";
const CTRL_END = "\x1b[1;5F";
/** Escape would put away what is asked. */
const CTRL_C = "\x03";
const ESCAPE = "\x1b";
const PAGE_UP = "\x1b[5~";
const PAGE_DOWN = "\x1b[6~";
const F1 = "\x1bOP";
const F2 = "\x1bOQ";
const F6 = "\x1b[17~";
const F9 = "\x1b[20~";

/** What is to be seen, and in which column the mouse goes there (SGR, from 1). */
interface Trial {
  readonly prepare?: (talk: Pair, user: ScreenUser) => Promise<void>;
  /** Where the mouse goes: the first row that fits, or so many below it. */
  readonly at: RegExp;
  readonly below?: number;
  readonly column: number;
  /** SGR button: 0 presses, 64 and 65 are the wheel. */
  readonly button: number;
  readonly keys: string;
  /** So long as nothing was done. */
  readonly before: RegExp;
  /** Undefined: what was there before is gone. */
  readonly after?: RegExp;
  /** Takes it back. */
  readonly undo: string;
}

/** Says where it is after each key, as a player does. */
async function playTenSeconds(pane: VideoPane, signal: AbortSignal): Promise<void> {
  const durationMs = 10_000;
  const facts = { name: "cockatoo", durationMs, bufferedMs: 0, rate: 1, quality: "" };
  for (let positionMs = 0;;) {
    await pane.status("", "", { ...facts, positionMs, state: "paused" });
    const key = await pane.nextKey(signal);
    if (key === undefined) return;
    if (key.kind === "seek") positionMs = key.share * durationMs;
    else if (key.kind === "text") positionMs = Number(key.text) * durationMs / 10;
  }
}

const IN_LIST = 5;
const IN_TALK = 40;

const TRIALS: Readonly<Record<MouseAction, Trial>> = {
  "open": {
    ...{ at: /[●○] bob/, column: IN_LIST, button: 0, keys: ALT_DOWN },
    ...{ before: /│ heliograph/, after: /│.{7}hello alice/, undo: ALT_UP },
  },
  "fold": {
    ...{ at: /▾ People/, column: IN_LIST, button: 0, keys: "\x1bz" },
    ...{ before: /▾ People/, after: /▸ People/, undo: "\x1bz" },
  },
  "neighbour": {
    ...{ at: /[●○] bob/, column: IN_LIST, button: 65, keys: ALT_DOWN },
    ...{ before: /│ heliograph/, after: /│.{7}hello alice/, undo: ALT_UP },
  },
  "scroll": {
    prepare: async (_, user) => {
      // More lines than there are rows.
      for (let i = 1; i <= 20; i++) user.type(`/nosuch${i}\r`);
      await user.see(/No command \/nosuch20/);
    },
    ...{ at: /│/, below: 5, column: IN_TALK, button: 64, keys: PAGE_UP },
    ...{ before: /No command \/nosuch20/, undo: CTRL_END },
  },
  "pick": {
    prepare: async (_, user) => {
      user.type(ALT_DOWN);
      await user.see(/│.{7}hello alice/);
    },
    ...{ at: /hello alice/, column: IN_TALK, button: 0, keys: CTRL_UP },
    ...{ before: /│.{7}hello alice/, after: /r reply/, undo: ESCAPE },
  },
  "answer": {
    prepare: async ({ alice, bob, world }, user) => {
      const file = `${await world.folder()}/report.txt`;
      await Deno.writeTextFile(file, "what is in it\n");
      const signal = AbortSignal.timeout(HANG_MS);
      await bob.client.transfers.offer(alice.account, [file], signal);
      await bob.client.flush();
      await user.see(/bob sends you report\.txt/);
    },
    ...{ at: /bob sends you/, column: IN_TALK, button: 0, keys: F9 },
    ...{ before: /F9 answer/, after: /▸.*bob sends you/, undo: CTRL_C },
  },
  "video-keys": {
    prepare: async (_, user) => {
      user.type(ALT_DOWN);
      await user.see(/│.{7}hello alice/);
      const { signal } = new AbortController();
      await user.wait(user.screen.openVideo({ render: "blocks", signal }));
    },
    ...{ at: /│/, below: 3, column: IN_TALK, button: 0, keys: F6 },
    ...{ before: /F6 keys/, after: /escape back to typing/, undo: F6 },
  },
  "seek": {
    prepare: async (_, user) => {
      user.type(ALT_DOWN);
      await user.see(/│.{7}hello alice/);
      const { signal } = new AbortController();
      const pane = await user.wait(user.screen.openVideo({ render: "blocks", signal }));
      void playTenSeconds(pane, signal);
    },
    ...{ at: /F7 size/, column: IN_TALK + 10, button: 0, keys: `${F6}5${F6}` },
    ...{ before: /cockatoo +0:00/, after: /cockatoo +0:0[1-9]/, undo: `${F6}0${F6}` },
  },
  "choose": {
    prepare: (_, user) => Promise.resolve(user.type(F2)),
    ...{ at: /│[ ▸]bob /, column: IN_TALK, button: 0, keys: "\r" },
    ...{ before: /Go to/, after: /│.{7}hello alice/, undo: ALT_UP + F2 },
  },
  "scroll-panel": {
    prepare: (_, user) => Promise.resolve(user.type(F1)),
    ...{ at: /this help/, column: IN_TALK, button: 65, keys: PAGE_DOWN },
    ...{ before: /f1 +this help/, undo: `${PAGE_UP}${PAGE_UP}` },
  },
};

for (const { action, keys } of MOUSE_ROWS) {
  Deno.test(`mouse: what it does for "${action}" a key does too`, async () => {
    const trial = TRIALS[action];
    await using talk = await openTalk();
    await using user = await ScreenUser.open(talk.alice, { answer: answerAsTerminal });
    await user.see(/● online/);
    await user.see(/[●○] bob/);
    await trial.prepare?.(talk, user);
    const rows = await user.see(trial.before);
    equal(rows.some((row) => trial.after?.test(row) === true), false, rows.join("\n"));
    const place = `${trial.column};${
      rows.findIndex((row) => trial.at.test(row)) + 1 + (trial.below ?? 0)
    }`;
    const mouse = `\x1b[<${trial.button};${place}M` +
      (trial.button === 0 ? `\x1b[<0;${place}m` : "");
    const done = () => trial.after === undefined ? user.seeNo(trial.before) : user.see(trial.after);
    user.type(mouse);
    await done();
    user.type(trial.undo);
    await user.see(trial.before);
    if (trial.after !== undefined) await user.seeNo(trial.after);
    user.type(trial.keys);
    await done();
    // What help says of it is bound, or a panel's own.
    const panels = ["up", "down", "enter", "pageup", "pagedown"];
    for (const key of keys) {
      equal(USUAL_KEYS.boundTo(key) !== undefined || panels.includes(key), true, key);
    }
  });
}

Deno.test("mouse: every action has a row in help", () => {
  const rows = MOUSE_ROWS.map(({ action }) => action);
  deepEqual(rows.toSorted(), Object.keys(TRIALS).toSorted());
});
