/** What a command answers with, as a page that is closed again: nothing of it pours into the conversation. */

import type { AnswerPage, Share } from "../../commands/command_row.ts";
import type { Place } from "../../app/conversations/model.ts";
import { safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import type { App } from "../conversations/app.ts";
import { openAsks } from "../panels/ask_panel.ts";
import { Chooser } from "../panels/chooser.ts";
import { commandPage, helpPage } from "../panels/help_page.ts";
import type { Row } from "../drawing/item_lines.ts";
import { openSettings } from "../panels/settings_page.ts";
import { TextPage } from "../panels/text_page.ts";
import { openTransfers } from "../panels/transfers_page.ts";
import { openVideos } from "../panels/videos_page.ts";
import { showVerification } from "../panels/verify_page.ts";
import { qrRows } from "../../terminal/cells/qr_rows.ts";
import { textWidthCells } from "../../terminal/cells/text_width.ts";
import { besideCells, codeRows } from "../panels/code_rows.ts";
import { copyText } from "../panels/copying.ts";
import { goToMoment, jump } from "../panels/jump.ts";

/** How far what does not fit into a row is moved in. */
const INDENT_CELLS = 4;

/** An answer, and where it was asked for. */
interface Answer {
  readonly page: AnswerPage;
  readonly lines: readonly string[];
  readonly place: Place | "open";
}

/**
 * Opens it. Somebody who went on meanwhile, to type, to read elsewhere or in another page, is not disturbed: for them its lines
 * stand where it was asked for.
 */
export function openPage(app: App, { page, lines, place: asked }: Answer): void {
  const place = asked === "open" ? app.model.open : asked;
  const isWaiting = app.panel === undefined && place === app.model.open &&
    app.composer.editorOf(place).text === "";
  if (isWaiting && show(app, page, lines)) app.inbox.dropEcho(place);
  else for (const line of lines) app.inbox.addLine(line, place);
}

/** False where there is nothing that a page could show. */
function show(app: App, page: AnswerPage, lines: readonly string[]): boolean {
  const { commands } = app.talk.facts;
  switch (page.kind) {
    case "share":
      app.show(sharePage(app, { share: page.share, lines }));
      return true;
    case "list":
    case "lines":
      app.show(listPage(app, page.title, lines));
      return true;
    case "help": {
      const row = page.command === undefined ? undefined : commands.get(page.command);
      app.show(
        row === undefined
          ? helpPage(commands, app.keys, (panel) => app.show(panel))
          : commandPage(row),
      );
      return true;
    }
    case "verify":
      app.inbox.start(showVerification(app, page.account));
      return true;
    case "requests":
      openAsks(app);
      return app.panel !== undefined;
    case "settings":
      app.inbox.start(openSettings(app, page));
      return true;
    case "goto":
      if (page.where === undefined) jump(app);
      else goToMoment(app, page.where);
      return true;
    case "videos":
      app.inbox.start(openVideos(app, () => app.show(listPage(app, "Videos", lines))));
      return true;
    case "transfers":
      app.inbox.start(openTransfers(app));
      return true;
  }
}

/** Lines to read, each laid out for the width that there is. */
function listPage(app: App, title: string, lines: readonly string[]): TextPage {
  return new TextPage({
    title,
    hint: "space scrolls · / finds · escape closes",
    keys: { "/": () => app.show(findLine(app, title, lines)) },
    rows: ({ widthCells, theme }) =>
      lines.flatMap((line) =>
        layOutLines(safeText(line), {
          widthCells: Math.max(8, widthCells - 2),
          indentCells: INDENT_CELLS,
        }).map((text): Row => [{ text: safeText(` ${text}`), style: theme.text }])
      ),
  });
}

/** Looks for a line by letters in it: of a thousand people nobody scrolls to one. */
function findLine(app: App, title: string, lines: readonly string[]): Chooser<string> {
  return new Chooser<string>({
    title,
    hint: "type some letters · enter goes back · escape closes",
    shape: "page",
    query: "",
    find: (query) => {
      const wanted = query.trim().toLowerCase();
      return lines.filter((line) => line.toLowerCase().includes(wanted))
        .map((line) => ({ label: line, detail: "", value: line }));
    },
    onChosen: () => app.show(listPage(app, title, lines)),
  });
}

/** Shows it until it is closed; nothing of it stays in the conversation. Copied on a key only (SR-70). */
function sharePage(
  app: App,
  { share: { title, text }, lines }: { readonly share: Share; readonly lines: readonly string[] },
): TextPage {
  const code = qrRows(text);
  return new TextPage({
    title,
    hint: app.copies ? "y copies · escape closes" : "escape closes",
    rows: ({ widthCells, theme }) => {
      const laidOut = (wordCells: number) =>
        lines.flatMap((line) =>
          layOutLines(safeText(line), { widthCells: Math.max(8, wordCells), indentCells: 0 })
        );
      const broad = laidOut(widthCells - 2);
      const narrow = laidOut(besideCells(code, widthCells));
      // All of the code has to be seen at once. Where the text fits into a row, it is not broken for that: it is selected whole.
      const isBeside = textWidthCells(safeText(text)) > widthCells - 2 &&
        narrow.length <= code.length;
      return codeRows(isBeside ? narrow : broad, code, { widthCells, theme });
    },
    keys: app.copies ? { y: () => copyText(app, text) } : {},
  });
}
