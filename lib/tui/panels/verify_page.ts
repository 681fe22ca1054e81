/** Comparing safety numbers: the number, the same as a QR code, and what can be done about it (SR-08). */

import type { AccountId } from "../../base/ids.ts";
import type { Contact } from "../../client/store/contacts.ts";
import { typeName } from "../../app/names.ts";
import { formatSafetyNumber } from "../../app/safety.ts";
import { qrRows } from "../../terminal/cells/qr_rows.ts";
import { type SafeText, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import type { App } from "../conversations/app.ts";
import type { Row } from "../drawing/item_lines.ts";
import { listedAt } from "../../app/conversations/model.ts";
import { codeRows } from "./code_rows.ts";
import { TextPage } from "./text_page.ts";
import type { Theme } from "../theme/theme.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";

/** Groups of five digits in a row. */
const GROUPS_IN_ROW = 4;

/** Shows the number of the person whose conversation is open. */
export async function openVerification(app: App): Promise<void> {
  const listed = listedAt(app.model, app.model.open);
  if (listed === undefined || !isDirect(listed.peer)) {
    app.inbox.addLine(
      "* open the conversation with the person to compare numbers",
      app.model.open,
    );
    return;
  }
  const { client } = app.talk;
  const { contacts } = client.messenger;
  // Who was never met is met by the command, which says what is wrong otherwise.
  if (await contacts.find(listed.peer) === undefined) {
    await app.talk.enter(`/verify ${listed.typed}`, listed.peer);
  }
  await showVerification(app, listed.peer);
}

/** Shows the number of somebody who was met. */
export async function showVerification(app: App, peer: AccountId): Promise<void> {
  const { client } = app.talk;
  const contact = await client.messenger.contacts.find(peer);
  if (contact === undefined) return;
  const number = client.safetyNumber(contact).replace(/\D/g, "");
  app.show(verifyPage(app, { contact, number, peer, typed: typeName(contact.name) }));
}

interface Verification {
  readonly contact: Contact;
  /** 60 digits. */
  readonly number: string;
  readonly peer: AccountId;
  readonly typed: string;
}

function verifyPage(app: App, { contact, number, peer, typed }: Verification): TextPage {
  const hasChanged = contact.changedTo !== undefined;
  const state = hasChanged
    ? "its safety number changed: no messages are sent"
    : contact.trust === "verified"
    ? "✓ verified"
    : "not verified";
  return new TextPage({
    title: `Safety number with ${contact.name}: ${state}`,
    hint: hasChanged
      ? "a accept: it is really theirs · escape closes"
      : "m they match: verified · escape closes",
    rows: (options) => rowsOf(contact.name, number, options),
    keys: {
      ...hasChanged
        ? { a: () => app.inbox.start(app.talk.enter(`/accept ${typed}`, peer)) }
        : { m: () => app.inbox.start(app.talk.enter(`/verify ${typed} ${number}`, peer)) },
    },
  });
}

/** Beside each other where there is room, else the number first. */
function rowsOf(
  name: string,
  number: string,
  { widthCells, theme }: { readonly widthCells: number; readonly theme: Theme },
): readonly Row[] {
  const words = [
    ...digitRows(number),
    safeText(""),
    ...layOutLines(
      safeText(`Compare it over another channel, in person or in a call: ${name} sees the same.`),
      {
        widthCells: 28,
        indentCells: 0,
      },
    ),
  ];
  return codeRows(words, qrRows(number), { widthCells, theme });
}

function digitRows(number: string): readonly SafeText[] {
  const groups = formatSafetyNumber(number).split(/\s+/);
  const rows: SafeText[] = [];
  for (let at = 0; at < groups.length; at += GROUPS_IN_ROW) {
    rows.push(safeText(groups.slice(at, at + GROUPS_IN_ROW).join(" ")));
  }
  return rows;
}
