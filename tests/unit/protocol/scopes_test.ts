import { deepEqual, equal } from "node:assert/strict";
import { ROUTES } from "../../../lib/server/routes/mod.ts";
import { mayAsk, parseScopes, SCOPES } from "../../../lib/protocol/permissions.ts";

const KINDS = Object.entries(ROUTES);

Deno.test("SR-48: no token at all allows what takes over a password, a device or a role", () => {
  const allowed = KINDS.filter(([, { scope }]) => mayAsk(SCOPES, scope)).map(([kind]) => kind);
  // What the server says of all accounts alike is read by every client that signs in.
  const read = ["server.policy"];
  deepEqual(allowed.filter((kind) => /^(login|moderation|server)\.|^hello$/.test(kind)), read);
  deepEqual(allowed.filter((kind) => kind.startsWith("device.")), ["device.list"]);
});

Deno.test("a token allows what its words name, and to read always", () => {
  const kinds = (...scopes: (typeof SCOPES[number])[]) =>
    KINDS.filter(([, { scope }]) => mayAsk(scopes, scope) && !mayAsk(["receive"], scope))
      .map(([kind]) => kind);
  deepEqual(kinds("send"), ["relay.open", "relay.send", "stream.open"]);
  deepEqual(kinds("broadcast"), ["broadcast.send"]);
  equal(mayAsk([], ROUTES["relay.subscribe"].scope), true);
  equal(mayAsk(["receive"], ROUTES["relay.send"].scope), false);
  for (const scope of SCOPES.slice(1)) equal(kinds(scope).length > 0, true, scope);
});

Deno.test("the words of a token are read in any order, and an unknown one is none", () => {
  deepEqual(parseScopes("send,receive"), ["receive", "send"]);
  deepEqual(parseScopes(" rooms , send "), ["receive", "send", "rooms"]);
  deepEqual(parseScopes("receive"), ["receive"]);
  for (const wrong of ["", ",", "send,all", "SEND", "send rooms"]) {
    equal(parseScopes(wrong), undefined, wrong);
  }
});
