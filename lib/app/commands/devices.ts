/** Commands that list, name, link and remove devices (SR-03, SR-08, SR-10), and the words for what they report. */

import { Bell } from "../../base/bell.ts";
import { TransportError, UsageError } from "../../base/errors.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { untilAborted } from "../../base/scope.ts";
import type { Client } from "../../client/client.ts";
import {
  chooseDevice,
  Devices,
  type ListedDevice,
  removeDevice,
} from "../../client/devices/devices.ts";
import {
  declineLinks,
  linkOther,
  type LinkRequestNews,
  listLinkRequests,
} from "../../client/devices/linking.ts";
import { isUnswept } from "../../client/devices/sweeping.ts";
import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import { formatCertificateFingerprint } from "../../base/ids.ts";
import { showName } from "../names.ts";
import { PASSWORD_OPTION, type PersonCommands, type PersonRow } from "../person_row.ts";

/** Digits of a device's id that people are shown; programs get all. */
const SHOWN_DIGITS = 8;

/** Every kind of report of these commands. */
export interface DeviceKinds {
  "device": ListedDevice;
  "link-request": LinkRequestNews;
  "devices-unproven": { readonly name: string };
  "device-named": { readonly name: string };
  "device-linked": { readonly address: string };
  "devices-declined": { readonly count: number };
  "device-removed": Pick<ListedDevice, "device" | "name"> & { readonly conversationsLeft: number };
  "new-keys-later": { readonly conversations: number };
}

const fingerprintOf = ({ fingerprint }: ListedDevice) =>
  fingerprint && formatCertificateFingerprint(fingerprint);

/** Its words. */
const WORDING: Wording<DeviceKinds> = {
  "device": {
    fields: (device) => ({
      device: device.device,
      name: device.name,
      fingerprint: fingerprintOf(device),
      certified: device.fingerprint !== undefined,
      this: device.isThis,
      createdMs: device.createdMs,
      lastSeenMs: device.lastSeenMs,
      online: device.isOnline,
      signedIn: device.isSignedIn,
    }),
    line: (device, { time }) => {
      const { device: id, name, isThis, createdMs, lastSeenMs, isOnline, isSignedIn } = device;
      const parts = [
        ...(createdMs === undefined ? [] : [`created ${time(createdMs)}`]),
        ...(isOnline === true || lastSeenMs === undefined ? [] : [`last seen ${time(lastSeenMs)}`]),
        ...(isOnline === true ? ["online"] : []),
        ...(isSignedIn === false ? ["signed out"] : []),
        ...(isThis ? ["this one"] : []),
      ];
      const about = parts.length === 0 ? "" : `  ${parts.join(", ")}`;
      const proof = fingerprintOf(device) ??
        "NOT certified by the account's identity: the server made it up";
      const called = name === undefined ? "" : `  ${showName(name)}`;
      return `${id.slice(0, SHOWN_DIGITS)}${called}${about}  ${proof}`;
    },
  },
  "link-request": {
    line: ({ address, atMs }, { time }) =>
      `A device at ${
        onOneLine(safeText(address))
      } knows your password and has been asking to be linked since ${
        time(atMs)
      }. Answer with device link or device decline`,
  },
  "devices-unproven": {
    isNote: true,
    line: ({ name }) =>
      `${showName(name)}'s safety number changed: none of these devices is proven`,
  },
  "device-named": { line: ({ name }) => `This device is now called ${showName(name)}` },
  "device-linked": {
    line: ({ address }) =>
      `The device at ${
        onOneLine(safeText(address))
      } is linked and joins your conversations by itself`,
  },
  "devices-declined": {
    line: ({ count }) => `Declined ${count === 1 ? "1 device" : `${count} devices`}`,
  },
  "device-removed": {
    line: ({ device, name }) => {
      const shown = name === undefined ? device.slice(0, SHOWN_DIGITS) : showName(name);
      return `${shown} is removed and can no longer read or send`;
    },
  },
  "new-keys-later": {
    isNote: true,
    line: ({ conversations }) =>
      `${
        conversations === 1 ? "1 conversation gets" : `${conversations} conversations get`
      } new keys as soon as possible`,
  },
};

type DeviceRow = PersonRow<DeviceKinds>;

const COMMON = {
  group: "Account",
  exitCodes: [3, 4, 5, 6, 7, 9],
  needs: ["server", "connection"],
} as const;

const devicesOf = ({ messenger, link }: Client) => new Devices(messenger, link);

const list: DeviceRow = {
  ...COMMON,
  name: "device list",
  slash: { aliases: ["devices"] },
  summary: "list your devices, or somebody else's",
  details:
    "You choose the names of your devices; the server cannot read them. The fingerprint belongs to the device's certificate and is the same on both sides.",
  arguments: [{ name: "NAME", summary: "the account; your own by default", required: false }],
  examples: [
    { line: "device list", summary: "your own devices" },
    { line: "device list bob", summary: "bob's devices, with their fingerprints" },
  ],
  async run({ client }, values) {
    const name = values.argument("NAME");
    if (name === undefined) {
      const own = await devicesOf(client).own();
      const asking = await listLinkRequests(client.link);
      return {
        reports: [
          ...own.map((facts) => ({ kind: "device", facts }) as const),
          ...asking.map((facts) => ({ kind: "link-request", facts }) as const),
        ],
      };
    }
    const contact = await client.meet(name);
    const listed = (await devicesOf(client).of(contact))
      .map((facts) => ({ kind: "device", facts }) as const);
    if (contact.changedTo === undefined) return { reports: listed };
    return { reports: [...listed, { kind: "devices-unproven", facts: { name: contact.name } }] };
  },
};

