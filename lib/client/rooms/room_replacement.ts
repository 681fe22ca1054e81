/** From a room that cannot go on into the one that an owner made of it (SR-35). */

import { CryptoError } from "../../base/errors.ts";
import type { Link } from "../link/link.ts";
import { type Messenger, note } from "../store/messenger.ts";
import { holdOutOfStep } from "../groups/out_of_step.ts";
import { enterRoom, type RoomPlace } from "./entering.ts";
import { findRepairer } from "./replacements.ts";
import { findAbout, prepareAbout } from "./room_store.ts";

/** Comes into it, with the name of the room before. Under a number of ours any other room is refused, and the person is told. */
export async function succeed(
  messenger: Messenger,
  link: Link,
  { conversation, room }: RoomPlace,
): Promise<void> {
  const { conversations, groups, profile } = messenger;
  const old = conversations.openWith(room);
  const known = old && await groups.membershipLogOf(old.conversation);
  if (old === undefined || known === undefined) return;
  const repairer = await findRepairer(messenger, link, { conversation, known })
    .catch((error) => {
      if (error instanceof CryptoError) return undefined;
      throw error;
    });
  if (repairer === undefined) {
    return await holdOutOfStep(messenger, old.conversation, "other-room");
  }
  const about = await prepareAbout(
    profile,
    conversation,
    await findAbout(profile, old.conversation),
  );
  if (await enterRoom(messenger, link, { conversation, room }) !== "joined") return;
  about();
  const text = `${repairer} repaired this room: it goes on with fresh keys`;
  await note(messenger, { conversation, peer: room, code: "repaired", text });
}
