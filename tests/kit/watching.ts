/** A person at the full screen with a video beside a conversation. */

import { ScreenUser } from "./screen_user.ts";
import type { TestClient } from "./test_client.ts";

export const WATCH_SIZE = { columns: 80, rows: 30 };

const ALT_DOWN = "\x1b[1;3B";

/** A person with a video beside bob's conversation. */
export async function watch(
  alice: TestClient,
  answer: (written: string) => string,
  env: Readonly<Record<string, string>> = {},
) {
  const user = await ScreenUser.open(alice, { ...WATCH_SIZE, answer, env });
  await user.see(/● online/);
  user.type(ALT_DOWN);
  await user.see(/│.{7}hello alice/);
  const { signal } = new AbortController();
  const video = await user.wait(user.screen.openVideo({ render: "auto", signal }));
  await user.see(/F6 keys/);
  return { user, video };
}
