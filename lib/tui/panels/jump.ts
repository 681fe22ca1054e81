/** Going to a place of the open conversation: what is new, its beginning, a date. */

import { hereNow } from "../../app/when.ts";
import { pageOf } from "../../app/conversations/model.ts";
import { scrollTo } from "../../app/conversations/moving.ts";
import type { Moment } from "../../commands/command_row.ts";
import { parseWhen } from "../../commands/when.ts";
import type { App } from "../conversations/app.ts";
import { Chooser } from "./chooser.ts";
import { clockTime, dateWords } from "../drawing/item_lines.ts";
import { groupsOf } from "../timeline/message_groups.ts";
import { goToMessage, leaveCursor, putCursor } from "../conversations/message_moves.ts";
import { pageName } from "../panes/page_name.ts";

/** Asks where to. */
export function jump(app: App): void {
  const { open } = app.model;
  if (open === undefined) return;
  const { clock } = app.talk.client;
  const usual = [
    ...firstNew(app) === undefined ? [] : [{
      label: "new messages",
      detail: "the first unread message",
      value: () => goToMoment(app, "new"),
    }],
    {
      label: "the start",
      detail: "the first message",
      value: () => goToMoment(app, "start"),
    },
    {
      label: "the end",
      detail: "the newest message",
      value: () => goToMoment(app, "end"),
    },
  ];
  app.show(
    new Chooser<() => void>({
      title: `Go to, in ${pageName(app.model, open)}`,
      hint: "or type a date: monday 9:00, 2h, 20 Nov · enter goes there · escape closes",
      shape: "menu",
      query: "",
      find: (query) => {
        const wanted = query.trim();
        const whenMs = wanted === "" ? undefined : parseWhen(wanted, hereNow(clock));
        if (whenMs === undefined) {
          return usual.filter(({ label, detail }) =>
            `${label} ${detail}`.includes(wanted.toLowerCase())
          );
        }
        const detail = `${dateWords(whenMs)}, ${clockTime(whenMs)}`;
        return [{ label: wanted, detail, value: () => goToMoment(app, { sinceMs: whenMs }) }];
      },
      onChosen: (go) => go(),
    }),
  );
}

/** Goes there in the open conversation, or says why not. */
export function goToMoment(app: App, where: Moment): void {
  const { open } = app.model;
  if (open === undefined) return;
  if (where === "end") {
    leaveCursor(app);
    return app.change((model) => scrollTo(model, undefined));
  }
  if (where === "new") {
    const fresh = firstNew(app);
    if (fresh === undefined) return app.inbox.addLine("* no unread messages here", open);
    return putCursor(app, fresh, { isFar: true });
  }
  const { index } = app.talk.client.messenger.history;
  const at = index.firstSince(open, where === "start" ? 0 : where.sinceMs);
  if (at === undefined) return app.inbox.addLine("* no messages since then", open);
  app.inbox.start(goToMessage(app, open, at));
}

/** Below the line that says so. */
function firstNew({ model }: App): string | undefined {
  return groupsOf(pageOf(model, model.open)).find(({ isFresh }) => isFresh)?.item.key;
}
