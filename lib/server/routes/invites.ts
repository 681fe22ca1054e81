/** Invites that people make for others. */

import { decodeBase64 } from "../../base/bytes.ts";
import { refuse } from "../../protocol/failure.ts";
import { TOKEN_HASH_BYTES } from "../../protocol/hop/invite.ts";
import type { Invites } from "../auth/invites.ts";
import type { Whereabouts } from "../config/server_options.ts";
import { ready, type Routes } from "../serving/router.ts";

/** What these handlers touch. */
export interface InviteServices {
  readonly invites: Invites;
  /** Where others find the server. */
  readonly whereabouts: Whereabouts;
}

/** Rows of family `invite`. */
export const inviteRoutes = {
  "invite.make": ready("never", async ({ services, state, fields }) => {
    const { uses, forSeconds } = fields;
    const hash = decodeBase64(fields.hash);
    if (hash?.length !== TOKEN_HASH_BYTES || uses === 0 || forSeconds === 0) {
      throw refuse("bad-message", "Cannot read the invite: nobody could use it");
    }
    const expiresMs = await services.invites.make(state.account, { hash, uses, forSeconds });
    const { address, isLocal } = services.whereabouts;
    return {
      fields: {
        ...(expiresMs === undefined ? {} : { expiresMs }),
        ...(address === undefined ? {} : { address }),
        local: isLocal,
      },
    };
  }),
} satisfies Partial<Routes<InviteServices>>;
