/** What must not compile: `deno check` fails when one of these errors is missing. */

import assert from "node:assert/strict";
import { ROUTES } from "../../../lib/server/routes/mod.ts";
import type { NoticeHandlers, Route, Routes } from "../../../lib/server/serving/router.ts";
import { HOP_NOTICES, HOP_REQUESTS } from "../../../lib/protocol/hop/mod.ts";
import { NOTICES, type Services } from "../../../lib/server/routes/mod.ts";

const { "keys.count": _count, ...withoutOne } = ROUTES;
// @ts-expect-error -- a request without a handler
export const missing: Routes<Services> = withoutOne;

const { "server.ping": _ping, ...withoutNotice } = NOTICES;
// @ts-expect-error -- a notice without a handler
export const missingNotice: NoticeHandlers<Services> = withoutNotice;

export const forStranger: Route<"keys.count"> = {
  needs: "stranger",
  scope: "receive",
  // @ts-expect-error -- a stranger has no device
  handle: ({ state }) => ({ fields: { oneTime: state.device.length, lastResort: true } }),
};

export const forUnlinked: Route<"keys.count"> = {
  needs: "unlinked",
  scope: "receive",
  // @ts-expect-error -- neither has an unlinked session
  handle: ({ state }) => ({ fields: { oneTime: state.device.length, lastResort: true } }),
};

export const wrongAnswer: Route<"keys.count"> = {
  needs: "ready",
  scope: "receive",
  // @ts-expect-error -- not the fields of the reply
  handle: () => ({ fields: { oneTime: "many", lastResort: true } }),
};

// @ts-expect-error -- only rows for unlinked sessions can be opened to ready ones
export const openedToReady: Route<"keys.count"> = {
  needs: "stranger",
  scope: "receive",
  orReady: true,
  handle: () => ({ fields: { oneTime: 0, lastResort: true } }),
};

Deno.test("every request and every notice has its handler, and there are no others", () => {
  assert.deepEqual(Object.keys(ROUTES).sort(), Object.keys(HOP_REQUESTS).sort());
  assert.deepEqual(Object.keys(NOTICES).sort(), Object.keys(HOP_NOTICES).sort());
});

Deno.test("SR-03: only these requests are open to a session without a linked device", () => {
  const open = Object.entries(ROUTES).filter(([, { needs }]) => needs !== "ready")
    .map(([kind, { needs, orReady }]) => `${needs} ${kind}${orReady === true ? " or ready" : ""}`);
  assert.deepEqual(open.sort(), [
    "new hello",
    "stranger login.device",
    "stranger login.finish",
    "stranger login.register-finish",
    "stranger login.register-start",
    "stranger login.start",
    "unlinked device.link-ask",
    "unlinked login.link-device",
    "unlinked login.recovery-fetch",
    "unlinked login.reset-identity or ready",
  ]);
});
