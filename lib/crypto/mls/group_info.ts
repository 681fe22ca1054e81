/** The GroupInfo of a group as it is (RFC 9420 §12.4.3): what others join by. */

import { createGroupInfoWithExternalPubAndRatchetTree } from "ts-mls";
import type { Bytes } from "../../base/bytes.ts";
import type { GroupState } from "./group_state.ts";
import { encodeMessage } from "./messages.ts";
import { suiteOf } from "./suite.ts";

/** Of a new group, before its first commit; commits and joins bring their own. */
export async function describeGroup(state: GroupState): Promise<Bytes> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(
    state.use(),
    [],
    await suiteOf(state.suite),
  );
  return encodeMessage({ wireformat: "mls_group_info", groupInfo });
}
