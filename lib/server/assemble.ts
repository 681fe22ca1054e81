/** Makes the owners of the server's state out of what was opened. Opens nothing itself. */

import { type EntrancePolicy, makeEntrance } from "./entrance.ts";
import { Mailboxes } from "./mailbox.ts";
import { Moderation } from "./moderation.ts";
import type { Parts } from "./parts.ts";
import { Presence } from "./presence.ts";
import { type ChosenRates, makeRates } from "./rates.ts";
import { Rooms } from "./rooms.ts";
import type { ServerKeys } from "./server_keys.ts";
import { StreamRelay } from "./streams/stream_relay.ts";

/** The options that decide what the server does, apart from where it does it. */
export type Policy = EntrancePolicy & ChosenRates & { readonly motd?: string };

/** The caller closes what it opened, and `presence`. */
export function assemble(
  policy: Policy,
  opened: Pick<Parts, "store" | "library" | "spool"> & {
    rendezvous?: Parts["rendezvous"];
    keys: Pick<ServerKeys, "authority" | "passwords">;
    incarnation: string;
  },
): Parts {
  const { clock, random } = policy;
  const { store, keys: { authority, passwords }, library, spool, incarnation } = opened;
  const { succession } = authority;
  const identity: Parts["identity"] = {
    name: "Heliograph",
    serverId: succession.serverId,
    succession: succession.parts,
    caFingerprint: succession.present.fingerprint,
    incarnation,
  };
  const presence = new Presence(clock);
  const entrance = makeEntrance(policy, { store, passwords, identity, presence });
  const { sessions, signIns } = entrance;
  return {
    clock,
    random,
    identity,
    store,
    ...entrance,
    presence,
    mailboxes: new Mailboxes(store, clock),
    rooms: new Rooms(store, { clock, serverId: identity.serverId }),
    library,
    spool,
    streams: new StreamRelay(),
    moderation: new Moderation({ clock, store, sessions, presence, signIns }),
    rendezvous: opened.rendezvous,
    motd: { text: policy.motd ?? "" },
    ...makeRates(clock, policy),
  };
}
