import { deepEqual } from "node:assert/strict";
import type { RoomHandle } from "../../../../lib/base/ids.ts";
import { ListChoices } from "../../../../lib/client/store/list_choices.ts";
import { accountId, TestStore } from "../profile_kit.ts";

const BOB = accountId("bob");
const OPS = "#7" as RoomHandle;

Deno.test("choices for the list are kept, each without the others, and can be taken back", async () => {
  await using store = await TestStore.open();
  const choices = new ListChoices(store.database());
  deepEqual(choices.of(BOB), { notify: undefined, isPinned: false });
  choices.setPinned(BOB, true);
  choices.setNotify(BOB, "none");
  choices.setNotify(OPS, "all");
  choices.setPinned(OPS, false);
  choices.setFolded("people", true);
  choices.setFolded("people", true);
  const others = new ListChoices(store.database());
  deepEqual([...others.all()], [
    [OPS, { notify: "all", isPinned: false }],
    [BOB, { notify: "none", isPinned: true }],
  ]);
  deepEqual([...others.folded()], ["people"]);
  others.setNotify(BOB, undefined);
  others.setFolded("people", false);
  others.setFolded("rooms", false);
  deepEqual(choices.of(BOB), { notify: undefined, isPinned: true });
  deepEqual([...choices.folded()], []);
});
