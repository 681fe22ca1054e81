/** What the server says of its accounts, asked once for each connection. */

import { Refusal } from "../../base/errors.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";

/** Keeps it in the profile. A server that does not know the question says nothing of them. */
export async function learnServerPolicy(
  { contacts: { contactStatuses } }: Messenger,
  link: Link,
): Promise<void> {
  contactStatuses.takeServerWord(await askServer(link));
}

async function askServer(link: Link): Promise<"all" | "strangers"> {
  try {
    return (await link.ask("server.policy", {})).fields.requests;
  } catch (error) {
    if (error instanceof Refusal && error.code === "bad-message") return "strangers";
    throw error;
  }
}
