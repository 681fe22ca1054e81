/** Everything of one's own that this profile holds, as lines of JSON: for oneself, and for other programs. */

import type { Client } from "./client.ts";

/** One line of an export. */
export type ExportLine = Readonly<Record<string, unknown>> & { readonly type: string };

/**
 * The account, contacts with the identities that are pinned for them, what waits of strangers, rooms, and everything that was
 * said, in its order. No key is in it. A page of the history is in memory at a time.
 */
export async function* exportLines(
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
