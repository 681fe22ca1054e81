/** What happens to a client, told to faces as it happens. */

import type { Bytes } from "../../base/bytes.ts";
import type { Refusal } from "../../base/errors.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";
import type { MessagingEvent } from "../store/messenger.ts";

/** What a client tells its face. */
export type ClientEvent =
  | MessagingEvent
  /** There is a connection, on which everything is up to date but the mailbox. */
  | { readonly type: "connected" }
  /** Who came, left, or is new on the server. Names are the server's word. */
  | { readonly type: "roster"; readonly changes: PushFields<"roster.change">["changes"] }
  /** Somebody is busy, or free again: the server's word. What they say of it is in the statement; see `Client.readBusy`. */
  | ({ readonly type: "presence"; readonly statement: Bytes } & PushFields<"presence.change">)
  /** The server stops, and asks to be left alone for a while. */
  | { readonly type: "going-away"; readonly reason: string; readonly reconnectAfterMs: number }
  /** The server sent this client away for good, and said why. */
  | { readonly type: "dismissed"; readonly dismissal: Refusal }
  /** The account's role on the server is another one now. */
  | ({ readonly type: "role" } & PushFields<"moderation.role">)
  /** The person wants another connection, and not to wait for it. */
  | { readonly type: "hurried" }
  /** A device that knows the password asks to be linked to this account. */
  | ({ readonly type: "link-request" } & PushFields<"device.link-news">)
  /** A line of the server for the person. Foreign text. */
  | { readonly type: "server-notice"; readonly text: string };

/** Passes on what the server says unasked over a link. */
export function tellServerEvents(link: Link, tell: (event: ClientEvent) => void): void {
  link.on("roster.change", ({ changes }) => tell({ type: "roster", changes }));
  link.on("presence.change", (fields, statement) => {
    tell({ type: "presence", ...fields, statement });
  });
  link.on("server.going-away", ({ reason, reconnectAfterMs = 0 }) => {
    tell({ type: "going-away", reason, reconnectAfterMs });
  });
  link.on("device.link-news", (fields) => tell({ type: "link-request", ...fields }));
  link.on("moderation.role", (fields) => tell({ type: "role", ...fields }));
  link.onDismissed((dismissal) => tell({ type: "dismissed", dismissal }));
  link.on("server.notice", ({ text }) => tell({ type: "server-notice", text }));
}
