/** Going to a place of the open conversation: what is new, its beginning, a date. */

import { hereNow } from "../../app/when.ts";
import { pageOf } from "../../app/conversations/model.ts";
import { scrollTo } from "../../app/conversations/moving.ts";
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
  const { client } = app.talk;
  const fresh = groupsOf(pageOf(app.model, open)).find(({ isFresh }) => isFresh)?.item.key;
  const since = (ms: number) => client.messenger.history.index.firstSince(open, ms);
  const goSince = (ms: number) => {
    const at = since(ms);
    if (at === undefined) return app.inbox.addLine("* no messages since then", open);
    app.inbox.start(goToMessage(app, open, at));
  };
  const usual = [
    ...fresh === undefined ? [] : [{
      label: "new messages",
      detail: "the first unread message",
      value: () => putCursor(app, fresh, { isFar: true }),
    }],
    { label: "the start", detail: "the first message", value: () => goSince(0) },
    {
      label: "the end",
      detail: "the newest message",
      value: () => {
        leaveCursor(app);
        app.change((model) => scrollTo(model, undefined));
      },
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
        const whenMs = wanted === "" ? undefined : parseWhen(wanted, hereNow(client.clock));
        if (whenMs === undefined) {
          return usual.filter(({ label, detail }) =>
            `${label} ${detail}`.includes(wanted.toLowerCase())
          );
        }
        const detail = `${dateWords(whenMs)}, ${clockTime(whenMs)}`;
        return [{ label: wanted, detail, value: () => goSince(whenMs) }];
      },
      onChosen: (go) => go(),
    }),
  );
}
