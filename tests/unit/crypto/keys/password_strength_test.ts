import { deepEqual, equal, ok } from "node:assert/strict";
import {
  type PasswordStrength,
  StrengthMeter,
  type StrengthRequest,
} from "../../../../lib/crypto/keys/password_strength.ts";

/** A Worker that answers when it is told to. */
class SlowWorker {
  onmessage: ((event: { data: PasswordStrength }) => void) | null = null;
  onerror: ((event: { preventDefault(): void }) => void) | null = null;
  readonly asked: StrengthRequest[] = [];
  isEnded = false;

  postMessage(request: StrengthRequest): void {
    this.asked.push(request);
  }

  terminate(): void {
    this.isEnded = true;
  }

  answer(score: 0 | 4): void {
    this.onmessage?.({ data: { score, weakness: undefined } });
  }
}

function openMeter() {
  const worker = new SlowWorker();
  const meter = new StrengthMeter(["alice"], () => worker as unknown as Worker);
  return { worker, meter };
}

Deno.test("strength meter finds common passwords, own names and words, in its real Worker", async () => {
  using meter = new StrengthMeter(["leia", "alderaan"]);
  const rate = async (password: string) => await meter.rate(password);
  deepEqual(await rate("password"), { score: 0, weakness: "topTen" });
  equal((await rate("leia1977"))?.weakness, "userInputs");
  equal((await rate("alderaan"))?.score, 0);
  equal((await rate("correct horse battery staple"))?.score, 4);
  // Longer than what is judged: it ends soon, and says what its beginning is.
  equal((await rate("aB3$".repeat(1_000)))?.weakness, "extendedRepeat");
});

Deno.test("strength meter asks about one password at a time, and about the newest next", async () => {
  const { worker, meter } = openMeter();
  const [first, second, third] = ["a", "ab", "abc"].map((password) => meter.rate(password));
  deepEqual(worker.asked.map(({ password }) => password), ["a"]);
  equal(await second, undefined);
  worker.answer(0);
  equal((await first)?.score, 0);
  worker.answer(4);
  equal((await third)?.score, 4);
  deepEqual(worker.asked.map(({ password }) => password), ["a", "abc"]);
  deepEqual(worker.asked[0].about, ["alice"]);
  meter[Symbol.dispose]();
});

Deno.test("strength meter answers what is under way when it is closed, and ends its Worker", async () => {
  const { worker, meter } = openMeter();
  const pending = [meter.rate("a"), meter.rate("ab")];
  meter[Symbol.dispose]();
  meter[Symbol.dispose]();
  deepEqual(await Promise.all(pending), [undefined, undefined]);
  equal(await meter.rate("abc"), undefined);
  ok(worker.isEnded);
});

Deno.test("strength meter whose Worker fails says nothing any more, and ends nothing else", async () => {
  const { worker, meter } = openMeter();
  const pending = meter.rate("a");
  let isPrevented = false;
  worker.onerror?.({ preventDefault: () => isPrevented = true });
  equal(await pending, undefined);
  ok(isPrevented);
});
