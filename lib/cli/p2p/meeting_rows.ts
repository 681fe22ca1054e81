/** Commands about who is where: init, conn, peers, invite, forget. */

import { TransportError, UsageError } from "../../base/errors.ts";
import {
  formatHostPort,
  type HostPort,
  isLoopback,
  parseHostPort,
} from "../../net/addresses/address.ts";
import { formatInvite } from "../../net/addresses/invite.ts";
import { addressTowards, findFreePort, reachableAddress } from "../../net/addresses/reachable.ts";
import { formatServerFingerprint } from "../../net/addresses/server_fingerprint.ts";
import { qrRows } from "../../terminal/cells/qr_rows.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import { alreadyBegun, NOBODY_KNOWN, peerFields, peerLine } from "./p2p_words.ts";
import { readPlace } from "./places.ts";
import type { ShellRow } from "./shell_row.ts";

/** The seed's words (row S1.07). */
const CANNOT_LISTEN =
  "Either you don't have permission or port is already in use. Try a different port!";
/** How often an address is tried that does not answer. */
const TRIES = 3;
const PAUSE_MS = 500;

const init: ShellRow = {
  name: "init",
  group: "People",
  title: "Start a Server from CMD",
  summary: "choose your name, and listen",
  details:
    "Creates an identity the first time, and uses it from then on. It reconnects to everybody you know. The invite it prints makes the first connection certain: whoever uses it knows that it is you.",
  arguments: [
    { name: "HOST", summary: "an address of this machine, or 0.0.0.0 for all", required: true },
    { name: "PORT", summary: "0 takes any free port", required: true },
    { name: "USERNAME", summary: "the name that others see", required: true },
  ],
  examples: [{ line: "init 192.168.0.100 8090 Oscar", summary: "listens there as Oscar" }],
  exitCodes: [5],
  async run(desk, values) {
    if (desk.node !== undefined) {
      const { me, address } = desk.node;
      throw new UsageError("begun", alreadyBegun(me.own.name, address));
    }
    const [host, port] = [values.required("HOST"), values.required("PORT")];
    const address = /^\d+$/.test(port)
      ? parseHostPort(`${host.includes(":") ? `[${host}]` : host}:${port}`)
      : undefined;
    if (address === undefined) {
      throw new UsageError(
        "bad-address",
        `Cannot listen on ${host} ${port}. Example: init 127.0.0.1 8090 Oscar`,
      );
    }
    await beginAt(desk, address, values.required("USERNAME"));
  },
};

const conn: ShellRow = {
  name: "conn",
  aliases: ["connect"],
  group: "People",
  title: "Connect to a Server from CMD",
  summary: "connect to somebody",
  details:
    "Both of you prove who you are first. An address typed by hand proves nothing: compare numbers with verify NAME, or use the other one's invite.",
  arguments: [
    { name: "HOST", summary: "an address, HOST:PORT, or an invite", required: true },
    { name: "PORT", summary: "where they listen", required: false },
  ],
  examples: [{
    line: "conn 192.168.0.1 8085",
    summary: "connects to the program that listens there",
  }],
  exitCodes: [5, 6, 7],
  async run(desk, values) {
    const { address, expected } = readPlace(values.required("HOST"), values.argument("PORT"));
    if (desk.node === undefined && desk.options.isStrict !== true) {
      await beginTowards(desk, address);
    }
    desk.requireNode();
    const where = formatHostPort(address);
    await desk.say("connecting", { address: where }, `connecting to ${where}`);
    const node = desk.requireNode();
    const { clock, signal } = desk.options;
    const before = node.book.list().filter((peer) => desk.isConnected(peer));
    for (let attempt = 1;; attempt++) {
      try {
        const peer = await node.connect(address, { expected, signal });
        if (!desk.isConnected(peer)) continue;
        // Of a new connection the news tell, whoever began it.
        if (!before.some(({ account }) => account === peer.account)) return;
        const { name } = peer;
        return await desk.say("connected-already", { name }, `Already connected to ${name}`);
      } catch (error) {
        const mayHelp = error instanceof TransportError && PASSING.has(error.code);
        if (!mayHelp || attempt >= TRIES) throw error;
        await clock.sleep(PAUSE_MS, { signal });
      }
    }
  },
};

/** They may be there in a moment. */
const PASSING: ReadonlySet<string> = new Set(["refused", "timed-out", "connection-lost"]);

