/** A key answers the request that the person sees selected, whatever came or went since it was drawn. */

import { deepEqual, equal, match } from "node:assert/strict";
import { answerFirst, openAsks } from "../../../../lib/tui/panels/ask_panel.ts";
import type { Panel } from "../../../../lib/tui/panes/panel.ts";
import type { Request } from "../../../../lib/app/questions/requests.ts";
import { BOB } from "../../../kit/scenes.ts";
import { THEMES } from "../../../../lib/tui/theme/theme.ts";

type App = Parameters<typeof openAsks>[0];
type Shown = Pick<App["model"], "requests" | "nowMs" | "open">;

const file = (number: number): Request => ({
  from: BOB,
  ...{ key: `file ${number}`, words: `bob offers ${number}.txt`, untilMs: Infinity },
  ...{ accept: `/y ${number}`, decline: `/n ${number}` },
});
const STRANGER: Request = {
  from: BOB,
  ...{ key: "message mallory", words: "mallory wrote to you", untilMs: Infinity },
  ...{ accept: "/accept mallory", decline: "/decline mallory" },
  stranger: { wrote: "let me in", block: "/block mallory" },
};

/** The panel over these requests; what is entered by it is in `entered`. */
function open(asks: readonly Request[]) {
  const entered: string[] = [];
  const panels: Panel[] = [];
  const app = {
    model: { requests: asks, nowMs: 0, open: undefined } as Shown,
    show: (panel: Panel) => void panels.push(panel),
    change(update: (model: Shown) => Shown) {
      app.model = update(app.model);
    },
    get asked() {
      return app.model.requests;
    },
    hideAsks: () => {},
    canvas: { painted: { firstAsked: asks[0].key } },
    inbox: { addLine: () => {}, start: () => {} },
    talk: { enter: (line: string) => Promise.resolve(void entered.push(line)) },
  };
  openAsks(app as unknown as App);
  const [panel] = panels;
  return {
    entered,
    ask: (...asks: Request[]) => app.model = { ...app.model, requests: asks },
    answerFirst: (accepts: boolean) => answerFirst(app as unknown as App, accepts),
    type: (text: string) => panel.handle({ kind: "text", text, sequence: text }),
    click: (row: number) => panel.click(row),
    /** The rows as they are drawn now. */
    draw: () =>
      panel.view({ widthCells: 80, theme: THEMES.dark }).rows
        .map((row) => row.map(({ text }) => text).join("")),
  };
}

Deno.test("panel of requests: what fits is not marked as cut", () => {
  const [row] = open([file(1)]).draw();
  equal(row.length, 80);
  equal(row.includes("…"), false, row);
});

Deno.test("panel of requests: who comes in above the selected request is not answered instead of it", () => {
  for (const isDrawn of [false, true]) {
    const { ask, draw, type, entered } = open([file(1)]);
    draw();
    ask(STRANGER, file(1));
    if (isDrawn) match(draw()[1], /^▸2 {2}bob offers 1\.txt/);
    type("y");
    deepEqual(entered, ["/y 1"]);
  }
});

Deno.test("panel of requests: where the selected one is gone, the one in its place is shown before it is answered", () => {
  for (const keys of ["y", "nn", "bb"]) {
    const { ask, draw, type, entered } = open([file(1)]);
    draw();
    ask(STRANGER);
    type(keys[0]);
    deepEqual(entered, []);
    match(draw()[0], /^▸1 {2}mallory wrote to you/);
    for (const key of keys) type(key);
    deepEqual(entered.length, 1);
  }
});

Deno.test("panel of requests: a number and a click choose among the rows that were drawn", () => {
  for (const choose of ["2", 1]) {
    const { ask, draw, type, click, entered } = open([file(1), file(2)]);
    draw();
    ask(STRANGER, file(1), file(2));
    if (typeof choose === "string") type(choose);
    else click(choose);
    type("y");
    deepEqual(entered, ["/y 2"]);
  }
});

Deno.test("panel of requests: the second of two keys that came together is not for a request that was not selected yet", () => {
  const { draw, type, entered } = open([file(1), file(2)]);
  draw();
  type("y");
  type("y");
  deepEqual(entered, ["/y 1"]);
  match(draw()[0], /^▸1 {2}bob offers 2\.txt/);
  type("y");
  deepEqual(entered, ["/y 1", "/y 2"]);
});

Deno.test("alt-y and alt-n answer the first request of the strip as it was drawn", () => {
  const { ask, answerFirst, entered } = open([file(2)]);
  ask(file(1), file(2));
  answerFirst(true);
  deepEqual(entered, []);
  ask(file(2));
  answerFirst(false);
  deepEqual(entered, ["/n 2"]);
});
