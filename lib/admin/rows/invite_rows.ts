/** `invite`: a link that makes the first contact certain and lets somebody register (SR-44, SR-51). */

import { result } from "../../commands/command_row.ts";
import { inviteOptions, readExpires, readUses } from "../../commands/invite_options.ts";
import { hashToken, newToken } from "../../crypto/keys/token.ts";
import { formatInvite } from "../../net/addresses/invite.ts";
import type { OperatorCommands } from "../operator_row.ts";
import { findAddress, readFingerprint } from "../public_face.ts";

const MOST_USES = 10_000;

/** Every kind of report of these commands. */
interface InviteKinds {
  "invite": { readonly invite: string; readonly uses: number; readonly expires: string };
  "good-for": { readonly uses: number; readonly expires: string };
}

/** Prints an invite: a secret, for a file or for one person. */
export const INVITE_COMMANDS: OperatorCommands<InviteKinds> = {
  rows: [{
    name: "invite",
    group: "People",
    needs: [],
    summary: "print an invite, a link to register with",
    details:
      "Needed when the server runs with --registration invite. The link is a secret: anybody who has it can create an account. Before you write it to a file, run umask 077, so that nobody else on this machine can read it. " +
      "It also names the server's fingerprint, so that the first connection is certain to reach the right server. A terminal shows it as a QR code too. Works beside a running server.",
    options: inviteOptions("its own address"),
    examples: [
      { line: "invite > alice.invite", summary: "for one account, good for a week" },
      {
        line: "invite --uses 20 --expires 1d --address chat.example.org",
        summary: "for a group, by the server's public name",
      },
    ],
    slash: { examples: [{ line: "invite --uses 20 --expires 1d", summary: "for a group" }] },
    exitCodes: [5],
    async run({ store, clock, random, folder, server, isUntold }, values) {
      const uses = readUses(values, MOST_USES);
      const expiresMs = clock.nowMs() + readExpires(values);
      const isRunning = server !== undefined || isUntold;
      const address = await findAddress({ folder, isRunning }, values.option("--address"));
      const fingerprint = await readFingerprint(folder);
      const token = newToken(random);
      await store.addToken({ hash: await hashToken(token), uses, expiresMs });
      const invite = formatInvite({ address, fingerprint, token });
      const expires = new Date(expiresMs).toISOString();
      const goodFor = { kind: "good-for", facts: { uses, expires } } as const;
      return {
        reports: [...result("invite", { invite, uses, expires }).reports, goodFor],
        shares: { title: "Invite to this server", text: invite },
      };
    },
  }],
  wording: {
    "invite": { line: ({ invite }) => invite },
    "good-for": {
      isNote: true,
      line: ({ uses, expires }) =>
        `Good for ${uses === 1 ? "one account" : `${uses} accounts`} until ${expires}`,
    },
  },
};
