/** Who is online, over nodes whose bus loses, doubles, delays and reorders what they say. */

import { deepEqual, equal, ok } from "node:assert/strict";
import type { AccountId } from "../../../lib/base/ids.ts";
import type { RollNews, RollPerson } from "../../../lib/server/bus/roll_news.ts";
import { packRoll, readRoll } from "../../../lib/server/bus/roll_news.ts";
import { OtherRolls } from "../../../lib/server/presence/other_rolls.ts";
import { Presence } from "../../../lib/server/presence/presence.ts";
import { LineHub } from "../../kit/bad_line.ts";
import { FakeClock } from "../../kit/clock.ts";
import { until } from "../../kit/cluster.ts";
import { HANG_MS } from "../../kit/hang.ts";
import { NodesBus } from "../../kit/nodes_bus.ts";
import { IDENTITY, openPresence, person, Viewer } from "../../kit/presence_nodes.ts";
import { seeded } from "../../kit/seeded.ts";
import { Sessions } from "../../../lib/server/sessions/sessions.ts";
import { systemRandom } from "../../../lib/base/random.ts";

const id = (name: string) => name as AccountId;
const BUSY = { sinceMs: 1, untilMs: undefined, statement: new Uint8Array([7]) };

/** Who an account is to each node, by its own count. */
function pageOf({ presence }: { presence: Presence }): string[] {
  return presence.page({ after: undefined, limit: 1000 }).map(({ account }) => account);
}

Deno.test("people at one node are online, busy and new at the others, and gone with their last session", async () => {
  const clock = new FakeClock();
  const [one, two] = NodesBus.join([0, 1].map(() => new Sessions(clock, systemRandom)))
    .map((bus) => new Presence(clock, bus));
  const [alice, bob] = [new Viewer(), new Viewer()];
  one.join(alice.session, id("alice"), { ...person("alice"), session: 4 });
  two.join(bob.session, id("bob"), person("bob"));
  one.setBusy(id("alice"), BUSY);
  two.announce(id("carol"), person("carol"), "registered");
  await clock.advance(250);
  deepEqual([alice.here, bob.here], [["alice", "bob"], ["alice", "bob"]]);
  deepEqual([alice.events, bob.events], [["carol registered"], ["carol registered"]]);
  deepEqual([...bob.busy], ["alice"]);
  deepEqual(two.attendance(id("alice")), {
    ...{ sinceMs: clock.nowMs() - 250, session: 4, address: "192.0.2.1", port: 7 },
    busy: BUSY,
  });
  deepEqual([one.onlineCount, two.onlineCount, two.hereCount], [2, 2, 1]);

  // A second session at the other node, and the first one ends: nobody left, and she is busy still.
  const second = new Viewer();
  two.join(second.session, id("alice"), person("alice"));
  one.leave(alice.session, id("alice"));
  await clock.advance(250);
  deepEqual([bob.here, [...bob.busy]], [["alice", "bob"], ["alice"]]);
  equal(one.attendance(id("alice"))?.busy, BUSY);
  two.setBusy(id("alice"), undefined);
  deepEqual([[...bob.busy], one.attendance(id("alice"))?.busy], [[], undefined]);
  const other = new Viewer();
  one.join(other.session, id("dora"), person("dora"));
  two.dismiss(id("alice"));
  await clock.advance(250);
  deepEqual([bob, other].map(({ online }) => online.get("alice")), ["kicked", "kicked"]);
  deepEqual([one, two].map((presence) => presence.isOnline(id("alice"))), [false, false]);
  for (const presence of [one, two]) presence.close();
});

