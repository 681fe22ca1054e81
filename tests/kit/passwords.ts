/** Passwords for accounts of `World.client`, which are made without one. */

import assert from "node:assert/strict";
import { finishRegistration, startRegistration } from "../../lib/crypto/keys/password.ts";
import { PASSWORD } from "./machine.ts";
import type { TestClient } from "./test_client.ts";

/** As a change of password does, but for that nobody is signed out: make further devices afterwards. Takes 0.2 s. */
export async function givePassword({ world, client }: TestClient): Promise<void> {
  const { account, device } = client.profile.own;
  const { accounts, sessions, store } = world.server.parts;
  const { request, state } = await startRegistration(PASSWORD);
  const response = accounts.registrationResponse(account, request);
  const registered = await finishRegistration(state, PASSWORD, response);
  assert(registered !== undefined);
  const passwordRecord = registered.record;
  const generation = await store.replacePassword({ account, passwordRecord, keepDevice: device });
  for (const session of sessions.of(account)) {
    if (session.state.name === "ready") session.state = { ...session.state, generation };
  }
}
