/** Which server, and why it is believed to be that one. */

import { UsageError } from "../base/errors.ts";
import { type Fingerprint, parseCertificateFingerprint } from "../base/ids.ts";
import type { Trust } from "../client/link/server_trust.ts";
import { DEFAULT_PORT, type HostPort, parseHostPort, parseIp } from "../net/addresses/address.ts";
import { type Invite, parseInvite } from "../net/addresses/invite.ts";

/** A server that a person named, and its fingerprint when they said that too. */
export interface ServerChoice {
  readonly address: HostPort;
  readonly fingerprint?: Fingerprint;
}

/** Where a server is expected when nobody says where. */
export const DEFAULT_SERVER: HostPort = { host: "127.0.0.1", port: DEFAULT_PORT };

/** What may stand in arguments and in the environment. Throws UsageError for what is no address, and for a secret. */
export function readServerOption(text: string): ServerChoice {
  const invite = parseInvite(text);
  if (invite?.token === undefined) return invite ?? { address: readAddress(text) };
  throw new UsageError(
    "secret-in-arguments",
    "An invite with a token is a secret: pass it with --invite-file",
  );
}

/** The server of `connect`: a host, with its port behind it or as a word of its own (row S2.02). Throws UsageError. */
export function readServerWords(host: string, port: string | undefined): ServerChoice {
  if (port === undefined) return readServerOption(host);
  const bare = parseIp(host) !== undefined && host.includes(":") ? `[${host}]` : host;
  // A host that has a port already is no address with another one.
  return { address: readAddress(`${bare}:${port}`) };
}

/** The server of `--server`, or the one that a command's own arguments name. Throws UsageError, for both at once too. */
export function chooseServer(
  option: string | undefined,
  named: ServerChoice | undefined,
): ServerChoice | undefined {
  if (option === undefined) return named;
  if (named === undefined) return readServerOption(option);
  throw new UsageError("two-servers", "Say the server once: give HOST or --server, not both");
}

/** What a person typed when asked for a server: an address, an invite of either kind, or nothing. Throws UsageError. */
export function readServerAnswer(
  text: string,
  usual: HostPort,
): ServerChoice & { readonly invite: Invite | undefined } {
  const invite = parseInvite(text);
  if (invite !== undefined) return { ...invite, invite };
  const typed = text.trim();
  return { address: typed === "" ? usual : readAddress(typed), invite };
}

/** The trust that `--trust` states. Throws UsageError. */
export function readTrustOption(text: string): Trust {
  if (text === "first-use") return { kind: "first-use" };
  const fingerprint = parseCertificateFingerprint(text);
  if (fingerprint !== undefined) return { kind: "expected", fingerprint };
  throw new UsageError("bad-fingerprint", `This is no fingerprint: ${text}`);
}

function readAddress(text: string): HostPort {
  // A link without a fingerprint says where, and proves nothing.
  const address = parseHostPort(text.replace(/^heliograph:\/\/([^/#]+)\/?$/, "$1"));
  if (address !== undefined && address.port !== 0) return address;
  throw new UsageError("bad-address", `This is no address: ${text}. Try 127.0.0.1:9797`);
}
