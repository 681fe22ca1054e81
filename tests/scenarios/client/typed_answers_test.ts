/** `/y` and `/n` are about what was on offer when they were typed, not about what came while they waited for their turn. */

import { deepEqual } from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { AppClient } from "../../../lib/app/conversations/app_client.ts";
import { Channel } from "../../../lib/base/channel.ts";
import { TransportError } from "../../../lib/base/errors.ts";
import { newStreamId, type Peer, roomHandle } from "../../../lib/base/ids.ts";
import { Dialogue } from "../../../lib/cli/dialogue/dialogue.ts";
import { LineLoop } from "../../../lib/cli/dialogue/line_loop.ts";
import { ruledLine, typedLine } from "../../../lib/cli/dialogue/lines_in.ts";
import { keepForLater, type ReceivedChange } from "../../../lib/client/receiving/admission.ts";
import type { PlacedEntry } from "../../../lib/client/store/history.ts";
import { note } from "../../../lib/client/store/messenger.ts";
import { streamsOf } from "../../../lib/client/client_streams.ts";
import type { EntryFacts } from "../../../lib/client/talk/facts.ts";
import { takeStreamMessage } from "../../../lib/client/streams/take_stream_message.ts";
import { STREAM_OFFER_MS } from "../../../lib/protocol/limits.ts";
import { safeText } from "../../../lib/base/safe_text.ts";
import { appOf } from "../../kit/app_clients.ts";
import { openPair, openTalk, type Pair, type TestClient } from "../../kit/test_client.ts";
import { found, settle, town } from "../../kit/town.ts";

function deskOf(
  { client }: TestClient,
  { app = appOf(client), onWrite = () => {} }: { app?: AppClient; onWrite?: () => void } = {},
): { desk: Dialogue; said: string[] } {
  const said: string[] = [];
  const none = () => Promise.reject(new Error("nobody asks for this"));
  const desk = new Dialogue({
    app,
    dialogue: {
      async print(text) {
        said.push(text);
        await Promise.resolve();
        onWrite();
      },
    },
    stage: { open: undefined, resolve: (path) => path, downloads: "." },
    isAttended: true,
    secrets: { keeper: none, greet: none, readFile: none },
    onPartner: () => {},
  });
  return { desk, said };
}

/** A line of the program, as an app client tells it. */
function shows(desk: Dialogue, code: string, peer: Peer): void {
  const entry = { kind: "notice", id: code, peer } as PlacedEntry;
  const told = { target: undefined, wasShown: false } as const;
  desk.requests.show({ type: "entry", entry, facts: {} as EntryFacts, ...told });
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
  const shown = async (title: string) => {
    await offer(alice, bob, title);
    shows(desk, "stream-offer", alice.account);
  };
  const early = typedLine(desk, "/n");
  await offer(alice, bob, "one.mp4");
  await early();
  deepEqual(await waiting(), ["one.mp4"]);
  deepEqual(said, ["* There was nothing to answer when you typed this"]);
  // What came in and was not shown yet is no question.
  await typedLine(desk, "/n")();
  deepEqual(await waiting(), ["one.mp4"]);
  shows(desk, "stream-offer", alice.account);
  const meant = typedLine(desk, "/n");
  const again = typedLine(desk, "/n");
  await shown("two.mp4");
  await meant();
  deepEqual(await waiting(), ["two.mp4"]);
  // The same question, answered twice: the next one is not answered by it.
  await again();
  deepEqual(await waiting(), ["two.mp4"]);
  deepEqual(said.slice(2), [
    `* declined "one.mp4" from ${alice.account}`,
    "* Stream s1 is not waiting for an answer. /transfers and /requests list the open ones",
  ]);
  // Begun before anything was shown, and entered after.
  await typedLine(desk, "/n", { offered: undefined })();
  deepEqual(await waiting(), ["two.mp4"]);
  deepEqual(said.slice(4), ["* There was nothing to answer when you typed this"]);
  await desk.close();
});

Deno.test("a question can be answered as soon as its line is out, before the write is over", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  const offline = () => Promise.reject(new TransportError("refused", "nobody is there"));
  const app = new AppClient({ client: bob.client, connect: offline }, new AbortController().signal);
  let answer: (() => Promise<void>) | undefined;
  const { desk } = deskOf(bob, { app, onWrite: () => answer ??= typedLine(desk, "/n") });
  const ready = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const running = app.run({
    async take(event) {
      if (event.type === "ready") ready.resolve();
      if (event.type !== "entry" || event.entry.id !== "stream-offer") return;
      await desk.show(event);
      told.resolve();
    },
    close: () => Promise.resolve(),
  });
  await ready.promise;
  await offer(alice, bob, "one.mp4");
  const [{ conversation }] = await bob.client.messenger.history.latest({ limit: 1 });
  const line = { peer: alice.account, conversation, code: "stream-offer", text: "look" };
  await note(bob.client.messenger, line);
  await told.promise;
  await answer?.();
  deepEqual(await streamsOf(bob.client).waiting(), []);
  await desk.close();
  app.leave();
  await running;
});

