/** The command that makes an invite to the server, and its words (SR-44, SR-51). */

import { result } from "../../commands/command_row.ts";
import { inviteOptions, readExpires, readUses } from "../../commands/invite_options.ts";
import type { Wording } from "../../commands/wording.ts";
import { INVITE_USES_MAX } from "../../protocol/hop/invite.ts";
import type { PersonCommands, PersonRow } from "../person_row.ts";

interface InviteKinds {
  /** `expires`: undefined where everybody may register, and the invite has no token. */
  "invite": {
    readonly invite: string;
    readonly uses: number;
    readonly expiresMs: number | undefined;
  };
  "good-for": {
    readonly uses: number;
    readonly expiresMs: number | undefined;
    readonly isLocal: boolean;
  };
}

const WORDING: Wording<InviteKinds> = {
  "invite": {
    isList: true,
    fields: ({ invite, uses, expiresMs }) => ({
      invite,
      ...(expiresMs === undefined ? {} : { uses, expires: new Date(expiresMs).toISOString() }),
    }),
    line: ({ invite }) => invite,
  },
  "good-for": {
    isNote: true,
    isList: true,
    line: ({ uses, expiresMs, isLocal }, { time }) => [
      expiresMs === undefined
        ? "Anybody may register on this server. The invite says where it is and proves that it is the right one."
        : `Good for ${uses === 1 ? "one new account" : `${uses} new accounts`} until ${
          time(expiresMs)
        }. Anybody who has it can register: keep it secret`,
      ...(isLocal
        ? [
          "It only works on this machine. To name the address that others use: --address HOST:PORT",
        ]
        : []),
    ],
  },
};

const invite: PersonRow<InviteKinds> = {
  name: "invite",
  group: "People",
  needs: ["server", "connection"],
  summary: "make an invite to this server for somebody who has no account yet",
  details:
    "An invite is a link with the server's address and fingerprint, so that the first connection is certain to reach the right server. A terminal also shows it as a QR code. If the server requires an invite to register, the link is a secret: anybody who has it can make an account. The operator decides how many people you may invite. To add somebody to a room, see room invite.",
  options: inviteOptions("the address that you use"),
  examples: [
    { line: "invite", summary: "for one person, good for a week" },
    { line: "invite --uses 20 --expires 1d", summary: "for a group" },
  ],
  exitCodes: [3, 5, 6, 7, 9],
  check(values) {
    readUses(values, INVITE_USES_MAX);
    readExpires(values);
  },
  async run({ client }, values) {
    const uses = readUses(values, INVITE_USES_MAX);
    const forSeconds = Math.floor(readExpires(values) / 1000);
    const address = values.option("--address");
    const { invite, expiresMs, isLocal } = await client.invite({ uses, forSeconds, address });
    const goodFor = { kind: "good-for", facts: { uses, expiresMs, isLocal } } as const;
    return {
      reports: [...result("invite", { invite, uses, expiresMs }).reports, goodFor],
      shares: { title: "Invite to this server", text: invite },
    };
  },
};

/** `invite`. */
export const INVITE: PersonCommands<InviteKinds> = { rows: [invite], wording: WORDING };
