/** Options of whatever shows a part of what was said. */

import { UsageError } from "../../base/errors.ts";
import type { Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { PageRequest } from "../../client/talk/pages.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { parseMessageRef } from "../../commands/message_ref.ts";
import { readWhen } from "../when.ts";

/** More are not shown at once: a list of them is no list any more. */
const MAX_LIMIT = 100_000;

/** Which part of a conversation. */
export const PAGING_OPTIONS: readonly OptionSpec[] = [
  { flag: "--limit", valueName: "N", summary: "at most this many, the last ones" },
  {
    flag: "--before",
    valueName: "MESSAGE",
    summary: "only messages before this one: its number or id, or a time as 2h, 14:30",
  },
];

/** Whether to show by what a message is named. */
export const IDS_OPTION: OptionSpec = {
  flag: "--ids",
  summary: "start each line with the message's number and id",
};

/** What they say. */
export type Paging = Pick<PageRequest, "limit" | "before" | "sinceMs">;

/** Reads them. `peer` is the conversation in which a message is named. Throws UsageError, Refusal. */
export async function readPaging(
  client: Pick<Client, "talk" | "clock">,
  values: CommandValues,
  peer: Peer | undefined,
): Promise<Paging> {
  return { limit: readLimit(values), before: await readBefore(client, values, peer) };
}

function readLimit(values: CommandValues): number | undefined {
  const text = values.maybe("--limit");
  if (text === undefined) return undefined;
  const limit = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new UsageError("bad-limit", `--limit is a number from 1 to 100,000, not ${text}`);
}

async function readBefore(
  client: Pick<Client, "talk" | "clock">,
  values: CommandValues,
  peer: Peer | undefined,
): Promise<PageRequest["before"]> {
  const text = values.maybe("--before");
  if (text === undefined) return undefined;
  const ref = parseMessageRef(text);
  if (ref === undefined) return { ms: readWhen(text, client.clock) };
  if (peer === undefined) {
    throw new UsageError(
      "no-conversation",
      "Name the conversation of the message, or give a time. Example: inbox bob --before 12",
    );
  }
  return { place: (await client.talk.find(peer, ref)).place };
}