Deno.test("row S0.32: the newest request of any kind is answered, a stranger's too, after saying who it is", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  bob.messenger.contacts.contactStatuses.policy = "contacts";
  const { desk, said } = deskOf(bob);
  await alice.client.write(bob.account, "hello");
  await alice.client.flush();
  await bob.client.sync();
  const request = { type: "request", account: alice.account, kind: undefined } as const;
  desk.requests.show(request);
  await desk.tell(request);
  deepEqual(said.splice(0), [
    "* alice (new) wants to chat: /y accepts, /n declines, /requests shows it, /block alice; /requests --from all lets anybody write to you",
  ]);
  // A room that bob was asked into afterwards is the newer question.
  shows(desk, "invited", roomHandle(983));
  deepEqual(desk.requests.newest(), "#983");
  desk.requests.answered("#983");
  await typedLine(desk, "/y")();
  deepEqual(said.splice(0), [
    "* accepting alice (new)",
    "* alice is now a contact; received 1 message",
  ]);
  deepEqual(await bob.received(), ["hello"]);
  await typedLine(desk, "/y")();
  await typedLine(desk, "/n @alice")();
  deepEqual(said, [
    "* There was nothing to answer when you typed this",
    "* alice is not waiting for an answer",
  ]);
  await desk.close();
});

Deno.test("row S0.32: a stranger's stream is an offer like any other once they are accepted, while its time lasts", async () => {
  for (const isLate of [false, true]) {
    await using pair = await openPair();
    const { world, alice, bob } = pair;
    bob.messenger.contacts.contactStatuses.policy = "contacts";
    await alice.client.write(bob.account, "look");
    await alice.client.flush();
    await bob.client.sync();
    const { conversation } = bob.messenger.conversations.openWith(alice.account)!;
    const fields = {
      ...{ v: 1, id: "00".repeat(16), number: 2, previous: "", sentAtMs: 0 },
      ...{ stream: newStreamId(systemRandom), source: "file", title: "one.mp4" } as const,
    };
    const sender = { accountId: alice.account, deviceId: alice.client.profile.own.device };
    const kept = await keepForLater(bob.messenger, {
      ...{ conversation, peer: alice.account, epoch: 1, atMs: world.clock.nowMs() },
      message: { kind: "stream.offer", fields },
      sender: sender as unknown as ReceivedChange["sender"],
    });
    bob.client.profile.database.transaction(() => kept?.write());
    if (isLate) await world.clock.advance(STREAM_OFFER_MS + 1);
    const { desk } = deskOf(bob);
    await typedLine(desk, "/y")();
    const waiting = (await streamsOf(bob.client).waiting()).map(({ title }) => title);
    deepEqual(waiting, isLate ? [] : ["one.mp4"]);
    deepEqual((await bob.notices()).slice(-1), [isLate ? "stream-missed" : "stream-offer"]);
    await desk.close();
  }
});

/** Bob, who talks with alice and is asked whether a text is for her. */
async function doubtful({ alice, bob }: Pair) {
  const { desk, said } = deskOf(bob);
  desk.people.meet(await bob.client.findContact("alice"));
  desk.talkTo({ peer: alice.account, name: "alice" });
  await typedLine(desk, "zz:my secret for zz")();
  return { desk, said };
}

/** What bob has said, but for the greeting. */
async function sentBy(bob: TestClient): Promise<readonly string[]> {
  return (await bob.entries()).filter(({ own, kind }) => own && kind !== "notice")
    .map(({ text }) => text).filter((text) => !text.startsWith("hello"));
}

Deno.test("rows S0.21, S0.32: a request that is newer than a doubted text is what y and n are about", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  for (const answer of ["/y", "/n"]) {
    const { desk, said } = await doubtful(pair);
    const early = typedLine(desk, "/y");
    await offer(alice, bob, "one.mp4");
    shows(desk, "stream-offer", alice.account);
    deepEqual(desk.requests.newest()?.startsWith("s"), true);
    await typedLine(desk, answer)();
    deepEqual(await sentBy(bob), [], answer);
    // Where it was begun before the newer one was shown, it is for the text.
    if (answer === "/n") {
      await early();
      deepEqual(await sentBy(bob), ["zz:my secret for zz"]);
    }
    deepEqual(said[0].endsWith("Send it to alice as text? /y or /n"), true);
    await desk.close();
  }
});