const peers: ShellRow = {
  name: "peers",
  group: "People",
  title: "List the people you know",
  summary: "list the people you know, and who is connected",
  examples: [{ line: "peers", summary: "one per line, connected ones marked" }],
  async run(desk) {
    const known = desk.node?.book.list() ?? [];
    if (known.length === 0) await desk.say("nobody", {}, NOBODY_KNOWN);
    for (const peer of known) {
      const { messenger, transport } = await desk.pair(peer);
      const contact = await messenger.contacts.find(peer.account);
      const facts = {
        peer,
        transport,
        isVerified: contact?.trust === "verified",
      };
      await desk.say("peer", peerFields(facts), peerLine(facts));
    }
  },
};

const invite: ShellRow = {
  name: "invite",
  group: "People",
  title: "Show your invite",
  summary: "show your invite and its QR code again",
  examples: [{ line: "invite", summary: "for somebody who wants to connect to you" }],
  async run(desk) {
    const node = desk.requireNode();
    if (node.address === undefined) throw new UsageError("not-listening", "You do not listen");
    await sayInvite(desk, node.address);
  },
};

const forget: ShellRow = {
  name: "forget",
  group: "People",
  title: "Forget somebody",
  summary: "delete your messages with somebody, and their key",
  details:
    "It destroys the key of the messages first. Use it for somebody who starts again with another identity, since a known name never gets another key.",
  arguments: [{ name: "NAME", summary: "whom", required: true }],
  examples: [{ line: "forget julia", summary: "julia is a stranger again" }],
  exitCodes: [4],
  completes: "known",
  async run(desk, values) {
    const peer = desk.findKnown(values.required("NAME"));
    await desk.requireNode().forget(peer);
    await desk.say("forgotten", { name: peer.name }, `Forgot ${peer.name}`);
  },
};

/** Rows about people. */
export const MEETING_ROWS: readonly ShellRow[] = [init, conn, peers, invite, forget];

/** Who connects without having begun gets any port (row S1.08), where the other one is and nowhere else. */
async function beginTowards(desk: P2pDialogue, target: HostPort): Promise<void> {
  const name = desk.options.defaultName();
  const host = addressTowards(target.host, Deno.networkInterfaces());
  const reach = isLoopback(host) ? ", which works on this machine only" : "";
  const text =
    `You did not run init: your name is ${name}, and you listen on any free port of ${host}${reach}`;
  await desk.say("notice", { code: "begun", name, host }, text);
  await beginAt(desk, { host, port: 0 }, name);
}

async function beginAt(desk: P2pDialogue, address: HostPort, name: string): Promise<void> {
  const node = await desk.begin(name);
  let listening: HostPort;
  try {
    listening = node.listen(address);
  } catch (error) {
    await desk.undoBegin();
    if (error instanceof TransportError) throw cannotListen(address, error);
    throw error;
  }
  const where = formatHostPort(listening);
  const { tlsFingerprint } = node.me;
  const fields = { address: where, name: node.me.own.name };
  const fingerprint = formatServerFingerprint(tlsFingerprint);
  const invitation = inviteOf(desk, listening);
  await desk.say(
    "listening",
    { ...fields, fingerprint, invite: invitation },
    `Now listening on ${where}`,
  );
  const { withoutQuic } = node;
  if (withoutQuic !== undefined) {
    const text = `Others reach you by TLS over TCP, not by QUIC. ${withoutQuic}`;
    await desk.say("notice", { code: "no-quic" }, text);
  }
  if (desk.options.showsCodes) await sayInvite(desk, listening);
  else {
    await desk.say("", {}, `Fingerprint: ${fingerprint}`);
    await desk.say("", {}, `Invite: ${invitation}`);
  }
}

async function sayInvite(desk: P2pDialogue, listening: HostPort): Promise<void> {
  const { tlsFingerprint } = desk.requireNode().me;
  const fingerprint = formatServerFingerprint(tlsFingerprint);
  const invitation = inviteOf(desk, listening);
  await desk.say("", {}, `Fingerprint: ${fingerprint}`);
  await desk.say("invite", { invite: invitation, fingerprint }, `Invite: ${invitation}`);
  if (!desk.options.showsCodes) return;
  await desk.say("", {}, qrRows(invitation, "light"));
}

function inviteOf(desk: P2pDialogue, listening: HostPort): string {
  const address = reachableAddress(listening, Deno.networkInterfaces());
  return formatInvite({ address, fingerprint: desk.requireNode().me.tlsFingerprint });
}

function cannotListen(address: HostPort, error: TransportError): TransportError {
  const free = error.code === "address-in-use" ? findFreePort(address) : undefined;
  const hint = free === undefined ? "" : `. Port ${free.port} is free`;
  return new TransportError(error.code, `${CANNOT_LISTEN}\n${error.message}${hint}`, {
    cause: error,
  });
}
