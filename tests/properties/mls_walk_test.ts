/**
 * Random walks over a group with both safe patterns: one Add per commit with the joiner's immediate commit, and joins by
 * external commit. Plain Adds without that commit fail in ts-mls 1.6.4, which is why neither pattern may change.
 */

import assert from "node:assert/strict";
import { encodeHex } from "../../lib/base/bytes.ts";
import { decodeGroupState, encodeGroupState } from "../../lib/crypto/mls/group_state.ts";
import { Directory, person } from "../kit/devices.ts";
import { ANYONE, enter, found, NOW_MS, type TestMember, welcome } from "../kit/groups.ts";

const SLOW = Deno.env.get("SLOW") === "1";
const STEPS = SLOW ? 100 : 15;
const SEEDS = SLOW ? [1, 2, 3] : [1, 2];
const MEMBER_LIMIT = SLOW ? 30 : 10;
const START = 4;

type Operation = "join" | "remove" | "update" | "return" | "message" | "store";
const OPERATIONS: readonly Operation[] = [
  ...["join", "join", "join", "remove", "update", "return", "message", "store"] as const,
];

/** A small generator (LCG of Numerical Recipes), so that a seed gives the same walk everywhere. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

class Walk {
  readonly directory = new Directory();
  readonly random: (below: number) => number;
  readonly pattern: "welcome" | "external";
  members: TestMember[] = [];
  groupInfo: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(seed: number, pattern: "welcome" | "external") {
    this.random = generator(seed);
    this.pattern = pattern;
  }

  async newDevice() {
    const which = this.random(4);
    return await this.directory.device(await person(`person ${which}`, which), NOW_MS);
  }

  pick(): TestMember {
    return this.members[this.random(this.members.length)];
  }

  others(...without: TestMember[]): TestMember[] {
    return this.members.filter((member) => !without.includes(member));
  }

  async update(member: TestMember): Promise<void> {
    const pending = await member.update();
    this.groupInfo = pending.groupInfo;
    for (const other of this.others(member)) await other.apply(pending.commit);
  }

  async join(): Promise<void> {
    const device = await this.newDevice();
    if (this.pattern === "welcome") {
      const adder = this.pick();
      this.members.push(await welcome(adder, device, this.others(adder)));
    } else {
      const entered = await enter(device, this.groupInfo, this.members);
      this.groupInfo = entered.groupInfo;
      this.members.push(entered.member);
    }
  }

  async return(): Promise<void> {
    if (this.pattern === "welcome") await this.update(this.pick());
    const lost = this.pick();
    const entered = await enter(lost.device, this.groupInfo, this.others(lost));
    this.groupInfo = entered.groupInfo;
    this.members = [...this.others(lost), entered.member];
  }

  async remove(): Promise<void> {
    const remover = this.pick();
    const candidates = this.others(remover);
    const gone = candidates[this.random(candidates.length)];
    const pending = await remover.remove(gone);
    this.groupInfo = pending.groupInfo;
    this.members = this.others(gone);
    for (const other of this.others(remover)) await other.apply(pending.commit);
    await gone.apply(pending.commit);
    assert.equal(gone.state.isActive, false);
    const secret = await remover.seal("without you");
    assert.equal((await gone.open(secret.message)).kind, "future-epoch");
    for (const other of this.others(remover)) {
      assert.equal(await other.read(secret.message), "without you");
    }
  }

  async message(): Promise<void> {
    const sender = this.pick();
    const { message } = await sender.seal("hello");
    for (const other of this.others(sender)) assert.equal(await other.read(message), "hello");
  }

  store(): void {
    const member = this.pick();
    const read = decodeGroupState(encodeGroupState(member.state));
    assert.ok(read.ok);
    member.state = read.state;
  }

  async start(): Promise<void> {
    const first = await found(await this.newDevice(), this.directory, ANYONE);
    this.members = [first];
    await this.update(first);
    while (this.members.length < START) await this.join();
  }

  async step(): Promise<Operation> {
    const wanted = OPERATIONS[this.random(OPERATIONS.length)];
    const isFull = wanted === "join" && this.members.length >= MEMBER_LIMIT;
    const isSmall = wanted === "remove" && this.members.length <= START;
    const operation = isFull ? "remove" : isSmall ? "join" : wanted;
    if (operation === "update") await this.update(this.pick());
    else await this[operation]();
    return operation;
  }

  check(): void {
    const hashes = this.members.map((member) => encodeHex(member.state.transcriptHash));
    assert.equal(new Set(hashes).size, 1);
    for (const { state, device } of this.members) {
      assert.deepEqual(state.members, this.members[0].state.members);
      const own = state.members.find((member) => member.leafIndex === state.ownLeafIndex);
      assert.equal(own?.deviceId, device.certificate.deviceId);
    }
    assert.equal(this.members[0].state.members.length, this.members.length);
  }
}

for (const pattern of ["welcome", "external"] as const) {
  for (const seed of SEEDS) {
    Deno.test(`group stays one through a random walk with joins by ${pattern}, seed ${seed}`, async () => {
      const walk = new Walk(seed, pattern);
      await walk.start();
      const done: Operation[] = [];
      for (let step = 0; step < STEPS; step++) {
        try {
          done.push(await walk.step());
          walk.check();
        } catch (error) {
          throw new Error(`seed ${seed}, after ${done.join(" ")}`, { cause: error });
        }
      }
    });
  }
}
