/** Listing, naming, linking and removing devices (SR-03, SR-08, SR-10). */

import type { Client } from "../../client/client.ts";
import { chooseDevice, Devices, type ListedDevice } from "../../client/devices/devices.ts";
import {
  declineLinks,
  linkOther,
  type LinkRequestNews,
  listLinkRequests,
} from "../../client/devices/linking.ts";
import { removeDevice } from "../../client/devices/removal.ts";
import { isUnswept } from "../../client/messaging/sweeping.ts";
import { formatCertificateFingerprint } from "../../crypto/server_certificate.ts";
import { onOneLine, safeText } from "../../terminal/safe_text.ts";
import { showName } from "../dialogue/names.ts";
import type { Outcome, Told } from "../moderation/deed.ts";
import { PASSWORD_OPTION } from "../verb.ts";
import type { DeviceBench, DeviceDeed } from "./device_deed.ts";

/** Digits of a device's id that people are shown; programs get all. */
const SHOWN_DIGITS = 8;

const listDeed: DeviceDeed = {
  verb: "list",
  slashAliases: ["devices"],
  summary: "list your devices, or those of somebody else",
  details:
    "Names are what you called your devices; the server cannot read them. The fingerprint is that of the device's certificate: both sides see the same.",
  arguments: [{ name: "NAME", summary: "whose; else your own", required: false }],
  examples: [["", "your own"], ["bob", "those of bob, with their fingerprints"]],
  async run(bench) {
    const { client, values } = bench;
    const name = values.argument("NAME");
    const devices = new Devices(client.messenger, client.link);
    if (name === undefined) {
      const own = (await devices.own()).map((device) => told(bench, device));
      const asking = await listLinkRequests(client.link);
      return { facts: [...own, ...asking.map((news) => toldRequest(bench, news))], notes: [] };
    }
    const contact = await client.meet(name);
    const listed = await devices.of(contact);
    const notes = contact.changedTo === undefined
      ? []
      : [`${showName(contact.name)}'s safety number changed: none of these is proven`];
    return { facts: listed.map((device) => told(bench, device)), notes };
  },
};

const nameDeed: DeviceDeed = {
  verb: "name",
  slashAliases: [],
  summary: "say what this device is called",
  details: "Only your own devices can read it.",
  arguments: [{ name: "TEXT", summary: "at most 64 bytes", required: true, rest: "text" }],
  examples: [["the old laptop", "device remove knows it by this name then"]],
  async run({ client, values }) {
    const name = values.required("TEXT");
    await new Devices(client.messenger, client.link).nameThis(name);
    return fact("device-named", { name }, `This device is called ${showName(name)} now`);
  },
};

const removeDeed: DeviceDeed = {
  verb: "remove",
  slashAliases: [],
  summary: "remove a device of yours: it can read and send nothing more",
  details:
    "For one that is lost or stolen. The server drops it at once, and your other devices give every conversation new keys. What is on its disk stays there. If whoever has it may know your password, change that too; if it was unlocked, they have your identity key: see docs/threat-model.md.",
  arguments: [
    { name: "DEVICE", summary: "its name, or the first digits of its id", required: true },
  ],
  options: [PASSWORD_OPTION],
  asksPassword: true,
  examples: [["phone", "by its name"], ["1a2b3c4d", "by its id"]],
  async run(bench) {
    const { client, values } = bench;
    const own = await new Devices(client.messenger, client.link).own();
    const chosen = chooseDevice(own, values.required("DEVICE"));
    const password = await bench.password();
    const greeted = await bench.greet();
    try {
      await removeDevice(client.messenger, greeted, { device: chosen.device, password });
    } finally {
      await greeted.link.close();
    }
    await client.sync();
    return removed(client, chosen);
  },
};

const linkDeed: DeviceDeed = {
  verb: "link",
  slashAliases: ["link-device"],
  summary: "link a new device of yours by the code that it shows",
  details:
    "The new device says: login NAME --link. It is given the account's identity key and whom you know, sealed for it alone; not what was said before. Never type a code that somebody else sends you: whoever shows it becomes you.",
  arguments: [
    { name: "CODE", summary: "as the new device shows it", required: false, rest: "text" },
  ],
  options: [
    {
      flag: "--code-file",
      valueName: "FILE",
      summary: "read it from a file; - reads standard input",
    },
  ],
  examples: [["", "asks for the code"]],
  async run(bench) {
    const { client } = bench;
    const { address } = await linkOther(client.messenger, client.link, await bench.code());
    return fact(
      "device-linked",
      { address },
      `The device at ${
        onOneLine(safeText(address))
      } is linked; it joins your conversations by itself`,
    );
  },
};

const declineDeed: DeviceDeed = {
  verb: "decline",
  slashAliases: [],
  summary: "say no to every device that asks to be linked",
  details: "Whoever asks knows your password: if it is not you, change that.",
  arguments: [],
  examples: [["", "they are told, and get nothing"]],
  async run({ client }) {
    const count = await declineLinks(client.link);
    const who = count === 1 ? "1 device was" : `${count} devices were`;
    return fact("devices-declined", { count }, `${who} told no`);
  },
};

function toldRequest({ time }: DeviceBench, news: LinkRequestNews): Told {
  const address = onOneLine(safeText(news.address));
  return {
    type: "link-request",
    fields: { ...news },
    line: `A device at ${address} that knows your password asks since ${
      time(news.atMs)
    } to be linked: device link, or device decline`,
  };
}

function removed(client: Client, { device, name }: ListedDevice): Outcome {
  const { messenger } = client;
  const left = messenger.conversations.list().filter((it) => isUnswept(messenger, it)).length;
  const shown = name === undefined ? device.slice(0, SHOWN_DIGITS) : showName(name);
  const { facts } = fact(
    "device-removed",
    { device, name, conversationsLeft: left },
    `${shown} is removed: it reads and sends nothing more`,
  );
  const conversations = left === 1 ? "1 conversation gets" : `${left} conversations get`;
  return { facts, notes: left === 0 ? [] : [`${conversations} new keys as soon as possible`] };
}

function told({ time }: DeviceBench, device: ListedDevice): Told {
  const { device: id, fingerprint, name, isThis, createdMs, lastSeenMs, isOnline, isSignedIn } =
    device;
  const shown = fingerprint && formatCertificateFingerprint(fingerprint);
  const parts = [
    ...(createdMs === undefined ? [] : [`made ${time(createdMs)}`]),
    ...(isOnline === true || lastSeenMs === undefined ? [] : [`last seen ${time(lastSeenMs)}`]),
    ...(isOnline === true ? ["online"] : []),
    ...(isSignedIn === false ? ["signed out"] : []),
    ...(isThis ? ["this one"] : []),
  ];
  const about = parts.length === 0 ? "" : `  ${parts.join(", ")}`;
  const proof = shown ?? "NOT certified by the account's identity: the server made it up";
  const called = name === undefined ? "" : `  ${showName(name)}`;
  return {
    type: "device",
    fields: {
      device: id,
      name,
      fingerprint: shown,
      certified: fingerprint !== undefined,
      this: isThis,
      createdMs,
      lastSeenMs,
      online: isOnline,
      signedIn: isSignedIn,
    },
    line: `${id.slice(0, SHOWN_DIGITS)}${called}${about}  ${proof}`,
  };
}

function fact(type: string, fields: Told["fields"], line: string): Outcome {
  return { facts: [{ type, fields, line }], notes: [] };
}

/** Every deed about devices. */
export const DEVICE_DEEDS: readonly DeviceDeed[] = [
  listDeed,
  nameDeed,
  linkDeed,
  declineDeed,
  removeDeed,
];
