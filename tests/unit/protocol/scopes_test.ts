import { deepEqual, equal } from "node:assert/strict";
import { HOP_REQUESTS, type HopRequestKind } from "../../../lib/protocol/hop/mod.ts";
import { mayAsk, parseScopes, SCOPES } from "../../../lib/protocol/scopes.ts";

// The keys of an object literal that is typed by them.
const KINDS = Object.keys(HOP_REQUESTS) as HopRequestKind[];

Deno.test("SR-48: no token at all allows what takes over a password, a device or a role", () => {
  const allowed = KINDS.filter((kind) => mayAsk(SCOPES, kind));
  deepEqual(allowed.filter((kind) => /^(login|moderation|server)\.|^hello$/.test(kind)), []);
  deepEqual(allowed.filter((kind) => kind.startsWith("device.")), ["device.list"]);
});

Deno.test("a token allows what its words name, and to read always", () => {
  const kinds = (...scopes: (typeof SCOPES[number])[]) =>
    KINDS.filter((kind) => mayAsk(scopes, kind) && !mayAsk(["receive"], kind));
  deepEqual(kinds("send"), ["relay.open", "relay.send", "stream.open"]);
  deepEqual(kinds("broadcast"), ["broadcast.send"]);
  equal(mayAsk([], "relay.subscribe"), true);
  equal(mayAsk(["receive"], "relay.send"), false);
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