const name: DeviceRow = {
  ...COMMON,
  name: "device name",
  summary: "name this device",
  details: "Only your own devices can read the name.",
  arguments: [{ name: "TEXT", summary: "at most 64 bytes", required: true, rest: "text" }],
  examples: [{
    line: "device name the old laptop",
    summary: "device remove then takes this name",
  }],
  async run({ client }, values) {
    const name = values.required("TEXT");
    await devicesOf(client).nameThis(name);
    return result("device-named", { name });
  },
};

/** A device signs in by what it was given within a second or two; on a bad line it takes longer. */
const LINKING_MS = 15_000;

/** Ends when the new device has signed in. */
const link: DeviceRow = {
  ...COMMON,
  name: "device link",
  slash: { aliases: ["link-device"] },
  summary: "link a new device by the code that it shows",
  details:
    "Run login NAME --link on the new device to see its code. This device then sends it the account's identity key and your contacts, encrypted for it alone, but no history. Never type a code that somebody else sends you: their device would become yours.",
  arguments: [
    { name: "CODE", summary: "the code on the new device", required: false, rest: "text" },
  ],
  options: [
    {
      flag: "--code-file",
      valueName: "FILE",
      summary: "read the code from a file; - reads standard input",
    },
  ],
  examples: [{ line: "device link", summary: "asks for the code" }],
  submission: {
    none: "Nothing was sent: the new device is not linked",
    queued: "The new device will be linked",
    sent: "The new device is linked",
    delivered: "The new device is linked",
    unknown: "Cannot tell whether the new device is linked: see device list",
  },
  async run({ client, ask, submission, isDialogue }, values, { signal }) {
    const question = "Code on the new device:";
    const file = values.option("--code-file");
    const typed = values.argument("CODE");
    if (isDialogue && file === undefined && typed === undefined) {
      throw new UsageError("code-missing", "Say the code too: /device link CODE");
    }
    const code = file === undefined
      ? typed ?? await ask.text(question)
      : await ask.secret(question, { file, mayBeEmpty: true });
    const devices = devicesOf(client);
    const before = new Set((await untilAborted(devices.own(), signal)).map(({ device }) => device));
    const { address } = await linkOther(client.messenger, client.link, code, ({ link }) => {
      if (submission === undefined) return;
      submission.ids = [link];
      submission.follow(() => "unknown");
    });
    await untilLinked(client, devices, { before, signal });
    submission?.follow(() => "delivered");
    return result("device-linked", { address });
  },
};

/**
 * Waits until a device that was not there before has signed in. Throws TransportError `timeout`; rejects with the signal's
 * reason: whoever stops the program does not wait for a device.
 */
async function untilLinked(
  client: Client,
  devices: Devices,
  { before, signal }: { before: ReadonlySet<ListedDevice["device"]>; signal: AbortSignal },
): Promise<void> {
  const { clock } = client;
  const untilMs = clock.monotonicMs() + LINKING_MS;
  const bell = new Bell();
  // The server tells an account's own devices of a new one too.
  const stopListening = client.listen(({ type }) => {
    if (type === "roster") bell.ring();
  });
  try {
    for (;;) {
      const now = await untilAborted(devices.own(), signal);
      if (now.some((one) => one.fingerprint !== undefined && !before.has(one.device))) return;
      const timeoutMs = untilMs - clock.monotonicMs();
      if (timeoutMs <= 0) {
        throw new TransportError(
          "timeout",
          "The new device received the keys but has not signed in. If its program has ended, run login NAME --link there again",
        );
      }
      await bell.wait(clock, { timeoutMs, signal });
    }
  } finally {
    stopListening();
  }
}

const decline: DeviceRow = {
  ...COMMON,
  name: "device decline",
  summary: "decline every device that asks to be linked",
  details: "Whoever asks knows your password: if it is not you, change the password.",
  examples: [{ line: "device decline", summary: "the devices that ask get nothing" }],
  async run({ client }) {
    return result("devices-declined", { count: await declineLinks(client.link) });
  },
};

const remove: DeviceRow = {
  ...COMMON,
  name: "device remove",
  asks: true,
  summary: "remove one of your devices, so that it can no longer read or send",
  details:
    "Use it when a device is lost or stolen. The server disconnects it at once, and your other devices change the keys of every conversation. The data on its disk stays there. If the finder may know your password, change that too. If the device was unlocked, the finder has your identity key: see docs/threat-model.md.",
  arguments: [
    { name: "DEVICE", summary: "its name, or the first digits of its id", required: true },
  ],
  options: [PASSWORD_OPTION],
  examples: [
    { line: "device remove phone", summary: "by its name" },
    { line: "device remove 1a2b3c4d", summary: "by its id" },
  ],
  async run({ client, ask, greet }, values) {
    const { messenger, profile } = client;
    const { device, name } = chooseDevice(
      await devicesOf(client).own(),
      values.required("DEVICE"),
    );
    const password = await ask.secret(`Password of ${profile.own.name}`, {
      file: values.option(PASSWORD_OPTION.flag),
    });
    const handshake = await greet();
    try {
      await removeDevice(messenger, handshake, { device, password });
    } finally {
      await handshake.link.close();
    }
    await client.sync();
    const left = messenger.conversations.list().filter((it) => isUnswept(messenger, it)).length;
    const { reports } = result("device-removed", { device, name, conversationsLeft: left });
    if (left === 0) return { reports };
    return { reports: [...reports, { kind: "new-keys-later", facts: { conversations: left } }] };
  },
};

/** Every command about devices. */
export const DEVICES: PersonCommands<DeviceKinds> = {
  rows: [list, name, link, decline, remove],
  wording: WORDING,
};
