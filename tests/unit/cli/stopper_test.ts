import { deepEqual, equal, throws } from "node:assert/strict";
import { Stopper } from "../../../lib/cli/stopper.ts";
import { EXIT } from "../../../lib/commands/exit_code.ts";
import { FakeClock } from "../../kit/clock.ts";

/** Signals as they would come; an end of the process is thrown. */
class Signals implements Disposable {
  readonly clock = new FakeClock();
  readonly stopper: Stopper;
  readonly ends: (number | undefined)[] = [];
  readonly #handlers = new Map<string, () => void>();
  readonly #real = { listen: Deno.addSignalListener, exit: Deno.exit };

  constructor() {
    Deno.addSignalListener = (name, handler) => void this.#handlers.set(name, handler);
    Deno.exit = (code) => {
      this.ends.push(code);
      throw new Error("ended");
    };
    this.stopper = new Stopper(this.clock);
  }

  send(name: Deno.Signal): void {
    this.#handlers.get(name)?.();
  }

  [Symbol.dispose](): void {
    Deno.addSignalListener = this.#real.listen;
    Deno.exit = this.#real.exit;
    const remove = Deno.removeSignalListener;
    Deno.removeSignalListener = () => {};
    this.stopper[Symbol.dispose]();
    Deno.removeSignalListener = remove;
  }
}

Deno.test("a hang-up that the terminal and the parent both tell of ends the program in order", async () => {
  using signals = new Signals();
  signals.send("SIGHUP");
  await signals.clock.advance(20);
  signals.send("SIGHUP");
  deepEqual([signals.stopper.signal.aborted, signals.stopper.exit], [true, EXIT.hungUp]);
  equal(signals.ends.length, 0);
});

Deno.test("a second signal that is meant ends the program at once, and so does another one", async () => {
  using signals = new Signals();
  signals.send("SIGTERM");
  await signals.clock.advance(251);
  throws(() => signals.send("SIGTERM"), /ended/);
  throws(() => signals.send("SIGINT"), /ended/);
  deepEqual(signals.ends, [EXIT.terminated, EXIT.terminated]);
});

Deno.test("a ctrl-C that comes twice is asked about once", async () => {
  using signals = new Signals();
  let asked = 0;
  signals.stopper.interceptInterrupt(() => asked++);
  signals.send("SIGINT");
  signals.send("SIGINT");
  equal(asked, 1);
  await signals.clock.advance(251);
  signals.send("SIGINT");
  deepEqual([asked, signals.stopper.signal.aborted], [2, false]);
});