Deno.test("above 500 online, whoever shares a conversation with somebody at another node is told, and nobody else", async () => {
  const clock = new FakeClock();
  const [one, two] = NodesBus.join([0, 1].map(() => new Sessions(clock, systemRandom)))
    .map((bus) => new Presence(clock, bus));
  const [friend, stranger, late] = [new Viewer(), new Viewer(), new Viewer()];
  one.join(friend.session, id("friend"), person("friend", ["bob"]));
  one.join(stranger.session, id("stranger"), person("stranger"));
  one.join(late.session, id("late"), person("late"));
  for (let i = 0; i < 500; i++) two.join(new Viewer().session, id(`x${i}`), person(`x${i}`));
  const bob = new Viewer();
  two.join(bob.session, id("bob"), person("bob", ["friend"]));
  two.meet(id("bob"), id("late"));
  await clock.advance(250);
  const heard = () =>
    [friend, stranger, late].map(({ online, busy }) => [online.get("bob"), busy.size]);
  deepEqual(heard(), [["online", 0], [undefined, 0], ["online", 0]]);
  two.setBusy(id("bob"), BUSY);
  deepEqual(heard(), [["online", 1], [undefined, 0], ["online", 1]]);
  two.leave(bob.session, id("bob"));
  await clock.advance(250);
  deepEqual(heard(), [["offline", 0], [undefined, 0], ["offline", 0]]);
  for (const presence of [one, two]) presence.close();
});

const PEOPLE = 30;
const STEPS = 120;
const NEW = 12;

for (const seed of [1, 2, 3]) {
  Deno.test(`three nodes agree on who is online, over lines that lose, double, delay and reorder everything (seed ${seed})`, async () => {
    await using owner = new AsyncDisposableStack();
    const draw = seeded(seed);
    const hub = new LineHub(draw);
    owner.defer(() => hub.close());
    const nodes = await Promise.all(
      ["a", "b", "c"].map((node) => openPresence(hub.line(), owner, { node })),
    );
    await until(() => nodes.every(({ bus }) => bus.others.length === 2));
    const viewers = nodes.map(() => new Viewer());
    for (const [at, { presence }] of nodes.entries()) {
      presence.join(viewers[at].session, id(`viewer${at}`), person(`viewer${at}`));
    }
    const open: { node: number; name: string; viewer: Viewer }[] = [];
    const busy = new Set<string>();
    // Whoever comes back at another node before that has heard of their leaving is busy there still: they stay away.
    const [wasBusy, retired] = [new Set<string>(), new Set<string>()];
    for (let step = 0; step < STEPS; step++) {
      const node = draw(3);
      const name = `p${draw(PEOPLE)}`;
      const last = open[draw(Math.max(1, open.length))];
      if (draw(2) === 0 || last === undefined) {
        if (retired.has(name)) continue;
        const viewer = new Viewer();
        open.push({ node, name, viewer });
        nodes[node].presence.join(viewer.session, id(name), person(name));
      } else if (draw(4) === 0) {
        // Where they are; elsewhere nobody may say it.
        nodes[last.node].presence.setBusy(id(last.name), busy.has(last.name) ? undefined : BUSY);
        if (!busy.delete(last.name)) busy.add(last.name);
        wasBusy.add(last.name);
        await until(() =>
          nodes.every(({ presence }) =>
            (presence.attendance(id(last.name))?.busy !== undefined) === busy.has(last.name)
          )
        );
      } else {
        open.splice(open.indexOf(last), 1);
        nodes[last.node].presence.leave(last.viewer.session, id(last.name));
        if (!open.some(({ name }) => name === last.name)) {
          if (wasBusy.has(last.name)) retired.add(last.name);
          busy.delete(last.name);
        }
      }
    }
    for (let at = 0; at < NEW; at++) {
      nodes[at % 3].presence.announce(id(`new${at}`), person(`new${at}`), "registered");
    }
    const names = new Set([...open.map(({ name }) => name), "viewer0", "viewer1", "viewer2"]);
    const truth = [...names].sort();
    await until(() => nodes.every((node) => `${pageOf(node)}` === `${truth}`));
    await until(() => viewers.every(({ here }) => `${here}` === `${truth}`));
    const announced = Array.from({ length: NEW }, (_, at) => `new${at} registered`);
    await until(() => viewers.every(({ events }) => events.length >= announced.length));
    for (const { events } of viewers) deepEqual(events.toSorted(), announced.toSorted());
    await until(() =>
      viewers.every((viewer) => `${[...viewer.busy].sort()}` === `${[...busy].sort()}`)
    );
    const { lost, doubled, late } = hub.faults;
    ok(lost > 0 && doubled > 0 && late > 0, JSON.stringify(hub.faults));
  });
}

