/** Runs a Worker's module with a recorder beside it. */

import { record } from "./recorder.ts";

const early: MessageEvent[] = [];
const keep = (event: Event) => {
  event.stopImmediatePropagation();
  early.push(event as MessageEvent);
};
self.addEventListener("message", keep);
await record();
await import(new URL(import.meta.url).searchParams.get("of") ?? "");
self.removeEventListener("message", keep);
for (const { data, ports } of early) {
  self.dispatchEvent(new MessageEvent("message", { data, ports: [...ports] }));
}
