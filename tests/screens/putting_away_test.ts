import { equal } from "node:assert/strict";
import { HANG_MS } from "../kit/hang.ts";
import { ScreenUser } from "../kit/screen_user.ts";
import { openTalk, type Pair, type TestClient } from "../kit/test_client.ts";

const F9 = "\x1b[20~";
const ESCAPE = "\x1b[27u";
const CTRL_C = "\x03";

async function offer({ world }: Pair, from: TestClient, to: TestClient, name: string) {
  const folder = await world.folder();
  await Deno.writeTextFile(`${folder}/${name}`, "what is in it\n");
  const signal = AbortSignal.timeout(HANG_MS);
  await from.client.transfers.offer(to.account, [`${folder}/${name}`], signal);
  await from.client.flush();
}

Deno.test("U18: escape puts what is asked away until something else is asked, and F9 has all of it", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  await user.wait(offer(talk, bob, alice, "report.txt"));
  await user.see(/bob sends you report\.txt .*F9 answer/);
  user.type(ESCAPE);
  const hidden = await user.seeNo(/F9 answer/);
  equal(hidden.some((row) => /1 request: F9/.test(row)), true, hidden.join("\n"));
  await user.wait(offer(talk, bob, alice, "plan.txt"));
  const news = await user.see(/2 bob sends you plan\.txt .*F9 answer/);
  equal(news.some((row) => row.includes("report.txt")), false, news.join("\n"));
  // What is put away is not answered by a key that is for what is seen.
  user.type("\x1by");
  await user.see(/receiving plan\.txt/);
  const states = (await alice.client.transfers.newest(5))
    .map(({ items, state }) => `${items[0].path} ${state.state}`);
  equal(states.includes("report.txt offered"), true, states.join(", "));
  user.type(F9);
  await user.see(/▸1 {2}bob sends you report\.txt/);
  user.type(ESCAPE);
  await user.leave();
});

Deno.test("U16: ctrl-C leaves only when it is pressed again within two seconds", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice);
  await user.see(/● online/);
  user.type(CTRL_C);
  await user.see(/ctrl-C again quits/);
  await user.seeNo(/ctrl-C again quits/);
  user.type(CTRL_C);
  await user.see(/ctrl-C again quits/);
  user.type(CTRL_C);
  await user.wait(user.left);
});
