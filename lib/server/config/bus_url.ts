/** Where the NATS between the nodes of a server is: `nats://USER@HOST:PORT`, or `tls://…` for one that is encrypted. Pure. */

import { decodeUrlPart } from "./store_url.ts";

/** A NATS server, without what lets anybody in. */
export interface BusPlace {
  readonly hostname: string;
  readonly port: number;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
  /** PEM of whom to trust besides those that the system does; only where it is encrypted. */
  readonly caFile: string | undefined;
}

/** A NATS server, and where its password is. */
export interface BusChoice {
  readonly place: BusPlace;
  readonly passwordFile: string | undefined;
}

/** What an operator chooses: nodes that find each other by the store alone say `none`. */
export type ChosenBus = BusChoice | "none";

/** `message` never repeats the text: somebody may have put a password into it. */
export type ParsedBus =
  | { readonly ok: true; readonly place: BusPlace }
  | { readonly ok: false; readonly message: string };

const DEFAULT_PORT = 4222;

/** Reads one. */
export function parseBusUrl(text: string): ParsedBus {
  const url = /^(nats|tls):\/\//.test(text) ? URL.parse(text) : null;
  if (url === null || url.hostname === "") return wrong("is nats://HOST:PORT or tls://HOST:PORT");
  if (url.password !== "") return wrong("must not hold the password: use bus-password-file");
  const unknown = [...url.searchParams.keys()].find((name) => name !== "ca");
  if (unknown !== undefined) return wrong(`has an unknown parameter ${unknown}`);
  if (!["", "/"].includes(url.pathname) || url.hash !== "") {
    return wrong("has more than an address");
  }
  const user = decodeUrlPart(url.username);
  if (user === undefined) return wrong("has a user that is no text");
  const isEncrypted = url.protocol === "tls:";
  const caFile = url.searchParams.get("ca") ?? undefined;
  if (caFile !== undefined && !isEncrypted) return wrong("has ca without tls://");
  if (caFile !== undefined && !caFile.startsWith("/")) {
    return wrong("has a ca that is no absolute path");
  }
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  return {
    ok: true,
    place: { hostname, port, isEncrypted, user: user === "" ? undefined : user, caFile },
  };
}

function wrong(message: string): ParsedBus {
  return { ok: false, message };
}
