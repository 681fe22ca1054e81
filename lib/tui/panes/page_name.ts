/** What a page is called on the screen. Pure. */

import { onOneLine, type SafeText, safeText } from "../../base/safe_text.ts";
import { listedAt, type Model, type Place } from "../../app/conversations/model.ts";
import { OWN_PAGE } from "./list_pane.ts";

/** The name of somebody, or of a room; of the program's own page the program's. */
export function pageName(model: Pick<Model, "peers">, place: Place): SafeText {
  const name = place === undefined ? OWN_PAGE : listedAt(model, place)?.name ?? place;
  return onOneLine(safeText(name));
}
