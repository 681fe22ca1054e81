/** Links in what was said. Only those that a browser is for, and a server's own; nothing else is ever opened (SR-70). Pure. */

import type { TextRange } from "../conversations/mentions.ts";

/** A link as it is opened, and as it was written. */
export interface Link {
  readonly kind: "web" | "server";
  /** With its host as it travels: what looks like another one's letters is seen. */
  readonly target: string;
}

/** Links of one text that are offered. */
const MAX_LINKS = 20;
/** More than any page's address, and less than would fill a screen. */
const MAX_LINK_UNITS = 2_000;

const LINK = /\b(?:(?:https?|heliograph):\/\/|mailto:)[^\s\p{Cc}\p{Cf}<>"`\\^{|}]+/giu;
/** What ends a sentence ends no link. */
const CLOSING = new Set(".,;:!?'’”»)]");

/** All that are in a text, each once. */
export function linksIn(text: string): readonly Link[] {
  const links = new Map<string, Link>();
  for (const [found] of text.matchAll(LINK)) {
    if (links.size >= MAX_LINKS) break;
    const link = linkOf(trimmed(found));
    if (link !== undefined) links.set(link.target, link);
  }
  return [...links.values()];
}

/** Where they stand in it. */
export function linkPlacesIn(text: string): readonly TextRange[] {
  if (!/:\/\/|mailto:/i.test(text)) return [];
  return Array.from(text.matchAll(LINK), ({ index, 0: found }) => ({
    from: index,
    to: index + trimmed(found).length,
  }));
}

/** A closing bracket stays where the link has the opening one. */
function trimmed(found: string): string {
  // By hand: a pattern that ends in `$` is tried anew at each of them, which takes seconds of a long text.
  let at = found.length;
  while (at > 0 && CLOSING.has(found[at - 1])) at--;
  const [link, end] = [found.slice(0, at), found.slice(at)];
  return end.startsWith(")") && link.includes("(") && !link.includes(")") ? `${link})` : link;
}

/** What a terminal may take as an address: printable ASCII, without what ends a control sequence (OSC 8). */
const ADDRESS = /^[\x21-\x7e]+$/;

/**
 * Where a terminal leads to from a link that is shown as it was written; undefined where that would be another place than the
 * one that is read: with letters of another script, a terminal could not say so.
 */
export function addressOf(text: string): string | undefined {
  const link = linkOf(text);
  if (link?.kind !== "web" || !ADDRESS.test(link.target)) return undefined;
  const { protocol, host } = new URL(link.target);
  if (protocol === "mailto:") {
    return link.target.toLowerCase() === text.toLowerCase() ? link.target : undefined;
  }
  const shown = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1].toLowerCase();
  const usual = protocol === "http:" ? ":80" : ":443";
  return shown === host || shown === `${host}${usual}` ? link.target : undefined;
}

function linkOf(text: string): Link | undefined {
  if (text.length > MAX_LINK_UNITS || !URL.canParse(text)) return undefined;
  const { protocol, hostname, href, username, password } = new URL(text);
  if (protocol === "heliograph:") return { kind: "server", target: text };
  // With more than addresses a letter could be begun with a file of the person's.
  if (protocol === "mailto:") {
    return /^mailto:[^?&#%]+@[^?&#%]+$/i.test(text) ? { kind: "web", target: href } : undefined;
  }
  // `https://bank.example@evil.example` reads as another place than it goes to.
  const isPlain = hostname !== "" && username === "" && password === "";
  return isPlain && /^https?:$/.test(protocol) ? { kind: "web", target: href } : undefined;
}
