/** What shells are told and shown in their tests. */

import type { ShownEntry } from "../../../lib/app/events.ts";
import type { ShellFacts } from "../../../lib/app/shells/shell.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import { present, type Report, type Wording } from "../../../lib/commands/wording.ts";
import type { ShellVoice } from "../../../lib/app/shells/shell.ts";

/** Of `yoda`: obiwan is there, gandalf is not. */
export const FACTS: ShellFacts = {
  own: "yoda",
  session: 1,
  active: ["obiwan", "yoda"],
  names: { emoticons: true, nameOf: (peer) => peer, isVerified: () => false },
  isAway: (name) => name === "gandalf",
  room: undefined,
};

/** Something that `from` said to yoda, or a line of the program. */
export function shown(entry: {
  readonly from?: string;
  readonly text: string;
  readonly kind?: "text" | "notice" | "broadcast" | "change";
  readonly id?: string;
  readonly peer?: string;
  readonly own?: boolean;
}): ShownEntry {
  const { from = "obiwan", peer = from, kind = "text", id = "1", own = false } = entry;
  return {
    entry: {
      place: 1,
      id,
      kind,
      // Of a test: the store checks what it reads.
      peer: peer as AccountId,
      from: from as AccountId,
      own,
      text: entry.text,
      sentAtMs: 0,
      atMs: 0,
      number: 1,
    } as ShownEntry["entry"],
    facts: { delivery: undefined, reactions: [], target: undefined },
  };
}

/** A report in a shell's words. */
export function worded<Kinds extends object>(
  voice: ShellVoice,
  wording: Wording<Kinds>,
  report: Report<Kinds>,
): readonly string[] {
  const own = voice.reword(wording, wording);
  return present(report, own, { time: String, command: (row) => row, isDialogue: true }).lines;
}
