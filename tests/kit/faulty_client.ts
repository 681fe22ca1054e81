/** The client with a fault planted in it, for what happens to the terminal then. `TEST_FAULT` says which. */

import { runClient } from "../../lib/cli/main.ts";
import type { OpenFullScreen } from "../../lib/cli/screen/full_screen.ts";
import { FullScreen } from "../../lib/tui/full_screen.ts";

const fault = Deno.env.get("TEST_FAULT");

/** Pictures painted before the Worker fails. */
const PAINTED_BEFORE = 2;

/** Every line that is entered meets the fault instead. */
const openScreen: OpenFullScreen = async (options) => {
  const screen = await FullScreen.open(options);
  const run = screen.run.bind(screen);
  screen.run = (talk) => {
    if (fault !== "worker") {
      const enter = talk.enter.bind(talk);
      talk.enter = (...typed) => typed[0] === "/emoticons" ? meet() : enter(...typed);
    }
    return run(talk);
  };
  return screen;
};

function meet(): Promise<void> {
  const planted = new TypeError("planted fault");
  if (fault === "face") throw planted;
  if (fault === "rejection") void Promise.reject(planted);
  if (fault === "timer") {
    setTimeout(() => {
      throw planted;
    });
  }
  return Promise.resolve();
}

class FailingWorker extends Worker {
  #painted = 0;

  override postMessage(message: { kind?: string }, transfer?: unknown): void {
    if (message.kind === "paint" && ++this.#painted > PAINTED_BEFORE) {
      const event = new ErrorEvent("error", { message: "a planted fault", cancelable: true });
      setTimeout(() => this.onerror?.(event));
      return;
    }
    super.postMessage(message, transfer as Transferable[]);
  }
}
if (fault === "worker") globalThis.Worker = FailingWorker;

Deno.exit(await runClient(Deno.args, { openScreen }));
