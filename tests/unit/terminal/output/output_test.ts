import { deepEqual, equal, rejects } from "node:assert/strict";
import { FakeClock, settle } from "../../../kit/clock.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { TerminalError } from "../../../../lib/base/errors.ts";
import { QueuedOutput } from "../../../../lib/terminal/output/output.ts";
import type { Reply, ReplySource } from "../../../../lib/terminal/input/reply.ts";
import { FakeTerminal } from "../../../kit/fake_terminal.ts";

class Replies implements ReplySource {
  readonly #listeners = new Set<(reply: Reply) => void>();
  onReply(listener: (reply: Reply) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  status(): void {
    this.#say({ kind: "csi", prefix: "", final: "n", parameters: [0] });
  }
  attributes(): void {
    this.#say({ kind: "csi", prefix: "?", final: "c", parameters: [62, 4] });
  }
  #say(reply: Reply): void {
    for (const listener of this.#listeners) listener(reply);
  }
}

function setUp() {
  const terminal = new FakeTerminal();
  const clock = new FakeClock();
  const replies = new Replies();
  const output = new QueuedOutput(terminal.output, { clock, replies });
  return { terminal, clock, replies, output };
}

Deno.test("output writes whole and in order when the terminal takes three bytes at a time", async () => {
  const { terminal, output } = setUp();
  terminal.shortWrites = 3;
  await Promise.all([output.write(utf8("first picture")), output.write(utf8(", second"))]);
  equal(terminal.written, "first picture, second");
  equal(output.queuedBytes, 0);
});

Deno.test("output writes parts as one: nothing comes between them", async () => {
  const { terminal, output } = setUp();
  terminal.shortWrites = 3;
  const parts = ["hide ", "", "picture", " show"].map(utf8);
  const writing = [output.write(parts), output.write(utf8(", text"))];
  equal(output.queuedBytes, 23);
  await Promise.all(writing);
  equal(terminal.written, "hide picture show, text");
  equal(output.queuedBytes, 0);
});

Deno.test("output counts what is queued", async () => {
  const { terminal, output } = setUp();
  const gate = Promise.withResolvers<void>();
  terminal.stopped = gate.promise;
  const writing = [output.write(utf8("abc")), output.write(utf8("de"))];
  equal(output.queuedBytes, 5);
  gate.resolve();
  await Promise.all(writing);
  equal(output.queuedBytes, 0);
});

Deno.test("output measures the time from the last byte to the terminal's answer", async () => {
  const { terminal, clock, replies, output } = setUp();
  const acknowledged = output.writeAcknowledged(utf8("picture"));
  await clock.advance(7);
  equal(terminal.written, "picture\x1b[5n");
  replies.status();
  equal(await acknowledged, 7);
  equal(clock.pendingTimers, 0);
});

Deno.test("output gives undefined when no answer comes in two seconds", async () => {
  const { clock, output } = setUp();
  const acknowledged = output.writeAcknowledged(utf8("picture"));
  await clock.advance(2_000);
  equal(await acknowledged, undefined);
});

Deno.test("output takes a late answer for the question it belongs to", async () => {
  const { clock, replies, output } = setUp();
  const first = output.writeAcknowledged(utf8("1"));
  await clock.advance(2_000);
  equal(await first, undefined);
  const second = output.writeAcknowledged(utf8("2"));
  await clock.advance(1);
  replies.status();
  await clock.advance(5);
  replies.attributes();
  equal(await second, 6);
});

Deno.test("output gets over a lost answer", async () => {
  const { clock, replies, output } = setUp();
  const first = output.writeAcknowledged(utf8("1"));
  const second = output.writeAcknowledged(utf8("2"));
  const third = output.writeAcknowledged(utf8("3"));
  await clock.advance(3);
  replies.attributes();
  equal(await first, undefined);
  equal(await second, 3);
  replies.status();
  equal(await third, 3);
});

Deno.test("output answers several pictures under way one by one", async () => {
  const { clock, replies, output } = setUp();
  const all = [1, 2, 3].map((n) => output.writeAcknowledged(utf8(`${n}`)));
  await clock.advance(1);
  replies.status();
  await clock.advance(1);
  replies.attributes();
  await clock.advance(1);
  replies.status();
  deepEqual(await Promise.all(all), [1, 2, 3]);
});

Deno.test("output keeps no more than sixteen unanswered questions", async () => {
  const { output } = setUp();
  const first = output.writeAcknowledged(utf8("1"));
  const rest = Array.from({ length: 16 }, () => output.writeAcknowledged(utf8("n")));
  equal(await first, undefined);
  await output.close();
  equal((await Promise.all(rest)).every((answer) => answer === undefined), true);
});

Deno.test("output stops waiting when aborted, but writes the picture whole", async () => {
  const { terminal, output } = setUp();
  const gate = Promise.withResolvers<void>();
  terminal.stopped = gate.promise;
  terminal.shortWrites = 2;
  const stop = new AbortController();
  const acknowledged = output.writeAcknowledged(utf8("picture"), { signal: stop.signal });
  stop.abort(new Error("gone"));
  await rejects(acknowledged, /gone/);
  gate.resolve();
  await output.close();
  equal(terminal.written, "picture\x1b[5n");
});

Deno.test("output without a source of replies asks nothing", async () => {
  const terminal = new FakeTerminal();
  const output = new QueuedOutput(terminal.output, { clock: new FakeClock() });
  equal(await output.writeAcknowledged(utf8("picture")), undefined);
  equal(terminal.written, "picture");
});

Deno.test("output writes what is queued before it closes, then refuses", async () => {
  const { terminal, output } = setUp();
  const writing = output.write(utf8("last words"));
  equal(await output.close(), true);
  await writing;
  equal(terminal.written, "last words");
  await rejects(
    output.write(utf8("x")),
    (error) => error instanceof TerminalError && error.code === "output-closed",
  );
});

Deno.test("output gives up after a second when the terminal was stopped", async () => {
  const { terminal, clock, output } = setUp();
  terminal.stopped = new Promise(() => {});
  output.write(utf8("x")).catch(() => {});
  const closing = output.close();
  await clock.advance(1_000);
  equal(await closing, false);
});

Deno.test("output rejects everything with TerminalError once the terminal is gone", async () => {
  const { terminal, output } = setUp();
  terminal.stopped = Promise.reject(new Error("EIO"));
  const isLost = (error: unknown) => error instanceof TerminalError && error.code === "output-lost";
  await Promise.all([
    rejects(output.write(utf8("a")), isLost),
    rejects(output.write(utf8("b")), isLost),
  ]);
  await settle();
  await rejects(output.write(utf8("c")), isLost);
});

Deno.test("output treats a terminal that takes no bytes as gone", async () => {
  const { terminal, output } = setUp();
  terminal.shortWrites = 0;
  await rejects(output.write(utf8("a")), TerminalError);
});
