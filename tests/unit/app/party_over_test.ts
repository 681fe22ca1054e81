import { deepEqual, equal } from "node:assert/strict";
import { PARTY, partyOver } from "../../../lib/app/commands/party.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import type { Voice } from "../../../lib/commands/wording.ts";

const account = "alice" as AccountId;
const guest = { account, isHost: false, state: "open" } as const;
const over = { ...guest, state: "over" } as const;

Deno.test("whoever watches is told whose doing it was that the video ended, and nothing where it was nobody's", () => {
  deepEqual(partyOver(over, { complete: false }), { account, how: "ended" });
  const beyond = { complete: true, hostWentToEnd: true } as const;
  deepEqual(partyOver(guest, beyond), { account, how: "beyond" });
  deepEqual(partyOver(over, { ...beyond, complete: false }), { account, how: "beyond" });
  equal(partyOver(guest, { complete: true }), undefined, "it came to its end");
  equal(partyOver(over, { complete: true }), undefined, "so did the host's");
  equal(partyOver(guest, { complete: false }), undefined, "who watches left before");
  equal(partyOver({ ...over, isHost: true }, beyond), undefined, "a host knows");
});

Deno.test("the end of a watch party is said in the host's name, once", () => {
  const said = (how: "ended" | "beyond", isDialogue: boolean) =>
    PARTY.wording["party-over"].line({ account, how }, { isDialogue } as Voice);
  equal(said("ended", false), "alice ended the watch party");
  deepEqual(said("ended", true), [], "among the messages it stands already");
  equal(said("beyond", false), "alice went to the end of the video");
  equal(said("beyond", true), "alice went to the end of the video");
});
