import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { Refusal } from "../../../lib/base/errors.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { type HookSettings, parseHooks } from "../../../lib/cli/dialogue/hook_settings.ts";
import { Hooks, type HooksOptions } from "../../../lib/cli/dialogue/told_hooks.ts";
import { FakeClock, settle } from "../../kit/clock.ts";
import { accountId } from "../client/profile_kit.ts";

const BOB = accountId("bob");
Deno.test("hooks are read, and what is wrong with them is named", () => {
  const read = (lines: string) => parseHooks(`[hooks]\n${lines}\n`, "/home/al");
  equal(parseHooks("", undefined), undefined);
  equal(read("answer = true"), undefined);
  deepEqual(read('message = "~/bin/tell"\ntimeout_seconds = 1'), {
    programs: { message: ["/home/al/bin/tell"] },
    answer: false,
    timeoutMs: 1_000,
  });
  deepEqual(read('request = ["/bin/sh", "-c", "x"]\ntimeout_seconds = 60')?.programs, {
    request: ["/bin/sh", "-c", "x"],
  });
  const wrong = (lines: string, expected: RegExp) =>
    throws(() => read(lines), { code: "bad-config", message: expected });
  wrong('message = "tell"', /message in \[hooks\] is a program like/);
  wrong("message = []", /is a program like/);
  wrong("message = [7]", /is a program like/);
  wrong(`message = ["/a"${', "b"'.repeat(20)}]`, /is a program like/);
  ok(read(`message = ["/a"${', "b"'.repeat(19)}]`));
  wrong("timeout_seconds = 61", /a number from 1 to 60/);
  wrong("timeout_seconds = 0", /a number from 1 to 60/);
  wrong('answer = "yes"', /answer in \[hooks\] is true or false/);
  wrong('said = "/a"', /no setting said in \[hooks\]/);
});

const SETTINGS: HookSettings = {
  programs: { message: ["/bin/tell"] },
  answer: true,
  timeoutMs: 10_000,
};

/** Hooks whose programs are played by `run`. */
async function withHooks(
  options: Partial<HooksOptions>,
  use: (
    hooks: Hooks,
    seen: { readonly said: string[]; readonly answered: string[] },
  ) => Promise<void>,
) {
  const seen = { said: [] as string[], answered: [] as string[] };
  const hooks = new Hooks({
    settings: SETTINGS,
    clock: systemClock,
    run: () => Promise.resolve({ kind: "done", output: "" }),
    answer: (to, text) => Promise.resolve(void seen.answered.push(`${to}: ${text}`)),
    tell: (line) => Promise.resolve(void seen.said.push(line)),
    ...options,
  });
  const stop = new AbortController();
  const running = hooks.run(stop.signal).catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  await use(hooks, seen);
  stop.abort();
  await running;
}

const message = (text: string) =>
  ({ event: "message", object: { type: "message", text }, from: BOB }) as const;

Deno.test("what a hook writes is sent where the message came from, if the person wants that", async () => {
  const inputs: string[] = [];
  const run: HooksOptions["run"] = (_, input) => {
    inputs.push(input);
    return Promise.resolve({ kind: "done", output: " pong\n" });
  };
  await withHooks({ run }, async (hooks, { answered }) => {
    hooks.push(message("ping"));
    hooks.push({ ...message("to all"), from: undefined });
    hooks.push({ event: "request", object: {}, from: undefined });
    await settle();
    deepEqual(answered, ["bob: pong"]);
    deepEqual(inputs, [
      '{"v":1,"type":"message","text":"ping"}\n',
      '{"v":1,"type":"message","text":"to all"}\n',
    ]);
  });
  await withHooks(
    { run, settings: { ...SETTINGS, answer: false } },
    async (hooks, { answered }) => {
      hooks.push(message("ping"));
      await settle();
      deepEqual(answered, []);
    },
  );
});

Deno.test("two hooks that answer each other come to an end", async () => {
  const clock = new FakeClock();
  const run: HooksOptions["run"] = () => Promise.resolve({ kind: "done", output: "pong" });
  await withHooks({ run, clock }, async (hooks, { answered, said }) => {
    for (let i = 0; i < 12; i++) hooks.push(message("ping"));
    await settle();
    equal(answered.length, 10);
    deepEqual(said, [
      "* hook /bin/tell: it answered 10 times in a minute: no more answers for now",
    ]);
    await clock.advance(60_000);
    hooks.push(message("ping"));
    await settle();
    equal(answered.length, 11);
  });
});

Deno.test("a hook that hangs is ended when its time is over, and the next event is told", async () => {
  const clock = new FakeClock();
  let calls = 0;
  const run: HooksOptions["run"] = (_words, _input, signal) => {
    if (++calls > 1) return Promise.resolve({ kind: "done", output: "here" });
    return new Promise((resolve) =>
      signal.addEventListener("abort", () => resolve({ kind: "ended", reason: "time" }))
    );
  };
  await withHooks({ run, clock }, async (hooks, { answered, said }) => {
    hooks.push(message("one"));
    hooks.push(message("two"));
    await clock.advance(9_000);
    deepEqual([calls, said], [1, []]);
    await clock.advance(1_000);
    await settle();
    deepEqual(said, ["* hook /bin/tell: stopped, because it took longer than 10 s"]);
    deepEqual(answered, ["bob: here"]);
  });
});

Deno.test("what is wrong with a hook is said once, and ends no other event", async () => {
  const refusal = new Refusal("identity-changed", "their safety number changed");
  await withHooks({
    run: () => Promise.resolve({ kind: "done", output: "x" }),
    answer: () => Promise.reject(refusal),
  }, async (hooks, { said }) => {
    for (let i = 0; i < 3; i++) hooks.push(message("ping"));
    await settle();
    equal(said.length, 1);
    match(said[0], /its answer was not sent: .*safety number changed/);
  });
});

Deno.test("a hundred events wait for a program, and no more", async () => {
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const run: HooksOptions["run"] = async () => {
    calls++;
    await promise;
    return { kind: "done", output: "" };
  };
  await withHooks({ run }, async (hooks) => {
    hooks.push(message("first"));
    await settle();
    for (let i = 0; i < 150; i++) hooks.push(message("more"));
    resolve();
    await settle();
    for (let i = 0; i < 20 && calls < 101; i++) await settle();
    equal(calls, 101);
  });
});
