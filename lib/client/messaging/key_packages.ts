/** Keeps enough key packages of this device in the server's directory (SR-30). */

import {
  encodeOwnKeyPackage,
  generateKeyPackage,
  type OwnKeyPackage,
} from "../../crypto/mls/key_package.ts";
import { DEFAULT_SUITE } from "../../crypto/mls/suite.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Link } from "../link.ts";
import { ownDevice, type Profile } from "../profile/profile.ts";

const FULL = 100;
const REFILL_AT = 30;
/** What a first sign-in makes at once; the rest is made while the program has nothing else to do. */
const BATCH = 25;
const WEEK_MS = 7 * 24 * 3600 * 1000;

/** Publishes what is missing. Safe to stop at any point: private halves are stored before public ones leave. */
export async function refillKeyPackages(
  profile: Profile,
  link: Link,
  options: { atMost?: number } = {},
): Promise<void> {
  const { fields } = await link.ask("keys.count", {});
  await refreshLastResort(profile, link, fields.lastResort);
  if (fields.oneTime >= REFILL_AT) return;
  const wanted = Math.min(FULL - fields.oneTime, options.atMost ?? FULL);
  for (let made = 0; made < wanted; made += BATCH) {
    await publish(profile, link, { count: Math.min(BATCH, wanted - made), lastResort: false });
  }
}

/** A last-resort package is replaced every 7 days; the old key opens late Welcomes for 7 days more, then it is erased. */
async function refreshLastResort(profile: Profile, link: Link, isThere: boolean): Promise<void> {
  const { database, clock } = profile;
  const nowMs = clock.nowMs();
  database.command("DELETE FROM key_package WHERE replaced_ms < ?").run(nowMs - WEEK_MS);
  const fresh = database.query(
    "SELECT reference FROM key_package WHERE last_resort = 1 AND replaced_ms IS NULL AND made_ms > ?",
    (row) => row.text("reference"),
  ).first(nowMs - WEEK_MS);
  if (isThere && fresh !== undefined) return;
  database.command(
    "UPDATE key_package SET replaced_ms = ? WHERE last_resort = 1 AND replaced_ms IS NULL",
  ).run(nowMs);
  await publish(profile, link, { count: 1, lastResort: true });
}

async function publish(
  profile: Profile,
  link: Link,
  options: { count: number; lastResort: boolean },
): Promise<void> {
  const { database, clock } = profile;
  const packages: OwnKeyPackage[] = [];
  for (let i = 0; i < options.count; i++) {
    packages.push(
      await generateKeyPackage(ownDevice(profile), {
        suite: DEFAULT_SUITE,
        nowMs: clock.nowMs(),
        isLastResort: options.lastResort,
      }),
    );
  }
  const sealed = await Promise.all(
    packages.map((own) => profile.vault.seal("key_package", own.ref, encodeOwnKeyPackage(own))),
  );
  database.transaction(() => {
    const insert = database.command("INSERT INTO key_package VALUES (?, ?, ?, ?, NULL)");
    for (const [i, own] of packages.entries()) {
      insert.run(own.ref, sealed[i], options.lastResort ? 1 : 0, clock.nowMs());
    }
  });
  const { sizes, payload } = joinSections(packages.map((own) => own.publicBytes));
  await link.ask("keys.publish", { lastResort: options.lastResort, sizes }, payload);
}
