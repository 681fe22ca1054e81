/** The first exchange: the version, both nonces, who the server is. */

import { decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import { NONCE_BYTES } from "../../protocol/hop/server.ts";
import { joinSections } from "../../protocol/sections.ts";
import { agreeOnVersion, describeMismatch, PROTOCOL_VERSIONS } from "../../protocol/versions.ts";
import { endingRoutes } from "./ending.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";

/** Rows of family `server`: the one for a new connection, and the end. */
export const helloRoutes = {
  ...endingRoutes,
  "hello": {
    needs: "new",
    handle({ parts, session, fields }) {
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
      const serverNonce = parts.random.bytes(NONCE_BYTES);
      session.state = { name: "stranger", version, clientNonce, serverNonce };
      const { sizes, payload } = joinSections(parts.identity.succession);
      return {
        fields: {
          version,
          serverName: parts.identity.name,
          ...(parts.motd.text === "" ? {} : { motd: parts.motd.text }),
          nonce: encodeBase64(serverNonce),
          registration: parts.accounts.registration,
          incarnation: parts.identity.incarnation,
          video: parts.library.canExtract,
          sizes,
        },
        payload,
      };
    },
  },
} satisfies Partial<Routes>;
