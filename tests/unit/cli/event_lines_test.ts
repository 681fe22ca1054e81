import { deepEqual } from "node:assert/strict";
import { AppClient } from "../../../lib/app/conversations/app_client.ts";
import type { AppEvent } from "../../../lib/app/events.ts";
import { TransportError } from "../../../lib/base/errors.ts";
import { eventLines } from "../../../lib/cli/dialogue/event_lines.ts";
import { FakeClock } from "../../kit/clock.ts";
import type { Client } from "../../../lib/client/client.ts";
import { accountId } from "../client/profile_kit.ts";

type Desk = Parameters<typeof eventLines>[1];

const linesOf = (event: AppEvent) => eventLines(event, {} as Desk);

const bob = (change: "registered" | "online") => ({
  type: "roster" as const,
  changes: [{ account: "bob", name: "bob", identity: "00".repeat(32), change }],
});

Deno.test("S0.19: who comes before the welcome is not announced above it, who comes later is", async () => {
  const own = { account: accountId("alice"), name: "alice" };
  const listeners: ((event: unknown) => void)[] = [];
  const offline = () => Promise.reject(new TransportError("offline", "Cannot reach it"));
  const none = () => Promise.resolve([]);
  const nothing = { all: () => [] };
  const database = { query: () => nothing };
  const profile = { own, writes: { listen: () => () => {} }, database, clock: new FakeClock() };
  const client = {
    profile,
    clock: new FakeClock(),
    random: { fraction: () => 0 },
    isOnline: false,
    messenger: {
      profile,
      contacts: { list: none },
      listChoices: { all: () => new Map() },
      history: { lastPlace: 0, unshown: none, index: {} },
    },
    publicly: { ownBusy: () => Promise.resolve(undefined) },
    rooms: { list: none, open: { looked: none } },
    requests: none,
    live: { listen: () => () => {} },
    transfers: { active: none, waitingNumbers: nothing.all, direct: {} },
    talk: { refresh: none, unread: () => [] },
    close: () => Promise.resolve(),
    listen: (listener: (event: unknown) => void) => {
      listeners.push(listener);
      return () => {};
    },
  } as unknown as Client;
  const told: AppEvent["type"][] = [];
  const lines: string[] = [];
  const moved = Promise.withResolvers<void>();
  const app = new AppClient({
    client,
    connect: () => {
      for (const tell of listeners) tell(bob("registered"));
      return offline();
    },
  }, new AbortController().signal);
  const running = app.run({
    take(event) {
      told.push(event.type);
      lines.push(...linesOf(event));
      if (event.type === "started") { for (const tell of listeners) tell(bob("online")); }
      if (event.type === "movement") moved.resolve();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
  await moved.promise;
  app.leave();
  await running;
  deepEqual(told.slice(0, 2), ["connection", "started"]);
  deepEqual(lines.slice(1), ["* bob joined (online: bob)"]);
});

Deno.test("whoever's role changed reads it, and who changed it", () => {
  deepEqual([
    ...linesOf({ type: "role", role: "owner", by: "yoda" }),
    ...linesOf({ type: "role", role: "member" }),
  ], [
    "* yoda changed your role on this server: you are now an owner",
    "* the operator changed your role on this server: you are now a member",
  ]);
});

Deno.test("S3.05: the server's words at the start are one line, and no escape sequence of it", () => {
  const motd = "Down on \x1b[31mSunday\nat 22:00";
  const facts = { failedTries: 0, requests: 0, active: [], state: "online" as const };
  deepEqual(linesOf({ type: "started", motd, ...facts }), [
    "* server: Down on [31mSunday at 22:00",
  ]);
});
