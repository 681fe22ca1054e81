import assert from "node:assert/strict";
import { parseAccountName } from "../../../lib/base/account_name.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import type { Actor, SanctionKind } from "../../../lib/server/store/moderation_store.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import type { Role } from "../../../lib/protocol/permissions.ts";
import type { Cases } from "./store_contract.ts";
import { accountId, DAY_MS, deviceId, join, openPair, START_MS } from "./store_kit.ts";

const HOUR_MS = 3600_000;
const nowMs = START_MS;

/** Yoda owns, mace and windu moderate, anakin is a member. */
async function people(store: Store): Promise<Readonly<Record<string, AccountId>>> {
  const names = ["yoda", "mace", "windu", "anakin"];
  for (const [i, name] of names.entries()) await join(store, name, i + 1);
  await grant(store, "operator", ["yoda", "owner"]);
  await grant(store, "operator", ["mace", "moderator"]);
  await grant(store, "operator", ["windu", "moderator"]);
  return Object.fromEntries(names.map((name) => [name, accountId(name)]));
}

async function grant(store: Store, by: Actor, [name, role]: [string, Role]): Promise<string> {
  return (await store.grantRole({ by, account: accountId(name), role, nowMs })).result;
}

async function lay(
  store: Store,
  by: Actor,
  what: { name: string; kind?: SanctionKind; untilMs?: number; reason?: string },
): Promise<string> {
  const { name, kind = "kick", untilMs, reason = "younglings" } = what;
  const account = accountId(name);
  return (await store.addSanction({ by, account, kind, untilMs, reason, nowMs })).result;
}

async function isKicked(store: Store, name: string, atMs = nowMs): Promise<boolean> {
  return (await store.findEntry({ account: accountId(name), nowMs: atMs })).kick !== undefined;
}

