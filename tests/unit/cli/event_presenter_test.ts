import { deepEqual } from "node:assert/strict";
import { TransportError } from "../../../lib/base/errors.ts";
import { EventPresenter } from "../../../lib/cli/dialogue/event_presenter.ts";
import type { Dialogue } from "../../../lib/cli/dialogue/dialogue.ts";
import type { HistoryTail } from "../../../lib/cli/dialogue/history_tail.ts";
import { People } from "../../../lib/cli/dialogue/people.ts";
import { accountId } from "../client/profile_kit.ts";

/** An announcer on a page that keeps its lines. Whoever is there is not told. */
function announcer(motd = "") {
  const own = { account: accountId("alice"), name: "alice" };
  const page: string[] = [];
  const desk = {
    people: new People(own),
    client: {
      profile: { own },
      handshake: { motd },
      signedIn: { failedTries: 0 },
      link: { ask: () => Promise.reject(new TransportError("offline", "There is no list")) },
      messenger: { contacts: { list: () => Promise.resolve([]) } },
      requests: () => Promise.resolve([]),
    },
    rooms: { refresh: () => Promise.resolve() },
    send: () => {},
    printAll: () => Promise.resolve(),
    print: (line: string) => Promise.resolve(void page.push(line)),
  } as unknown as Dialogue;
  const feed = { showUnread: () => Promise.resolve() } as unknown as HistoryTail;
  return { page, teller: new EventPresenter(desk, feed, { onReady: () => {} }) };
}

const bob = (change: "registered" | "online") => ({
  type: "roster" as const,
  changes: [{ account: "bob", name: "bob", identity: "00".repeat(32), change }],
});

Deno.test("S0.19: who comes before the welcome is not announced above it, who comes later is", async () => {
  const { page, teller } = announcer();
  await teller.tell(bob("registered"));
  await teller.tell({
    type: "presence",
    account: "bob",
    busy: true,
    sinceMs: 1,
    statement: new Uint8Array(0),
  });
  deepEqual(page, []);
  const news = { state: "offline", reason: "Cannot reach it", retryMs: 2_000 } as const;
  await teller.tell({ type: "connection", news });
  await teller.tell(bob("online"));
  deepEqual(page.slice(1), [
    "Welcome alice",
    "Send data in the format <USER:Message>   (/help lists the commands)",
    "* bob joined (active: bob)",
  ]);
});

Deno.test("whoever's role changed reads it, and who changed it", async () => {
  const { page, teller } = announcer();
  await teller.tell({ type: "role", role: "owner", by: "yoda" });
  await teller.tell({ type: "role", role: "member" });
  deepEqual(page, [
    "* yoda changed your role on this server: you are an owner now",
    "* the operator changed your role on this server: you are a member now",
  ]);
});

Deno.test("S3.05: the server's words stand below the welcome, and no escape sequence of it", async () => {
  const { page, teller } = announcer("Down on \x1b[31mSunday\nat 22:00");
  const news = { state: "online", receivesHere: true } as const;
  await teller.tell({ type: "connection", news });
  deepEqual(page.filter((line) => line.includes("server")), [
    "* server: Down on [31mSunday at 22:00",
  ]);
});
