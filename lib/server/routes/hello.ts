/** The first exchange: the version, both nonces, who the server is. */

import { decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import { NONCE_BYTES } from "../../protocol/hop/server.ts";
import { joinSections } from "../../protocol/sections.ts";
import { agreeOnVersion, describeMismatch, PROTOCOL_VERSIONS } from "../../protocol/versions.ts";
import { refuse } from "../../protocol/failure.ts";
import type { Routes } from "../serving/router.ts";
import type { Accounts } from "../auth/accounts.ts";
import type { ServerIdentity } from "../config/server_options.ts";
import type { Library } from "../media/library.ts";
import type { Random } from "../../base/random.ts";

/** What these handlers touch. */
export interface HelloServices {
  readonly accounts: Accounts;
  readonly identity: ServerIdentity;
  readonly library: Library;
  readonly motd: { readonly text: string };
  readonly random: Random;
}

/** Rows of family `server`: the one for a new connection, and the end. */
export const helloRoutes = {
  "hello": {
    needs: "new",
    scope: "never",
    handle({ services, session, fields }) {
      const version = agreeOnVersion(PROTOCOL_VERSIONS, fields.versions);
      if (version === undefined) {
        throw refuse(
          "unsupported-version",
          describeMismatch(fields.versions, PROTOCOL_VERSIONS),
          { versions: PROTOCOL_VERSIONS },
        );
      }
      const clientNonce = decodeBase64(fields.nonce);
      if (clientNonce?.length !== NONCE_BYTES) {
        throw refuse("bad-message", `Cannot read hello: nonce is not ${NONCE_BYTES} bytes`);
      }
      const serverNonce = services.random.bytes(NONCE_BYTES);
      session.state = { name: "stranger", version, clientNonce, serverNonce };
      const { sizes, payload } = joinSections(services.identity.succession);
      return {
        fields: {
          version,
          serverName: services.identity.name,
          ...(services.motd.text === "" ? {} : { motd: services.motd.text }),
          nonce: encodeBase64(serverNonce),
          registration: services.accounts.registration,
          incarnation: services.identity.incarnation,
          video: services.library.canExtract,
          sizes,
        },
        payload,
      };
    },
  },
} satisfies Partial<Routes<HelloServices>>;