export const moderationCases: Cases = {
  "store writes down commands of the operator, which are about nobody": async (store) => {
    await store.recordCommand({ detail: "db", nowMs });
    const [line] = await store.listAudit({ limit: 9 });
    const { by, target, action, detail, atMs } = line;
    assert.deepEqual([by, target, action, detail, atMs], [
      undefined,
      undefined,
      "console",
      "db",
      nowMs,
    ]);
    assert.deepEqual((await store.moderationActionsSince(0)).moderationActions, []);
  },

  "store gives roles, and everyone without one is a member": async (store) => {
    const { yoda, mace, anakin } = await people(store);
    assert.deepEqual(
      await Promise.all(
        [yoda, mace, anakin, accountId("palpatine")].map((id) => store.findRole(id)),
      ),
      ["owner", "moderator", "member", "member"],
    );
    const holders = await store.listRoles({ limit: 9 });
    assert.deepEqual(holders.map(({ name, role }) => `${name} ${role}`), [
      "mace moderator",
      "windu moderator",
      "yoda owner",
    ]);
    const [next] = await store.listRoles({ after: mace, limit: 1 });
    assert.equal(next.name, "windu");
    const granted = await store.grantRole({ by: yoda, account: mace, role: "member", nowMs });
    assert.ok(granted.result === "done");
    const { before, moderationAction } = granted;
    assert.deepEqual([before, moderationAction?.account, moderationAction?.by], [
      "moderator",
      mace,
      "yoda",
    ]);
    assert.equal(await store.findRole(mace), "member");
  },

  "store lets each role do what the table says, and moderators act on members alone": async (
    store,
  ) => {
    const { yoda, mace, anakin } = await people(store);
    const denied = await store.addSanction({
      by: anakin,
      account: mace,
      kind: "kick",
      untilMs: undefined,
      reason: "",
      nowMs,
    });
    assert.deepEqual(denied, { result: "not-permitted", needs: "moderator" });
    assert.equal(await grant(store, mace, ["anakin", "moderator"]), "not-permitted");
    for (const name of ["windu", "yoda", "mace"]) {
      assert.equal(await lay(store, mace, { name }), "outranked", name);
    }
    assert.equal(await lay(store, yoda, { name: "yoda" }), "yourself");
    assert.equal(await lay(store, yoda, { name: "yoda", kind: "mute" }), "yourself");
    assert.equal(await lay(store, mace, { name: "anakin" }), "done");
    assert.equal(
      (await store.recordModerationAction({
        by: mace,
        account: anakin,
        action: "unlock",
        detail: "",
        nowMs,
      }))
        .result,
      "done",
    );
    assert.equal(await lay(store, yoda, { name: "mace" }), "done");
    assert.equal(await isKicked(store, "yoda"), false);
  },

  "store judges in the order of the calls: who was demoted before kicks nobody": async (store) => {
    const { yoda, mace } = await people(store);
    const [demoted, kicked] = await Promise.all([
      grant(store, yoda, ["mace", "member"]),
      lay(store, mace, { name: "anakin" }),
    ]);
    assert.deepEqual([demoted, kicked], ["done", "not-permitted"]);
    assert.equal(await isKicked(store, "anakin"), false);
  },

  "store lets nobody who is kicked moderate, whose session another node has yet to end": async (
    store,
  ) => {
    const { yoda, mace, anakin } = await people(store);
    assert.equal(await grant(store, yoda, ["mace", "owner"]), "done");
    const untilMs = nowMs + HOUR_MS;
    assert.equal(await lay(store, yoda, { name: "mace", untilMs }), "done");
    assert.equal(await grant(store, mace, ["yoda", "member"]), "kicked");
    assert.equal(await lay(store, mace, { name: "yoda" }), "kicked");
    const order = { by: mace, account: mace, nowMs } as const;
    assert.equal((await store.liftSanction({ ...order, kind: "kick" })).result, "kicked");
    const unlock = { action: "unlock", detail: "", account: anakin } as const;
    assert.equal((await store.recordModerationAction({ ...order, ...unlock })).result, "kicked");
    assert.equal(await isKicked(store, "mace"), true);
    assert.deepEqual([await store.findRole(yoda), await isKicked(store, "yoda")], ["owner", false]);
    const later = { by: mace, account: anakin, kind: "mute", reason: "" } as const;
    const laid = await store.addSanction({ ...later, nowMs: untilMs, untilMs: undefined });
    assert.equal(laid.result, "done");
  },

  "store never demotes or kicks the last owner, and a kicked owner does not count": async (
    store,
  ) => {
    const { yoda, mace } = await people(store);
    assert.equal(await grant(store, yoda, ["yoda", "member"]), "last-owner");
    assert.equal(await lay(store, "operator", { name: "yoda" }), "last-owner");
    assert.equal(await grant(store, yoda, ["mace", "owner"]), "done");
    assert.equal(await lay(store, mace, { name: "yoda" }), "done");
    assert.equal(await grant(store, mace, ["mace", "moderator"]), "last-owner");
    const lifted = await store.liftSanction({ by: mace, account: yoda, kind: "kick", nowMs });
    assert.equal(lifted.result, "done");
    assert.equal(await grant(store, mace, ["mace", "moderator"]), "done");
  },

  "store holds a kick until its end, or until somebody undoes it": async (store) => {
    const { yoda, mace, anakin } = await people(store);
    const untilMs = nowMs + HOUR_MS;
    await lay(store, mace, { name: "anakin", untilMs });
    const entry = { account: anakin, device: deviceId(4), nowMs: untilMs - 1 };
    const { account, device, kick } = await store.findEntry(entry);
    assert.deepEqual([account?.name, device?.device], ["anakin", deviceId(4)]);
    const parsed = parseAccountName("mace");
    assert.deepEqual(kick, {
      kind: "kick",
      account: anakin,
      name: "anakin",
      by: parsed.ok ? parsed.name : undefined,
      atMs: nowMs,
      untilMs,
      reason: "younglings",
    });
    assert.equal(await isKicked(store, "anakin", untilMs), false);
    await lay(store, "operator", { name: "anakin", reason: "" });
    const { kick: ban } = await store.findEntry({ account: anakin, nowMs: nowMs + 999 * DAY_MS });
    assert.deepEqual([ban?.by, ban?.untilMs, ban?.reason], [undefined, undefined, ""]);
    const lift = { by: yoda, account: anakin, kind: "kick", nowMs } as const;
    assert.equal((await store.liftSanction(lift)).result, "done");
    assert.equal((await store.liftSanction(lift)).result, "none");
    assert.equal(await isKicked(store, "anakin"), false);
  },

  "store lists what holds, page by page": async (store) => {
    const { yoda } = await people(store);
    for (const name of ["mace", "windu", "anakin"]) {
      await lay(store, yoda, { name, kind: "mute", untilMs: nowMs + HOUR_MS });
    }
    await lay(store, yoda, { name: "windu" });
    const page = { kind: "mute", limit: 2, nowMs } as const;
    const first = await store.listSanctions(page);
    assert.deepEqual(first.map(({ name }) => name), ["anakin", "mace"]);
    const next = await store.listSanctions({ ...page, after: first[1].account });
    assert.deepEqual(next.map(({ name, kind }) => `${name} ${kind}`), ["windu mute"]);
    assert.deepEqual(await store.listSanctions({ ...page, nowMs: nowMs + HOUR_MS }), []);
  },

  "store refuses what a muted account sends, gives the first answer again, and delivers to it":
    async (
      store,
    ) => {
      const { alice, bob, conversation } = await openPair(store);
      const before = alice.message(conversation, 1);
      await store.append(before);
      await lay(store, "operator", { name: "alice", kind: "mute", untilMs: nowMs + HOUR_MS });
      const muted = await store.append(alice.message(conversation, 1));
      assert.equal(muted.result, "muted");
      assert.equal(muted.result === "muted" && muted.mute.reason, "younglings");
      assert.equal((await store.append(before)).result, "known");
      const said = await store.append(bob.message(conversation, 1));
      assert.equal(said.result === "appended" && said.recipients?.length, 1);
      const later = { ...alice.message(conversation, 1), nowMs: nowMs + HOUR_MS };
      assert.equal((await store.append(later)).result, "appended");
    },

  "store writes down who did what, and nothing that was refused": async (store) => {
    const { yoda, mace, anakin } = await people(store);
    await lay(store, anakin, { name: "mace" });
    await lay(store, mace, { name: "anakin", untilMs: nowMs + HOUR_MS });
    await store.liftSanction({ by: yoda, account: anakin, kind: "kick", nowMs });
    await grant(store, yoda, ["mace", "moderator"]);
    const lines = await store.listAudit({ limit: 3 });
    assert.deepEqual(
      lines.map(({ by, action, target, untilMs, detail }) =>
        [by ?? "operator", action, target, untilMs, detail].join(" ")
      ),
      [
        "yoda unkick anakin  ",
        `mace kick anakin ${nowMs + HOUR_MS} younglings`,
        "operator grant windu  member to moderator",
      ],
    );
    const older = await store.listAudit({ before: lines[2].entry, limit: 9 });
    assert.deepEqual(older.map(({ target }) => target), ["mace", "yoda"]);
  },

  "store brings kicks and grants since an entry, by whichever process": async (store) => {
    const { yoda, anakin } = await people(store);
    const { entry, moderationActions } = await store.moderationActionsSince();
    assert.deepEqual(moderationActions, []);
    assert.deepEqual(await store.moderationActionsSince(entry), { entry, moderationActions: [] });
    await lay(store, yoda, { name: "anakin" });
    await lay(store, yoda, { name: "mace", kind: "mute" });
    await grant(store, "operator", ["mace", "owner"]);
    const since = await store.moderationActionsSince(entry);
    assert.deepEqual(
      since.moderationActions.map(({ action, account, by }) => [action, account, by]),
      [["kick", anakin, "yoda"], ["grant", accountId("mace"), undefined]],
    );
    assert.equal(since.entry, entry + 3);
  },

  "store brings a hundred deeds at a time": async (store) => {
    await people(store);
    const { entry } = await store.moderationActionsSince();
    for (let i = 0; i < 101; i++) await lay(store, "operator", { name: "anakin" });
    const first = await store.moderationActionsSince(entry);
    assert.deepEqual([first.moderationActions.length, first.entry], [100, entry + 100]);
    const rest = await store.moderationActionsSince(first.entry);
    assert.deepEqual([rest.moderationActions.length, rest.entry], [1, entry + 101]);
  },

  "store cuts a reason that an older program let be too long": async (store) => {
    await people(store);
    // A store takes what it is given: the limit is Moderation's.
    await lay(store, "operator", { name: "anakin", reason: `${"x".repeat(199)}\u{1F600}` });
    const [sanction] = await store.listSanctions({ kind: "kick", limit: 1, nowMs });
    const [line] = await store.listAudit({ limit: 1 });
    assert.deepEqual([sanction.reason.length, sanction.reason.isWellFormed()], [200, true]);
    assert.equal(line.detail, sanction.reason);
  },

  "store refuses to act on an account that is not there, but says so only to who may act": async (
    store,
  ) => {
    const { mace, anakin } = await people(store);
    await assert.rejects(lay(store, mace, { name: "palpatine" }), { code: "unknown-account" });
    assert.equal(await lay(store, anakin, { name: "palpatine" }), "not-permitted");
  },

  "store keeps the record for 180 days, and sanctions no longer than they hold": async (store) => {
    const { anakin } = await people(store);
    await lay(store, "operator", { name: "anakin", untilMs: nowMs + HOUR_MS });
    await store.expire(nowMs + 180 * DAY_MS);
    assert.equal((await store.listAudit({ limit: 9 })).length, 4);
    const held = { kind: "kick", account: anakin, nowMs } as const;
    assert.equal(await store.findSanction(held), undefined, "also for a clock that was set back");
    await store.expire(nowMs + 180 * DAY_MS + 1);
    assert.deepEqual(await store.listAudit({ limit: 9 }), []);
  },
};