Deno.test("a node that is cut off takes its people along, and they are back with it", async () => {
  await using owner = new AsyncDisposableStack();
  const hub = new LineHub();
  owner.defer(() => hub.close());
  const patience = { answerMs: HANG_MS, goneMs: 1500 };
  const line = hub.line();
  const [one, two] = await Promise.all([
    openPresence(hub.line(), owner, { node: "one", patience }),
    openPresence(line, owner, { node: "two", patience }),
  ]);
  const [alice, bob] = [new Viewer(), new Viewer()];
  one.presence.join(alice.session, id("alice"), person("alice"));
  two.presence.join(bob.session, id("bob"), person("bob"));
  await until(() => `${alice.here}` === "alice,bob" && `${bob.here}` === "alice,bob");
  line.cut();
  await until(() => `${alice.here}` === "alice" && `${bob.here}` === "bob");
  equal(one.presence.onlineCount, 1);
  const carol = new Viewer();
  two.presence.join(carol.session, id("carol"), person("carol"));
  two.presence.announce(id("carol"), person("carol"), "identity");
  line.mend();
  await until(() => `${alice.here}` === "alice,bob,carol" && `${bob.here}` === "alice,bob,carol");
  await until(() => alice.events.includes("carol identity"));
});

Deno.test("what a node said of somebody before it said another thing is not believed, whenever it comes", () => {
  const rolls = new OtherRolls();
  const them: RollPerson = {
    ...{ account: id("bob"), name: person("bob").name, identity: IDENTITY },
    ...{ sinceMs: 1, sessions: [], busy: undefined, saidMs: 0 },
  };
  const say = (news: Omit<RollNews, "node">) => [...rolls.hear({ node: "two", ...news })].length;
  const here = (number: number) => ({ number, is: "here", person: them }) as const;
  equal(say({ changes: [here(1)] }), 1);
  equal(say({ changes: [here(1)] }), 0, "twice");
  const gone = { number: 4, is: "gone", account: id("bob"), wasKicked: false } as const;
  equal(say({ changes: [gone] }), 1);
  equal(say({ changes: [here(3)] }), 0, "late");
  // Pages name who is there, between their ends.
  equal(say({ changes: [here(5)], page: { number: 5 } }), 1);
  equal(say({ changes: [], page: { after: id("bob"), number: 9 } }), 0, "behind him");
  equal(say({ changes: [], page: { upTo: id("alice"), number: 9 } }), 0, "before him");
  equal(say({ changes: [], page: { number: 4 } }), 0, "older than what is known of him");
  equal(say({ changes: [], page: { upTo: id("bob"), number: 6 } }), 1);
  equal(say({ changes: [here(6)] }), 0, "older than the page");
  equal(rolls.has(id("bob")), false);
  equal([...rolls.keep(new Set())].length, 0);
  equal(say({ changes: [here(7)] }), 1);
  deepEqual([...rolls.keep(new Set())].map(({ is }) => is), ["gone"]);
});

Deno.test("a roll travels as it is, and what is none is not read", () => {
  const news: RollNews = {
    node: "two",
    page: { number: 3, upTo: id("zoe") },
    changes: [
      {
        ...{ number: 1, is: "here" },
        person: {
          ...{ account: id("bob"), name: person("bob").name, identity: IDENTITY, sinceMs: 1 },
          ...{ sessions: [{ number: 2, address: "::1", port: 9, sinceMs: 1 }], saidMs: 8 },
          busy: { ...BUSY, untilMs: 99 },
        },
      },
      { number: 2, is: "gone", account: id("eve"), wasKicked: true },
      { number: 3, is: "met", ageMs: 0, left: id("bob"), right: id("eve") },
    ],
  };
  const travelled = JSON.parse(JSON.stringify(packRoll(news)));
  deepEqual(readRoll(travelled), news);
  for (const bad of [{}, { ...travelled, node: 7 }, { ...travelled, changes: [{ is: "here" }] }]) {
    equal(readRoll(bad), undefined);
  }
});
