/** What every `Bus` must do, whatever is behind it. */

import assert from "node:assert/strict";
import type { AccountId, DeviceId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { type UploadId } from "../../../lib/base/ids.ts";
import type { Bus } from "../../../lib/server/bus/bus.ts";
import type { Session } from "../../../lib/server/sessions/session.ts";
import { Sessions } from "../../../lib/server/sessions/sessions.ts";
import { late } from "../../kit/nodes_bus.ts";
import { FakeClock } from "../../kit/clock.ts";

/** A session that keeps what is pushed to it, and why it was closed. */
class Heard {
  readonly pushed: string[] = [];
  closed = "";
  readonly session: Session;

  constructor(name: "ready" | "unlinked" | "stranger", limits?: object) {
    this.session = {
      state: { name, limits },
      push: (kind: string, fields: object) => this.pushed.push(`${kind} ${JSON.stringify(fields)}`),
      connection: {
        close: (why: string) => this.closed = why,
        send: (packet: Uint8Array) => this.pushed.push(`packet ${packet}`) > 0,
      },
    } as unknown as Session;
  }
}

const alice = "alice" as AccountId;
const bob = "bob" as AccountId;
const WHY = { log: "kicked", told: { code: "kicked", message: "Enough" } };
const DEADLINE = { deadlineMs: 1000 };
const TOLD = 'moderation.dismissed {"code":"kicked","message":"Enough"}';

/** Longer than anything of these tests is late. */
const LATE_TURNS = 1000;

type Join = (node: number, heard: Heard, whose: AccountId, device?: string) => void;
type Declare = (name: string, run: (buses: readonly Bus[], join: Join) => Promise<void>) => void;

/**
 * Declares the tests. `open` gets the sessions of two nodes and gives the bus of each; for a server of one node the sessions
 * of the second are of no use, and its bus is the same.
 */
export function busContract(
  implementation: string,
  open: (nodes: readonly [Sessions, Sessions]) => readonly Bus[],
): void {
  const test: Declare = (name, run) =>
    Deno.test(`${name} (${implementation})`, async () => {
      const nodes = [0, 1].map(() => new Sessions(new FakeClock(), systemRandom));
      const buses = open([nodes[0], nodes[1]]);
      const isOne = buses[0] === buses[1];
      await run(buses, (node, { session }, whose, device) => {
        const sessions = nodes[isOne ? 0 : node];
        sessions.add(session);
        sessions.join(session, whose, device as DeviceId | undefined);
      });
    });

  declarePushes(test);
  declareEnds(test);
  declareTopics(test);
}

function declarePushes(test: Declare): void {
  test("a push reaches the ready sessions of its accounts, in order", async ([bus], join) => {
    const [first, second, linking, other] = [
      new Heard("ready"),
      new Heard("ready"),
      new Heard("unlinked"),
      new Heard("ready"),
    ];
    join(0, first, alice, "a");
    join(1, second, alice, "b");
    join(0, linking, alice);
    join(0, other, bob, "c");
    await bus.toAccounts([alice], "moderation.role", { role: "owner" });
    await bus.toAccounts([alice], "moderation.role", { role: "member" });
    const told = ['moderation.role {"role":"owner"}', 'moderation.role {"role":"member"}'];
    assert.deepEqual([first, second].map(({ pushed }) => pushed), [told, told]);
    assert.deepEqual([linking, other].map(({ pushed }) => pushed), [[], []]);
  });

  test("a push leaves out whose it is, and bots where it says so", async ([bus], join) => {
    const [own, second] = [new Heard("ready"), new Heard("ready")];
    const bot = new Heard("ready", { scopes: ["receive"] });
    join(0, own, alice, "a");
    join(1, second, alice, "b");
    join(1, bot, alice, "c");
    const role = { role: "owner" } as const;
    await bus.toAccounts([alice], "moderation.role", role, { except: own.session });
    const withoutBots = { except: own.session, withoutBots: true };
    await bus.toAccounts([alice], "moderation.role", role, withoutBots);
    assert.deepEqual([own, second, bot].map(({ pushed }) => pushed.length), [0, 2, 1]);
  });

  test("a packet reaches every session that is ready, once", async ([, bus], join) => {
    const [first, second, linking] = [
      new Heard("ready"),
      new Heard("ready"),
      new Heard("unlinked"),
    ];
    join(0, first, alice, "a");
    join(1, second, bob, "b");
    join(1, linking, alice);
    assert.equal(await bus.toAll(new Uint8Array([1, 2])), 2);
    assert.deepEqual([first, second, linking].map(({ pushed }) => pushed), [
      ["packet 1,2"],
      ["packet 1,2"],
      [],
    ]);
  });
}

function declareEnds(test: Declare): void {
  test(
    "the sessions of an account end, each told why, those that are about to come in too",
    async ([bus], join) => {
      const all = [new Heard("ready"), new Heard("unlinked"), new Heard("stranger")];
      const other = new Heard("ready");
      join(0, all[0], alice, "a");
      join(1, all[1], alice);
      join(0, all[2], alice, "b");
      join(0, other, bob, "c");
      assert.equal(await bus.endSessions({ account: alice }, WHY), 3);
      assert.deepEqual(all.map(({ pushed, closed }) => [...pushed, closed]), [
        [TOLD, "kicked"],
        [TOLD, "kicked"],
        [TOLD, "kicked"],
      ]);
      assert.equal(other.closed, "");
    },
  );

  test("the sessions of one device end, and no others", async ([bus], join) => {
    const [meant, other] = [new Heard("ready"), new Heard("ready")];
    join(1, meant, alice, "a");
    join(0, other, alice, "b");
    assert.equal(await bus.endSessions({ account: alice, device: "a" as DeviceId }, WHY), 1);
    assert.deepEqual([meant.closed, other.closed], ["kicked", ""]);
    assert.equal(await bus.endSessions({ account: bob }, WHY), 0);
    assert.equal(await bus.endSessions({ device: "b" }, WHY), 1);
    assert.equal(other.closed, "kicked");
  });

  test("sessions end without a word where there is none, but for the one that stays", async (
    [bus],
    join,
  ) => {
    const [own, second] = [new Heard("ready"), new Heard("ready")];
    join(0, own, alice, "a");
    join(1, second, alice, "b");
    const which = { account: alice, except: own.session };
    assert.equal(await bus.endSessions(which, { log: "signed-out" }), 1);
    assert.deepEqual([own.closed, second.closed], ["", "signed-out"]);
    assert.deepEqual(second.pushed, []);
  });
}

function declareTopics(test: Declare): void {
  test("news reach who subscribed to their topic at any node, and nobody who ended that", async (buses) => {
    const heard: string[][] = [[], [], []];
    const upload = (name: string) => ({ upload: name as UploadId });
    buses[0].subscribe("upload.removed", (news) => void heard[0].push(news.upload));
    buses[1].subscribe("upload.removed", (news) => void heard[1].push(news.upload));
    buses[1].subscribe("account.expelled", (news) => void heard[2].push(news.account));
    const end = buses[0].subscribe("upload.removed", () => assert.fail("it had ended"));
    end();
    for (const name of ["one", "two", "three"]) {
      buses[0].publish("upload.removed", upload(name));
    }
    await late(LATE_TURNS);
    const each = heard.map((names) => [...new Set(names)].sort());
    assert.deepEqual(each, [["one", "three", "two"], ["one", "three", "two"], []]);
  });

  test("what is asked gets an answer of each node that has one", async (buses) => {
    const link = { account: alice, link: "x", answer: undefined };
    assert.deepEqual(await buses[0].ask("link.answer", link, DEADLINE), []);
    buses[1].answer("link.answer", ({ account }) => account === alice);
    assert.deepEqual(await buses[0].ask("link.answer", link, DEADLINE), [true]);
    const other = { ...link, account: bob };
    assert.deepEqual(await buses[0].ask("link.answer", other, DEADLINE), [false]);
  });
}
