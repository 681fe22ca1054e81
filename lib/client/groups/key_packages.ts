/** Keeps enough key packages of this device in the server's directory (SR-30). */

import {
  decodeOwnKeyPackage,
  encodeOwnKeyPackage,
  generateKeyPackage,
  type OwnKeyPackage,
} from "../../crypto/mls/key_package.ts";
import { DEFAULT_SUITE } from "../../crypto/mls/suite.ts";
import { ONE_TIME_KEY_PACKAGES_MAX } from "../../protocol/limits.ts";
import { joinSections } from "../../protocol/sections.ts";
import { Refusal } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link/link.ts";
import { ownDevice, type Profile } from "../profile/profile.ts";

const log = logger("client", "keys");

const REFILL_AT = 30;
/** What is made between two other things: a tenth of a second. */
const BATCH = 25;
const DAY_MS = 24 * 3600 * 1000;
const WEEK_MS = 7 * DAY_MS;
/** A package lives 28 days, and a Welcome for it waits 30 more at most. */
const ONE_TIME_LIFE_MS = 60 * DAY_MS;

/** Publishes what is missing. Safe to stop at any point: private halves are stored before public ones leave. */
export async function refillKeyPackages(
  profile: Profile,
  link: Link,
  options: { atMost?: number } = {},
): Promise<void> {
  const { fields } = await link.ask("keys.count", {});
  eraseOld(profile);
  await refreshLastResort(profile, link, fields.lastResort);
  if (fields.oneTime >= REFILL_AT) return;
  const wanted = Math.min(
    ONE_TIME_KEY_PACKAGES_MAX - fields.oneTime,
    options.atMost ?? ONE_TIME_KEY_PACKAGES_MAX,
  );
  for (let made = 0; made < wanted; made += BATCH) {
    await publish(profile, link, { count: Math.min(BATCH, wanted - made), lastResort: false });
  }
}

/** The same beside something else, a batch at most. A server that cannot now is asked another time. */
export async function refillWhenPossible(profile: Profile, link: Link): Promise<void> {
  try {
    await refillKeyPackages(profile, link, { atMost: BATCH });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    log.warn("key packages not refilled", { code: error.code });
  }
}

/** Inside the transaction of the join that used a package: a one-time one is erased, a last-resort one is to be replaced. */
export function usedKeyPackage(
  { database, clock }: Profile,
  used: Pick<OwnKeyPackage, "ref" | "isLastResort">,
): void {
  if (used.isLastResort) {
    database.command(
      "UPDATE key_package SET replaced_ms = ? WHERE reference = ? AND replaced_ms IS NULL",
    ).run(clock.nowMs(), used.ref);
  } else {
    database.command("DELETE FROM key_package WHERE reference = ?").run(used.ref);
  }
}

/** A replaced last-resort package opens late Welcomes for 7 days more. */
function eraseOld({ database, clock }: Profile): void {
  const nowMs = clock.nowMs();
  database.command("DELETE FROM key_package WHERE replaced_ms < ?").run(nowMs - WEEK_MS);
  database.command("DELETE FROM key_package WHERE last_resort = 0 AND made_ms < ?")
    .run(nowMs - ONE_TIME_LIFE_MS);
}

/** The last-resort package is replaced after each use, and every 7 days. */
async function refreshLastResort(profile: Profile, link: Link, isThere: boolean): Promise<void> {
  const { database, clock } = profile;
  const nowMs = clock.nowMs();
  const fresh = database.text(
    "SELECT reference FROM key_package WHERE last_resort = 1 AND replaced_ms IS NULL AND made_ms > ?",
    nowMs - WEEK_MS,
  );
  if (isThere && fresh !== undefined) return;
  await publish(profile, link, { count: 1, lastResort: true });
}

async function publish(
  profile: Profile,
  link: Link,
  options: { count: number; lastResort: boolean },
): Promise<void> {
  const { database, clock } = profile;
  const nowMs = clock.nowMs();
  const packages: OwnKeyPackage[] = [];
  for (let i = 0; i < options.count; i++) {
    packages.push(
      await generateKeyPackage(ownDevice(profile), {
        suite: DEFAULT_SUITE,
        nowMs,
        isLastResort: options.lastResort,
      }),
    );
  }
  const sealed = await Promise.all(
    packages.map((own) => profile.vault.seal("key_package", own.ref, encodeOwnKeyPackage(own))),
  );
  database.transaction(() => {
    if (options.lastResort) {
      database.command(
        "UPDATE key_package SET replaced_ms = ? WHERE last_resort = 1 AND replaced_ms IS NULL",
      ).run(nowMs);
    }
    const insert = database.command("INSERT INTO key_package VALUES (?, ?, ?, ?, NULL)");
    for (const [i, own] of packages.entries()) {
      insert.run(own.ref, sealed[i], options.lastResort ? 1 : 0, nowMs);
    }
  });
  const { sizes, payload } = joinSections(packages.map((own) => own.publicBytes));
  await link.ask("keys.publish", { lastResort: options.lastResort, sizes }, payload);
}

/** The private half that one of these references names. */
export async function findKeyPackage(
  profile: Profile,
  references: readonly string[],
): Promise<OwnKeyPackage | undefined> {
  const query = profile.database.query(
    "SELECT sealed FROM key_package WHERE reference = ?",
    (row) => row.bytes("sealed"),
  );
  for (const reference of references) {
    const sealed = query.first(reference);
    if (sealed === undefined) continue;
    const opened = await profile.vault.open("key_package", reference, sealed);
    const decoded = await decodeOwnKeyPackage(opened);
    if (decoded.ok) return decoded.keyPackage;
  }
  return undefined;
}
