/** `/y` and `/n` are about what was on offer when they were typed, not about what came while they waited for their turn. */

import { deepEqual } from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { newStreamId } from "../../../lib/base/ids.ts";
import { Desk } from "../../../lib/cli/dialogue/desk.ts";
import { typedLine } from "../../../lib/cli/dialogue/lines_in.ts";
import { streamsOf } from "../../../lib/client/streams/client_streams.ts";
import { takeStreamMessage } from "../../../lib/client/streams/take_stream_message.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";

function deskOf({ client }: TestClient): { desk: Desk; said: string[] } {
  const said: string[] = [];
  const none = () => Promise.reject(new Error("nobody asks for this"));
  const desk = new Desk({
    client,
    dialogue: { print: (text) => Promise.resolve(void said.push(text)) },
    stage: { open: undefined, resolve: (path) => path, downloads: "." },
    signal: new AbortController().signal,
    secrets: { keeper: none, greet: none, readFile: none },
    onPartner: () => {},
    onWritten: () => Promise.resolve(),
    onLeave: () => {},
  });
  return { desk, said };
}

async function offer(from: TestClient, { client: { profile } }: TestClient, title: string) {
  const fields = {
    ...{ v: 1, id: "00".repeat(16), number: 1, previous: "", sentAtMs: 0 },
    ...{ stream: newStreamId(systemRandom), source: "file", title } as const,
  };
  const { account } = from;
  const { device } = from.client.profile.own;
  const speaker = { from: account, device, own: false, peer: account };
  const taken = await takeStreamMessage(profile, { kind: "stream.offer", fields }, {
    ...speaker,
    atMs: profile.clock.nowMs(),
  });
  profile.database.transaction(() => taken.write?.());
}

Deno.test("an answer is about what was on offer when it was typed", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  const { desk, said } = deskOf(bob);
  const waiting = async () => {
    return (await streamsOf(bob.client).waiting()).map(({ title }) => title);
  };
  const early = typedLine(desk, "/n");
  await offer(alice, bob, "one.mp4");
  await early();
  deepEqual(await waiting(), ["one.mp4"]);
  deepEqual(said, ["* Nothing waited for an answer when this was typed"]);
  const meant = typedLine(desk, "/n");
  const again = typedLine(desk, "/n");
  await offer(alice, bob, "two.mp4");
  await meant();
  deepEqual(await waiting(), ["two.mp4"]);
  // The same question, answered twice: the next one is not answered by it.
  await again();
  deepEqual(await waiting(), ["two.mp4"]);
  deepEqual(said.slice(1), [
    `* declined "one.mp4" of ${alice.account}`,
    "* Stream s1 waits for no answer",
  ]);
  await desk.close();
});
