/** What people read of a device that contradicts itself. */

import { equal, match } from "node:assert/strict";
import type { AccountId, RoomHandle } from "../../../../lib/base/ids.ts";
import { faultText } from "../../../../lib/client/receiving/sender_check.ts";

const bob = "bob" as AccountId;

Deno.test("SR-28: who contradicts themselves is named: between two nothing goes on, in a room everybody else does", () => {
  equal(
    faultText("chain-broken", { peer: bob, account: bob, own: false }),
    "A device of bob sent a message that contradicts its earlier ones: do not rely on this conversation. No more messages are sent",
  );
  equal(
    faultText("false-receipt", { peer: "#256" as RoomHandle, account: bob, own: false }),
    "A device of bob confirmed messages that it cannot have seen: its messages are hidden until it rejoins with fresh keys. " +
      "The other members continue. An owner or moderator can remove bob: room remove 256 bob",
  );
  match(
    faultText("chain-broken", { peer: bob, account: bob, own: true }),
    /^A device of yours sent .*: its messages are hidden until it starts again\. .*device remove$/,
  );
});
