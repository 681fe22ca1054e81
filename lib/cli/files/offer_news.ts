/** What a person should know before files are offered: what is left out of folders, and what is called otherwise there. Pure. */

import type { OfferNews } from "../../client/transfers/offering.ts";

/** Something that came of an offer: for programs by type and fields, for people as a line. */
interface OfferResult {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly line: string;
}

/** Of more a person is told how many. */
const MAX_LINES = 10;

const KINDS: Readonly<Record<OfferNews["leftOut"][number]["why"], string>> = {
  link: "a link",
  pipe: "a pipe",
  socket: "a socket",
  device: "a device",
  name: "its name is no text",
};

/** One for each: for programs all of them, for people the first lines of each kind. */
export function offerNews({ leftOut, renamed }: OfferNews): readonly OfferResult[] {
  return [
    ...leftOut.map(({ path, why }) => ({
      type: "left-out",
      fields: { path, why },
      line: `Left out: ${path} (${KINDS[why]})`,
    })),
    ...renamed.map(({ path, there }) => ({
      type: "renamed",
      fields: { path, there },
      line: `${path} and another file have one name on some machines: it arrives as ${there}`,
    })),
  ];
}

/** The lines of them that a person is shown. */
export function offerNewsLines(told: readonly OfferResult[]): readonly string[] {
  const lines = told.slice(0, MAX_LINES).map(({ line }) => line);
  const more = told.length - lines.length;
  return more === 0 ? lines : [...lines, `And ${more} more: --json names all of them`];
}

/** Whether something is left out that the person meant to send. */
export function lacksFiles({ leftOut }: OfferNews): boolean {
  return leftOut.some(({ why }) => why === "name");
}
