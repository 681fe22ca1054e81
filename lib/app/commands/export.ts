/** The command that writes all that is one's own to a file, and its words. */

import { utf8, writeAll } from "../../base/bytes.ts";
import { jsonLine } from "../../base/json_line.ts";
import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import { createFileAtomically } from "../../storage/atomic_file.ts";
import type { ConversationCommands, ConversationRow } from "../person_row.ts";
import type { Client } from "../../client/client.ts";

interface ExportKinds {
  "data-exported": { readonly file: string; readonly lines: number };
  "is-readable": Record<never, never>;
}

const WORDING: Wording<ExportKinds> = {
  "data-exported": { line: ({ file, lines }) => `${lines} lines written to ${file}` },
  "is-readable": {
    isNote: true,
    line: () => "The file is not encrypted: whoever gets it can read everything in it",
  },
};

/** Writes a new file, mode 0600; returns its lines. Throws StorageError `already-exists`. */
export async function exportTo(
  client: Parameters<typeof exportLines>[0],
  path: string,
): Promise<number> {
  return await createFileAtomically(path, async (file) => {
    let lines = 0;
    for await (const line of exportLines(client)) {
      await writeAll(file, utf8(`${jsonLine({ v: 1, ...line })}\n`));
      lines++;
    }
    return lines;
  });
}

const exportRow: ConversationRow<ExportKinds> = {
  name: "export",
  group: "Account",
  summary: "export your contacts and all messages to a file",
  details:
    "Writes one JSON object per line to a new file that only you may open; it never overwrites a file. The file holds no keys, but whoever gets it can read everything. Works offline.",
  arguments: [{ name: "FILE", summary: "a new file", required: true }],
  examples: [{ line: "export mine.jsonl", summary: "one JSON object per line" }],
  exitCodes: [3],
  needs: ["account"],
  p2p: {
    summary: "export all messages with somebody to a file",
    details:
      "Writes one JSON object per line to a new file that only you may open; it never overwrites a file. The file holds no keys, but whoever gets it can read everything.",
    arguments: [
      { name: "NAME", summary: "the person", required: true },
      { name: "FILE", summary: "a new file", required: true },
    ],
    examples: [{ line: "export julia mine.jsonl", summary: "one JSON object per line" }],
  },
  async run({ client, resolve }, values) {
    const file = values.required("FILE");
    const { reports } = result("data-exported", {
      file,
      lines: await exportTo(client, resolve(file)),
    });
    return { reports: [...reports, ...result("is-readable", {}).reports] };
  },
};

/** `export`. */
export const EXPORT: ConversationCommands<ExportKinds> = { rows: [exportRow], wording: WORDING };

/** One line of an export. */
type ExportLine = Readonly<Record<string, unknown>> & { readonly type: string };

/**
 * The account, contacts with the identities that are pinned for them, what waits of strangers, rooms, and everything that was
 * said, in its order. No key is in it. A page of the history is in memory at a time.
 */
async function* exportLines(
  { messenger, rooms }: Pick<Client, "messenger" | "rooms">,
): AsyncGenerator<ExportLine> {
  const { profile: { own, clock }, contacts, history } = messenger;
  yield {
    type: "export",
    account: own.account,
    name: own.name,
    server: own.serverAddress,
    identity: own.identity.key.fingerprint,
    device: own.device,
    at: time(clock.nowMs()),
  };
  for (const { account, name, pinned, trust, changedTo } of await contacts.list()) {
    const standing = contacts.contactStatuses.of(account);
    yield { type: "contact", account, name, identity: pinned, trust, changedTo, standing };
  }
  for (const { room, name, topic, role, members } of await rooms.list()) {
    yield { type: "room", room, name, topic, role, members: Object.fromEntries(members) };
  }
  for await (const page of history.pages()) {
    for (const { kind, place: _place, sentAtMs, atMs, ...said } of page) {
      yield { type: kind, ...said, sent: time(sentAtMs), at: time(atMs) };
    }
  }
}

function time(atMs: number): string {
  return new Date(atMs).toISOString();
}
