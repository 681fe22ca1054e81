/** What one node of a server does about what any node says, and what it answers when asked. */

import type { ServerServices } from "./serving/server_services.ts";
import { SessionTransfers } from "./spool/session_transfers.ts";

/** Once, before anybody is accepted. */
export function listenToNodes(
  { bus, mailboxes, sessions, spool, streams }: Pick<
    ServerServices,
    "bus" | "mailboxes" | "sessions" | "spool" | "streams"
  >,
): void {
  bus.subscribe("envelope.stored", ({ envelope, recipients }) => {
    mailboxes.deliver(envelope, recipients);
  });
  bus.subscribe("account.expelled", ({ conversation, account }) => {
    streams.removed(conversation, [account]);
    for (const session of sessions.of(account)) {
      session.attached(SessionTransfers)?.reconsider(account);
    }
  });
  bus.subscribe("upload.removed", ({ upload }) => spool.forget(upload));
  bus.answer("link.requests", ({ account }) => sessions.links.list(account));
  bus.answer(
    "link.answer",
    ({ account, link, answer }) => sessions.links.answer(account, link, answer),
  );
}
