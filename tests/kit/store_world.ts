/** Devices of a few accounts that do everything at once that a store judges: said, committed, taken, granted, reserved. */

import { utf8 } from "../../lib/base/bytes.ts";
import type { AccountId, ConversationId } from "../../lib/base/ids.ts";
import type { Member } from "../../lib/relay/message_log.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../../lib/relay/log_rules.ts";
import type { SanctionKind } from "../../lib/server/store/moderation_store.ts";
import type { Store } from "../../lib/server/store/store.ts";
import {
  accountId,
  conversationId,
  deviceId,
  join,
  link,
  newAccount,
  START_MS,
  uploadId,
  Writer,
} from "../unit/server/store_kit.ts";
import { change, commit, openRoom, ROOM } from "../unit/server/store_rooms_kit.ts";
import type { Caller } from "./two_processes.ts";

export const DIRECT = conversationId(1);
export { ROOM };

const MESSAGE_BYTES = 64;
/** So small that all of them are reached. */
export const MAILBOX_LIMITS = {
  perDeviceBytes: 12 * (MESSAGE_BYTES + ENVELOPE_OVERHEAD_BYTES),
  perSenderBytes: 10 * (MESSAGE_BYTES + ENVELOPE_OVERHEAD_BYTES),
};
export const UPLOAD_LIMITS = { bytes: 1000, uploads: 3, allBytes: 1500, firstBytes: 200 };
export const INVITED = 3;
const TOKEN = new Uint8Array(32).fill(7);

/** What the devices share: what each has heard last of where conversations are. */
export interface World {
  readonly writers: readonly Writer[];
  readonly epochs: Map<ConversationId, number>;
  readonly passwords: Map<AccountId, string>;
  roomVersion: number;
}

/** Alice, Bob, Carol and Dave, a room of three, a direct conversation of the first two, and their second devices. */
export async function openWorld(store: Store): Promise<World> {
  const { alice, bob, carol } = await openRoom(store);
  const dave = new Writer(await join(store, "dave", 4));
  const second = [
    new Writer(await link(store, alice.member, 11)),
    new Writer(await link(store, bob.member, 12)),
  ];
  await store.openDirect(alice.opening(DIRECT, bob.member));
  for (const { member: { account } } of [alice, bob]) {
    await store.grantRole({ by: "operator", account, role: "owner", nowMs: START_MS });
  }
  await store.addToken({ hash: TOKEN, uses: INVITED, expiresMs: START_MS + 1 });
  // Welcomes and the founding of the room are commits too.
  const epochs = new Map([[DIRECT, 1], [ROOM, 1]]);
  const writers = [alice, bob, carol, dave, ...second];
  return { writers, epochs, passwords: new Map(), roomVersion: 2 };
}

/** One device that acts: who it is, its chance, its way to the store. */
interface Actor {
  readonly world: World;
  readonly writer: Writer;
  readonly draw: (below: number) => number;
  readonly ask: Caller;
  /** Of everything that it makes, so that nothing is made twice. */
  readonly next: () => string;
}

type Action = (actor: Actor) => Promise<unknown>;

const NAMES = ["alice", "bob", "carol", "dave"] as const;
const anyone = ({ draw }: Actor): AccountId => accountId(NAMES[draw(NAMES.length)]);
const anyDevice = ({ world, draw }: Actor): Member =>
  world.writers[draw(world.writers.length)].member;
const anyConversation = ({ draw }: Actor) => draw(2) === 0 ? DIRECT : ROOM;
const actorOf = ({ writer, draw }: Actor) => draw(4) === 0 ? "operator" : writer.member.account;
const sanctionKind = ({ draw }: Actor): SanctionKind => draw(2) === 0 ? "kick" : "mute";

/** Signs in again, by the password of now. */
async function comeIn({ world, writer, ask }: Actor): Promise<void> {
  const { member } = writer;
  const passwordRecord = (await ask("findAccount", member.account))?.passwordRecord;
  if (passwordRecord === undefined) return;
  world.passwords.set(member.account, passwordRecord);
  const told = await ask("enter", { ...member, passwordRecord, nowMs: START_MS });
  if (told?.result === "entered") writer.generation = told.account.generation;
}

const say: Action = async (actor) => {
  const { world, writer, draw, ask, next } = actor;
  const conversation = anyConversation(actor);
  const epoch = Math.max(0, (world.epochs.get(conversation) ?? 0) + 1 - draw(6));
  const text = next().padEnd(MESSAGE_BYTES, ".");
  const told = await ask("append", {
    ...writer.message(conversation, epoch, text),
    limits: MAILBOX_LIMITS,
    counts: draw(2) === 0,
  });
  if (told === undefined) return await comeIn(actor);
  if (told.result === "stale-epoch") world.epochs.set(conversation, told.epoch);
};

const commitDirect: Action = async (actor) => {
  const { world, writer, draw, ask } = actor;
  const adds = draw(3) === 0;
  const told = await ask("commit", {
    ...writer.commit(DIRECT, world.epochs.get(DIRECT) ?? 0),
    joins: draw(4) > 0,
    added: adds ? [anyDevice(actor)] : [],
    welcome: adds ? utf8("welcome") : undefined,
    removed: draw(8) === 0 ? [anyDevice(actor)] : [],
  });
  if (told === undefined) return await comeIn(actor);
  if ("epoch" in told) world.epochs.set(DIRECT, told.epoch);
};