Deno.test("row S0.21: an answer to something that is named drops the question about a text, and so does any other line", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  await offer(alice, bob, "one.mp4");
  for (const line of ["/y --to pictures", "/y --p2p never"]) {
    const { desk, said } = await doubtful(pair);
    await typedLine(desk, line)();
    deepEqual(said.slice(1).map((words) => words.split("\n")[0]), [
      "* What was asked last is a text: /y alone sends it",
    ]);
    deepEqual(await sentBy(bob), [], line);
    await desk.close();
  }
  for (const line of ["/n 7", "/y 7", "/n s1", "/whoami", "/y two words", ""]) {
    const { desk, said } = await doubtful(pair);
    await typedLine(desk, line)();
    await typedLine(desk, "/y")();
    deepEqual(await sentBy(bob), [], line);
    deepEqual(said.some((words) => words.startsWith("* nothing was sent")), false);
    await desk.close();
  }
});

Deno.test("row S0.21: a line of a rule leaves the question about a text as it is", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  const { desk } = await doubtful(pair);
  await offer(alice, bob, "one.mp4");
  shows(desk, "stream-offer", alice.account);
  await ruledLine(desk, "/n s1")();
  await ruledLine(desk, "/room decline 983")();
  await typedLine(desk, "/y")();
  deepEqual(await sentBy(bob), ["zz:my secret for zz"]);
  await desk.close();
});

Deno.test("row S0.32: an invitation that is gone is answered once, and older requests are the newest again", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  bob.client.rooms.invited.asksFirst = true;
  const room = await found(alice, [bob], { name: "ops" });
  await settle(...clients);
  // Numbers of rooms are drawn.
  const gone = room === "#983" ? 984 : 983;
  const { desk, said } = deskOf(bob);
  const invite = (peer: Peer) => shows(desk, "invited", peer);
  for (const line of ["/y", "/n", `/room join ${gone}`, `/room decline #${gone}`]) {
    invite(room);
    invite(roomHandle(gone));
    await typedLine(desk, line)();
    deepEqual(said.at(-1), `* Room ${gone} does not exist.`);
    deepEqual(desk.requests.newest(), room, line);
  }
  // Accepted, and left: that is no new invitation.
  await typedLine(desk, "/y")();
  deepEqual(desk.requests.newest(), undefined);
  await typedLine(desk, `/room leave ${room}`)();
  deepEqual(said.at(-1)?.startsWith("* You left"), true, said.join("\n"));
  deepEqual(desk.requests.newest(), undefined);
  await desk.close();
});

Deno.test("row S0.21: a room that a rule comes into is not where the person's next line goes", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  bob.client.rooms.invited.asksFirst = true;
  const room = await found(alice, [bob], { name: "ops" });
  await settle(...clients);
  const { desk, said } = deskOf(bob);
  desk.talkTo({ peer: alice.account, name: "alice" });
  await ruledLine(desk, `/room join ${room}`)();
  deepEqual(said, ["* You are now in #ops"]);
  deepEqual(desk.partner?.peer, alice.account);
  await desk.close();
});

Deno.test("an answer is about what was shown when its line was begun, where the keys are seen", async () => {
  const lines = new Channel<{ text: string; begins: boolean }>();
  let newest = "1";
  const run: string[] = [];
  const left = new AbortController();
  const loop = new LineLoop({
    dialogue: {
      print: () => Promise.resolve(),
      async readLine({ onBegin, signal } = {}) {
        const line = await lines.next({ signal });
        if (line === undefined) return { kind: "ended" };
        if (line.begins) onBegin?.();
        newest = "2";
        return { kind: "line", text: line.text };
      },
    },
    prompt: () => safeText(""),
    offered: () => newest,
    typed: (line, offered) => () => Promise.resolve(void run.push(`${line} ${offered}`)),
    ruled: () => () => Promise.resolve(),
    takesTerminal: () => false,
    onInterrupt: () => Promise.resolve(),
    onLeave: () => left.abort(),
  });
  const running = loop.run(left.signal).catch(() => {});
  const reading = loop.read(left.signal).catch(() => {});
  lines.push({ text: "/y", begins: true });
  lines.push({ text: "/n", begins: false });
  lines.close();
  await Promise.all([running, reading]);
  deepEqual(run, ["/y 1", "/n 2"]);
});

Deno.test("what a person switches off stays off in the next dialogue", async () => {
  await using pair = await openPair();
  const first = deskOf(pair.bob);
  deepEqual([first.desk.settings.emoticons, first.desk.settings.receipts], [true, false]);
  await typedLine(first.desk, "/emoticons off")();
  await typedLine(first.desk, "/receipts on")();
  await first.desk.close();
  const { desk } = deskOf(pair.bob);
  deepEqual([desk.settings.emoticons, desk.settings.receipts], [false, true]);
  await desk.close();
});
