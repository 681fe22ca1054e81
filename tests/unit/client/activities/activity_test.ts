/** Live activities, by a test double: a game that people of a room join, in place of a stream. */

import { deepEqual, equal } from "node:assert/strict";
import { type AccountId, type DeviceId, type Peer, roomHandle } from "../../../../lib/base/ids.ts";
import {
  type Activity,
  type ActivityWord,
  haveAllLeft,
  type Participant,
  stepOf,
  whoIsIn,
} from "../../../../lib/client/activities/activity.ts";

const ROOM = roomHandle(7);
const STATES = { joined: "accepted", declined: "declined", left: "left" } as const;

/** A game. */
class Game {
  activity: Activity | undefined;
  participants: readonly Participant[] = [];
  isOver = false;

  /** `who`: an account and its device, as `bob 1`. Returns what the others are told. */
  say(who: string, word: ActivityWord, peer: Peer = ROOM): string {
    const [account, device] = [who.split(" ")[0] as AccountId, who as DeviceId];
    const by = { from: account, device, peer };
    const taken = stepOf(this.activity, this.participants, { word, by });
    if (taken === undefined) return "nothing";
    const { step, isNews } = taken;
    if (step === "started") this.activity = { peer, account, device };
    else if (step === "ended") this.isOver = true;
    else {
      const others = this.participants.filter((one) => one.device !== device);
      this.participants = [...others, { account, device, state: STATES[step] }];
    }
    return isNews ? step : `${step}, no news`;
  }

  get who(): readonly string[] {
    return whoIsIn(this.participants);
  }

  /** One that `alice` started at her first device. */
  static started(): Game {
    const game = new Game();
    equal(game.say("alice 1", "start"), "started");
    return game;
  }
}

Deno.test("activity: it is started once, and nobody joins what was not started", () => {
  const game = new Game();
  equal(game.say("bob 1", "join"), "nothing");
  equal(game.say("alice 1", "start"), "started");
  equal(game.say("alice 1", "start"), "nothing");
  equal(game.say("bob 1", "start"), "nothing");
  equal(game.activity?.account, "alice");
});

Deno.test("activity: people join and leave, and everybody knows who is in", () => {
  const game = Game.started();
  equal(game.say("bob 1", "join"), "joined");
  equal(game.say("carol 1", "join"), "joined");
  deepEqual(game.who, ["bob", "carol"]);
  equal(game.say("bob 1", "stop"), "left");
  deepEqual(game.who, ["carol"]);
  equal(haveAllLeft(game.participants), false);
  equal(game.say("carol 1", "stop"), "left");
  equal(haveAllLeft(game.participants), true);
  equal(game.isOver, false);
});

Deno.test("activity: a person with several devices is one participant", () => {
  const game = Game.started();
  equal(game.say("bob 1", "join"), "joined");
  equal(game.say("bob 2", "join"), "joined, no news");
  deepEqual(game.who, ["bob"]);
  equal(game.say("bob 1", "stop"), "left, no news");
  deepEqual(game.who, ["bob"]);
  equal(game.say("bob 2", "stop"), "left");
  deepEqual(game.who, []);
});

Deno.test("activity: who declines is not in, and may join after all", () => {
  const game = Game.started();
  equal(game.say("bob 1", "decline"), "declined");
  equal(game.say("bob 2", "decline"), "declined, no news");
  deepEqual([game.who, haveAllLeft(game.participants)], [[], false]);
  equal(game.say("bob 1", "join"), "joined");
  deepEqual(game.who, ["bob"]);
});

Deno.test("activity: the device that started it alone ends it", () => {
  const game = Game.started();
  game.say("bob 1", "join");
  equal(game.say("alice 2", "stop"), "left");
  equal(game.isOver, false);
  equal(game.say("alice 1", "stop"), "ended");
  equal(game.isOver, true);
});

Deno.test("activity: what is said in another conversation, or by its beginner of joining, means nothing", () => {
  const game = Game.started();
  equal(game.say("bob 1", "join", roomHandle(8)), "nothing");
  equal(game.say("alice 1", "stop", "alice" as AccountId), "nothing");
  equal(game.say("alice 1", "join"), "nothing");
  deepEqual([game.who, game.isOver], [[], false]);
});
