/** Reports of what goes on where a row cannot yield them itself. */

import { Channel } from "../base/channel.ts";

/** Does `action` and yields what it tells: `tell` resolves when that was shown. Returns its result, or throws what it throws. */
export async function* whileTelling<Report, Result>(
  action: (tell: (report: Report) => Promise<void>) => Promise<Result>,
): AsyncGenerator<readonly Report[], Result> {
  const told = new Channel<{ readonly report: Report; readonly shown: () => void }>();
  const tell = (report: Report) => new Promise<void>((shown) => void told.push({ report, shown }));
  const acting = action(tell);
  acting.then(() => told.close(), () => told.close());
  for await (const { report, shown } of told) {
    yield [report];
    shown();
  }
  return await acting;
}
