/** What every `Bus` must do, whatever is behind it. */

import assert from "node:assert/strict";
import type { AccountId, DeviceId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import type { Bus } from "../../../lib/server/bus/bus.ts";
import type { Session } from "../../../lib/server/sessions/session.ts";
import { Sessions } from "../../../lib/server/sessions/sessions.ts";
import { FakeClock } from "../../kit/clock.ts";

/** A session that keeps what is pushed to it, and why it was closed. */
class Heard {
  readonly pushed: string[] = [];
  closed = "";
  readonly session: Session;

  constructor(name: "ready" | "unlinked" | "stranger") {
    this.session = {
      state: { name },
      push: (kind: string, fields: object) => this.pushed.push(`${kind} ${JSON.stringify(fields)}`),
      connection: { close: (why: string) => this.closed = why },
    } as unknown as Session;
  }
}

const alice = "alice" as AccountId;
const bob = "bob" as AccountId;
const WHY = { code: "kicked", message: "Enough", log: "kicked" };
const TOLD = 'moderation.dismissed {"code":"kicked","message":"Enough"}';

/** Declares the tests. `open` gets the sessions of two nodes. */
export function busContract(
  implementation: string,
  open: (nodes: readonly [Sessions, Sessions]) => Bus | Promise<Bus>,
): void {
  const test = (
    name: string,
    run: (
      bus: Bus,
      join: (node: 0 | 1, heard: Heard, whose: AccountId, device?: string) => void,
    ) => Promise<void>,
  ) =>
    Deno.test(`${name} (${implementation})`, async () => {
      const nodes = [0, 1].map(() => new Sessions(new FakeClock(), systemRandom));
      const [one, two] = nodes;
      await run(await open([one, two]), (node, { session }, whose, device) => {
        nodes[node].add(session);
        nodes[node].join(session, whose, device as DeviceId | undefined);
      });
    });

  test("a push reaches the ready sessions of its accounts, in order", async (bus, join) => {
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

  test(
    "the sessions of an account end, each told why, those that are about to come in too",
    async (bus, join) => {
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

  test("the sessions of one device end, and no others", async (bus, join) => {
    const [meant, other] = [new Heard("ready"), new Heard("ready")];
    join(1, meant, alice, "a");
    join(0, other, alice, "b");
    assert.equal(await bus.endSessions({ account: alice, device: "a" as DeviceId }, WHY), 1);
    assert.deepEqual([meant.closed, other.closed], ["kicked", ""]);
    assert.equal(await bus.endSessions({ account: bob }, WHY), 0);
  });
}
