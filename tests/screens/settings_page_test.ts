import { equal, match, ok, rejects } from "node:assert/strict";
import { ScreenUser } from "../kit/screen_user.ts";
import { openTalk } from "../kit/test_client.ts";

const ESCAPE = "\x1b[27u";
const DOWN = "\x1b[B";
const ALT_DOWN = "\x1b[1;3B";
const RIGHT = "\x1b[C";
/** A word that means the person, on a terminal that does not say what its ground is. */
const MENTION = "1;38;5;130";
/** Nord's text on its ground, in 256 colours. */
const NORD = "38;5;254;48;5;237";

Deno.test("/theme shows each theme as the person comes to it; escape goes back, enter keeps it in the file", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, {
    config: "# mine\n[screen]\nlist = true\n",
  });
  await user.see(/● online/);
  user.type("/theme\r");
  await user.see(/▸ auto/);
  const before = user.terminal.written.length;
  user.type(`${DOWN}${DOWN}`);
  await user.see(/▸ light/);
  equal(user.terminal.written.slice(before).includes(`[;${NORD}m▸`), false);
  user.type(DOWN);
  await user.see(/▸ nord/);
  match(user.terminal.written.slice(before), new RegExp(`\\[;?${NORD}m`));
  user.type(ESCAPE);
  await user.seeNo(/enter keeps it/);
  equal(await user.config(), "# mine\n[screen]\nlist = true\n");
  user.type(`/theme\r`);
  await user.see(/▸ auto/);
  user.type(`${DOWN}${DOWN}${DOWN}\r`);
  await user.see(/theme is now nord/);
  equal(await user.config(), '# mine\n[screen]\ntheme = "nord"\nlist = true\n');
  await user.leave();
});

Deno.test("/set changes one setting at once, and says what may be", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/^ ▪ heliograph/);
  user.type("/set list off\r");
  await user.see(/list is now off/);
  await user.seeNo(/^ ▪ heliograph/);
  equal(await user.config(), "[screen]\nlist = false\n");
  user.type("/set notify loud\r");
  await user.see(/notify is one of "bell", "desktop", "both", "off"/);
  user.type("/set volume 11\r");
  await user.see(/no setting volume; try theme, list/);
  equal(await user.config(), "[screen]\nlist = false\n");
  await user.leave();
});

Deno.test("/set takes times and words as they are typed, and - for none; what was said is looked at anew", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("/set quiet_hours 22:00-07:00\r");
  await user.see(/quiet_hours is now 22:00-07:00/);
  user.type("/set highlight deploy, on call\r");
  await user.see(/highlight is now deploy, on call/);
  const kept = '[screen]\nhighlight = ["deploy","on call"]\nquiet_hours = "22:00-07:00"\n';
  equal(await user.config(), kept);
  user.type("/set quiet_hours 25:00-07:00\r");
  await user.see(/quiet_hours is two times of the day/);
  // Others write it so.
  user.type("/set highlight=deploy, on hand\r");
  await user.see(/highlight is now deploy, on hand/);
  user.type("/set highlight=deploy, on call\r");
  await user.see(/highlight is now deploy, on call/);
  user.type("/set highlight a,,b\r");
  await user.see(/highlight is at most 50 words/);
  equal(await user.config(), kept);
  user.type("/set\r");
  await user.see(/quiet_hours +22:00-07:00/);
  await user.see(/highlight +deploy, on call/);
  user.type(ESCAPE);
  await user.seeNo(/left and right change it/);
  const before = user.terminal.written.length;
  await user.wait(talk.bob.say(talk.alice, "who is on call"));
  user.type(ALT_DOWN);
  await user.see(/who is on call/);
  match(user.terminal.written.slice(before), new RegExp(`\\[;?${MENTION}mon call`));
  user.type("/set quiet_hours -\r");
  await user.see(/quiet_hours is now -/);
  user.type("/set highlight -\r");
  await user.see(/highlight is now -/);
  equal(await user.config(), '[screen]\nhighlight = []\nquiet_hours = "00:00-00:00"\n');
  await user.leave();
});

Deno.test("/set opens a page that the arrows change; what a key did before stays", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("\x1bl");
  await user.seeNo(/^ ▪ heliograph/);
  user.type("/set copy\r");
  await user.see(/▸ copy +‹ true ›.*copying by OSC 52/);
  user.type(RIGHT);
  await user.see(/▸ copy +‹ false ›/);
  equal(await user.config(), "[screen]\ncopy = false\n");
  ok(!(await user.rows()).some((row) => /^ ▪ heliograph/.test(row)));
  user.type(ESCAPE);
  await user.leave();
});

Deno.test("settings are never written over a file that is no TOML", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { config: "[screen\n" });
  await user.see(/line 1: not valid TOML/);
  user.type("/theme auto\r");
  await user.see(/> \/theme auto|not valid TOML/);
  await user.see(/config\.toml, line \d: not valid TOML/);
  equal(await user.config(), "[screen\n");
  await user.leave();
});

Deno.test("settings are never written over a file that is not UTF-8, of which the screen says so", async () => {
  await using talk = await openTalk();
  const config = Uint8Array.from('[screen]\nhighlight = ["Z\u{f6}e"]\n', (it) => it.charCodeAt(0));
  await using user = await ScreenUser.open(talk.alice, { config });
  await user.see(/config\.toml, line 2: not valid TOML: the/);
  await user.see(/Fix it: heliograph config edit/);
  user.type("/set list off\r");
  await user.see(/Cannot use config\.toml, line 2/);
  await rejects(() => user.config(), /not in UTF-8/);
  await user.leave();
});

Deno.test("/set changes every table of the file: what it takes is checked as a start would", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { config: "# mine\n" });
  await user.see(/● online/);
  user.type("/set video.mode adaptive\r");
  await user.see(/video\.mode is adaptive from the next start on/);
  user.type("/set video.mode best\r");
  await user.see(/mode in \[video\] is one of/);
  user.type("/set aliases.gm /who --all\r");
  await user.see(/aliases\.gm is \/who --all from the next start on/);
  user.type("/set keys.search f99\r");
  await user.see(/search in \[keys\] is a key/);
  equal(
    await user.config(),
    '# mine\n\n[video]\nmode = "adaptive"\n\n[aliases]\ngm = "/who --all"\n',
  );
  // A colour is so at once.
  const before = user.terminal.written.length;
  user.type("/set colours.line 99\r");
  await user.see(/colours\.line is 99 from now on/);
  match(user.terminal.written.slice(before), /38;5;99m/);
  user.type("/set video.mode\r");
  await user.see(/▸ video\.mode +adaptive/);
  user.type("\r");
  await user.see(/> \/set video\.mode adaptive$/);
  await user.leave();
});

Deno.test("what is wrong in the file of settings is said when the screen opens, with line and cure, and all else counts", async () => {
  await using talk = await openTalk();
  const config =
    '[screen]\ntheme = "drak"\nlist = false\n[hooks]\nmessage = "notify"\n[keys]\nfly = 1\n';
  await using user = await ScreenUser.open(talk.alice, { columns: 120, rows: 40, config });
  const rows = await user.see(/Fix it: heliograph config edit; config show lists all 3/);
  const said = rows.join("\n");
  for (
    const words of [
      /config\.toml, line 2: theme is one of "auto", "dark"/,
      /config\.toml, line 5: message in \[hooks\] is a program/,
      /config\.toml, line 7: no action fly in \[keys\]/,
    ]
  ) match(said, words);
  // The list is put away, as the file says.
  ok(!said.includes("PEOPLE"), said);
  await user.leave();
});
