/** What every `Bus` must do, whatever is behind it. */

import assert from "node:assert/strict";
import type { AccountId, DeviceId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { type UploadId } from "../../../lib/base/ids.ts";
import type { Bus } from "../../../lib/server/bus/bus.ts";
import type { Session } from "../../../lib/server/sessions/session.ts";
import { Sessions } from "../../../lib/server/sessions/sessions.ts";
import { FakeClock } from "../../kit/clock.ts";
import { until } from "../../kit/cluster.ts";
import { HANG_MS } from "../../kit/hang.ts";

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
const DEADLINE = { deadlineMs: HANG_MS };
const TOLD = 'moderation.dismissed {"code":"kicked","message":"Enough"}';

type Join = (node: number, heard: Heard, whose: AccountId, device?: string) => void;
type Declare = (name: string, run: (buses: readonly Bus[], join: Join) => Promise<void>) => void;

/** How a contract is declared. */
interface Contract {
  /** The buses of two nodes over their sessions; for a server of one node twice the same. What it opens belongs to `owner`. */
  readonly open: (
    nodes: readonly [Sessions, Sessions],
    owner: AsyncDisposableStack,
  ) => readonly Bus[] | Promise<readonly Bus[]>;
  /** What declares a test; left out, `Deno.test`. */
  readonly declare?: (name: string, run: () => Promise<void>) => void;
}

/** Declares the tests. */
export function busContract(
  implementation: string,
  { open, declare = (name, run) => Deno.test(name, run) }: Contract,
): void {
  const test: Declare = (name, run) =>
    declare(`${name} (${implementation})`, async () => {
      await using owner = new AsyncDisposableStack();
      const nodes = [0, 1].map(() => new Sessions(new FakeClock(), systemRandom));
      const buses = await open([nodes[0], nodes[1]], owner);
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
    const heard = [0, 1, 2].map(() => new Set<string>());
    const upload = (name: string) => ({ upload: name as UploadId });
    buses[0].subscribe("upload.removed", (news) => void heard[0].add(news.upload));
    buses[1].subscribe("upload.removed", (news) => void heard[1].add(news.upload));
    buses[1].subscribe("account.expelled", (news) => void heard[2].add(news.account));
    let ended = 0;
    const end = buses[0].subscribe("upload.removed", () => void ended++);
    end();
    const losses = [0, 0];
    for (const [node, bus] of buses.entries()) bus.onLoss(() => void losses[node]++);
    const names = ["one", "three", "two"];
    for (const name of names) buses[0].publish("upload.removed", upload(name));
    // Each has everything, or knows that it may not have.
    await until(() =>
      [0, 1].every((node) => heard[node].size === names.length || losses[node] > 0)
    );
    assert.deepEqual([...heard[0]].sort(), names);
    assert.deepEqual([...heard[1]].sort(), names.filter((name) => heard[1].has(name)));
    assert.deepEqual([heard[2].size, ended], [0, 0]);
  });

  test("what one node is told alone reaches it, and no other", async (buses) => {
    const [first, last] = [buses[0], buses[buses.length - 1]];
    const heard: string[] = [];
    for (const [at, bus] of buses.entries()) {
      // For a server of one node both are the same.
      if (at > 0 && bus === first) continue;
      bus.subscribe("stream.said", ({ run, bytes }) => void heard.push(`${at} ${run} ${bytes}`));
    }
    const bytes = new Uint8Array([1, 2]);
    const said = { node: first.own.instance, run: 7, bytes };
    // It may be lost: it is said until it came.
    await until(() => {
      first.tell(last.own.instance, "stream.said", said);
      return heard.length > 0;
    });
    first.tell("nobody", "stream.said", { ...said, run: 8 });
    const at = last === first ? 0 : buses.length - 1;
    assert.deepEqual(new Set(heard), new Set([`${at} 7 1,2`]));
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
