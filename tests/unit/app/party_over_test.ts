import { deepEqual, equal } from "node:assert/strict";
import { PARTY, partyOver } from "../../../lib/app/commands/party.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import type { Voice } from "../../../lib/commands/wording.ts";

const account = "alice" as AccountId;
const at = (positionMs: number) => ({ positionMs, atMs: 0, rate: 1, isPaused: false });
const guest = { account, isHost: false, state: "open", point: at(50_000) } as const;
const whole = { complete: true, durationMs: 60_000 };

Deno.test("whoever watches is told whose doing it was that the video ended, and nothing where it was nobody's", () => {
  const over = { ...guest, state: "over" } as const;
  deepEqual(partyOver(over, { ...whole, complete: false }), { account, how: "ended" });
  const beyond = { ...guest, point: at(360_000_000) };
  deepEqual(partyOver(beyond, whole), { account, how: "beyond" });
  equal(partyOver(guest, whole), undefined, "it came to its end");
  equal(partyOver(beyond, { ...whole, complete: false }), undefined, "who watches left before");
  equal(partyOver({ ...over, isHost: true }, whole), undefined, "a host knows");
});

Deno.test("the end of a watch party is said in the host's name, once", () => {
  const said = (how: "ended" | "beyond", isDialogue: boolean) =>
    PARTY.wording["party-over"].line({ account, how }, { isDialogue } as Voice);
  equal(said("ended", false), "alice ended the watch party");
  deepEqual(said("ended", true), [], "among the messages it stands already");
  equal(said("beyond", false), "alice went to the end of the video");
  equal(said("beyond", true), "alice went to the end of the video");
});
