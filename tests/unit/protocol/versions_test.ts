import { equal, match } from "node:assert/strict";
import {
  agreeOnVersion,
  describeMismatch,
  PROTOCOL_VERSIONS,
  SHORT_CHUNKS_SINCE,
  spellVersions,
} from "../../../lib/protocol/versions.ts";

Deno.test("two sides agree on the newest version that both speak", () => {
  equal(agreeOnVersion({ min: 1, max: 2 }, { min: 1, max: 1 }), 1);
  equal(agreeOnVersion({ min: 1, max: 3 }, { min: 2, max: 9 }), 3);
  equal(agreeOnVersion({ min: 1, max: 2 }, { min: 3, max: 4 }), undefined);
  equal(agreeOnVersion({ min: 5, max: 6 }, { min: 3, max: 4 }), undefined);
});

Deno.test("whoever has nothing in common is told who has to be updated", () => {
  match(
    describeMismatch({ min: 1, max: 1 }, { min: 2, max: 3 }),
    /^This program is too old .* 2 to 3, .* 1\)$/,
  );
  match(
    describeMismatch({ min: 4, max: 5 }, { min: 2, max: 3 }),
    /^The server is too old .* 2 to 3, .* 4 to 5\)$/,
  );
  equal(spellVersions({ min: 7, max: 7 }), "7");
});

Deno.test("what a later version brought is spoken by this program", () => {
  equal(PROTOCOL_VERSIONS.min <= SHORT_CHUNKS_SINCE, true);
  equal(SHORT_CHUNKS_SINCE <= PROTOCOL_VERSIONS.max, true);
});