const commitRoom: Action = async (actor) => {
  const { world, writer, draw, ask, next } = actor;
  const { account } = writer.member;
  const facts = [
    {},
    { entry: next() },
    { entry: next(), admits: account },
    { entry: next(), expels: anyone(actor) },
  ][draw(8)] ?? {};
  const by = change(world.roomVersion, facts);
  const told = await ask("commitToRoom", {
    ...commit(writer, world.epochs.get(ROOM) ?? 0, by),
    joins: draw(4) > 0,
    removed: world.writers.map(({ member }) => member)
      .filter((member) => member.account === by.expels),
  });
  if (told === undefined) return await comeIn(actor);
  if (!("version" in told)) return;
  world.epochs.set(ROOM, told.epoch);
  world.roomVersion = told.version;
};

const acknowledge: Action = async (actor) => {
  const { writer: { member: { device } }, draw, ask } = actor;
  await ask("acknowledge", { device, conversation: anyConversation(actor), seq: draw(60) });
};

const publish: Action = async ({ writer: { member: { device } }, ask, next, draw }) => {
  // A node that hears nothing may publish them again; the device then makes new ones.
  for (let i = draw(3); i > 0; i--) {
    const packages = [utf8(next())];
    await ask("publishKeyPackages", { device, packages, lastResort: false, nowMs: START_MS });
  }
};

const take: Action = (actor) => actor.ask("takeKeyPackage", anyone(actor));

const grant: Action = (actor) => {
  const role = (["member", "member", "moderator", "owner"] as const)[actor.draw(4)];
  const account = anyone(actor);
  return actor.ask("grantRole", { by: actorOf(actor), account, role, nowMs: START_MS });
};

const sanction: Action = (actor) => {
  const kind = sanctionKind(actor);
  const account = anyone(actor);
  const terms = { untilMs: undefined, reason: "", nowMs: START_MS };
  return actor.ask("addSanction", { by: actorOf(actor), kind, account, ...terms });
};

const lift: Action = (actor) => {
  const kind = sanctionKind(actor);
  const account = anyone(actor);
  return actor.ask("liftSanction", { by: actorOf(actor), kind, account, nowMs: START_MS });
};

const enter: Action = async ({ world, writer, draw, ask }) => {
  const { member } = writer;
  const { account } = member;
  const passwordRecord = draw(2) === 0 ? world.passwords.get(account) : undefined;
  const claim = { ...member, ...passwordRecord && { passwordRecord }, nowMs: START_MS };
  const told = await ask("enter", claim);
  if (told?.result === "entered") writer.generation = told.account.generation;
  // Whoever signs in proves what was the password some time ago.
  const known = draw(3) === 0 ? await ask("findAccount", account) : undefined;
  if (known !== undefined) world.passwords.set(account, known.passwordRecord);
};

const changePassword: Action = async ({ writer, ask, next }) => {
  const { account, device: keepDevice } = writer.member;
  const told = await ask("replacePassword", { account, passwordRecord: next(), keepDevice });
  writer.generation = told ?? writer.generation;
};

const removeSecond: Action = async ({ writer: { member: { account } }, draw, ask }) => {
  const known = await ask("findAccount", account);
  const present = known?.revocationSequence ?? 0;
  const devices = draw(4) === 0 ? [deviceId(draw(2) + 11)] : [];
  const revocation = new Uint8Array(4);
  await ask("removeDevices", { account, devices, revocation, present, sequence: present + 1 });
};

const upload: Action = async (actor) => {
  const { writer: { member: { account, device } }, draw, ask } = actor;
  // Eight ids for each device, so that some are begun again.
  const id = uploadId(parseInt(device, 16) * 8 + draw(8));
  const limits = UPLOAD_LIMITS;
  const reader = accountId("carol");
  await ask("openUpload", {
    ...{ upload: id, sender: account, audience: { account: reader } },
    ...{ sizeBytes: 300 + 100 * (parseInt(id, 16) % 3), limits, nowMs: START_MS },
  });
  await ask("reserveUpload", { upload: id, bytes: 100 * draw(5), limits });
  const by = draw(3) === 0 ? reader : account;
  if (draw(2) === 0) await ask("releaseUpload", { upload: id, account: by, keepBytes: 400 });
};

const writePage: Action = async ({ writer: { member: { account } }, ask, next }) => {
  const present = await ask("readPage", { account, page: "people" });
  const page = { version: next(), follows: present?.version, body: utf8("sealed") };
  await ask("writePage", { account, page: "people", ...page });
};

const register: Action = ({ ask, next, writer: { member } }) => {
  const name = `guest${next().replaceAll(/[^a-z0-9]/g, "")}`;
  const device = parseInt(name.replaceAll(/\D/g, ""), 10) * 100 + parseInt(member.device, 16);
  return ask("createAccount", newAccount(name, device + 1000, TOKEN));
};

/** More often what happens more often. */
const ACTIONS: readonly Action[] = [
  ...[say, say, say, say, say, say, say, say, say, say],
  ...[commitDirect, commitDirect, commitRoom, commitRoom, acknowledge],
  ...[publish, take, take, grant, grant, grant, sanction, sanction, lift, lift, lift],
  ...[
    enter,
    enter,
    enter,
    changePassword,
    changePassword,
    removeSecond,
    upload,
    upload,
    writePage,
    register,
  ],
];

/** Has each device do so many things one after the other, all devices at once. */
export async function live(
  world: World,
  { steps, chanceOf, callerOf }: {
    readonly steps: number;
    /** Each device has a chance of its own: what one draws does not depend on how quick another is. */
    readonly chanceOf: (device: number) => (below: number) => number;
    readonly callerOf: (draw: (below: number) => number) => Caller;
  },
): Promise<void> {
  await Promise.all(world.writers.map(async (writer, i) => {
    const draw = chanceOf(i);
    let made = 0;
    const next = () => `${i}-${++made}`;
    const actor = { world, writer, draw, ask: callerOf(draw), next };
    for (let step = 0; step < steps; step++) await ACTIONS[draw(ACTIONS.length)](actor);
  }));
}
