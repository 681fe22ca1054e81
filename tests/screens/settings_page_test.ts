import { equal, match, ok } from "node:assert/strict";
import { ScreenUser } from "../kit/screen_user.ts";
import { openTalk } from "../kit/test_client.ts";

const ESCAPE = "\x1b[27u";
const DOWN = "\x1b[B";
const RIGHT = "\x1b[C";
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
  await user.see(/theme is nord from now on/);
  equal(await user.config(), '# mine\n[screen]\ntheme = "nord"\nlist = true\n');
  await user.leave();
});

Deno.test("/set changes one setting at once, and says what may be", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/^ ▪ heliograph/);
  user.type("/set list off\r");
  await user.see(/list is off from now on/);
  await user.seeNo(/^ ▪ heliograph/);
  equal(await user.config(), "[screen]\nlist = false\n");
  user.type("/set notify loud\r");
  await user.see(/notify is one of "bell", "desktop", "both", "off"/);
  user.type("/set volume 11\r");
  await user.see(/there is no setting volume; try theme, list/);
  equal(await user.config(), "[screen]\nlist = false\n");
  await user.leave();
});

Deno.test("/set opens a page that the arrows change; what a key did before stays", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type("\x1bl");
  await user.seeNo(/^ ▪ heliograph/);
  user.type("/set copy\r");
  await user.see(/▸ copy +‹ true ›/);
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
  await user.see(/line 1: this is no TOML/);
  user.type("/theme auto\r");
  await user.see(/> \/theme auto|no TOML/);
  await user.see(/\* config\.toml, line \d: this is no TOML/);
  equal(await user.config(), "[screen\n");
  await user.leave();
});
