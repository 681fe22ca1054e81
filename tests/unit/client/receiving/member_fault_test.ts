/** What people read of a device that contradicts itself. */

import { equal, match } from "node:assert/strict";
import type { AccountId, RoomHandle } from "../../../../lib/base/ids.ts";
import { faultText } from "../../../../lib/client/receiving/sender_check.ts";

const bob = "bob" as AccountId;

Deno.test("SR-28: who contradicts themselves is named: between two nothing goes on, in a room everybody else does", () => {
  equal(
    faultText("chain-broken", { peer: bob, account: bob, own: false }),
    "A device of bob sealed a message that contradicts its earlier ones: do not rely on this conversation. Nothing more is sent",
  );
  equal(
    faultText("false-receipt", { peer: "#256" as RoomHandle, account: bob, own: false }),
    "A device of bob confirmed messages that it cannot have seen: nothing of it is shown until it comes in with fresh keys. " +
      "Everybody else goes on. An owner or moderator can remove bob: room remove 256 bob",
  );
  match(
    faultText("chain-broken", { peer: bob, account: bob, own: true }),
    /^A device of yours sealed .*: nothing of it is shown here until it begins anew\. .*device remove$/,
  );
});
