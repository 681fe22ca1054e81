/** A direct connection beside a stream's way over the server, the same at both of its ends. */

import type { Scope } from "../../base/scope.ts";
import { DirectMeetings, type DirectMeetingsOptions } from "./direct_meetings.ts";
import type { LastingOptions } from "./live_media.ts";

/** From now on, until `scope` is closed; nothing where the other end can be met in no other way than over the server. */
export function meetDirectly(
  scope: Scope,
  { host, peer, mode, stream, onNoMeeting }: LastingOptions,
  end: Pick<DirectMeetingsOptions, "proposes" | "use">,
): void {
  const { beside } = host;
  if (peer === undefined || beside === undefined) return;
  const meetings = new DirectMeetings({
    ...{ host, beside, mode, stream: { id: stream, peer } },
    ...end,
    failed: async (why) => await onNoMeeting?.(why),
  });
  scope.run("direct", (signal) => meetings.run(signal));
}
