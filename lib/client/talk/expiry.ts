/** Erases what was to disappear, once its time is over: also what came due while no program ran. */

import type { Messenger } from "../store/messenger.ts";

/** How many texts were erased. Older versions of them may stand in the database's log; see `Database.truncateLog`. */
export async function eraseDue({ profile, history }: Messenger): Promise<number> {
  const due = history.index.due(profile.clock.nowMs());
  if (due.length === 0) return 0;
  const ids = history.index.at(due).map(({ id }) => id);
  await history.rewrite(due, () => undefined, () => {
    for (const id of ids) history.changes.forget(id);
    return true;
  });
  return due.length;
}
