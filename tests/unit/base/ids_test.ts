import { deepEqual, equal } from "node:assert/strict";
import { encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import {
  fingerprint,
  idBytes,
  newBroadcastId,
  newConversationId,
  newDeviceId,
  newEnvelopeId,
  newStreamId,
  newUploadId,
  parseBroadcastId,
  parseConversationId,
  parseDeviceId,
  parseEnvelopeId,
  parseFingerprint,
  parseRoomHandle,
  parseStreamId,
  parseUploadId,
  roomHandle,
  roomNumber,
} from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";

const KINDS = [
  { name: "device", parse: parseDeviceId, make: newDeviceId, digits: 32 },
  { name: "envelope", parse: parseEnvelopeId, make: newEnvelopeId, digits: 32 },
  { name: "conversation", parse: parseConversationId, make: newConversationId, digits: 64 },
  { name: "broadcast", parse: parseBroadcastId, make: newBroadcastId, digits: 32 },
  { name: "upload", parse: parseUploadId, make: newUploadId, digits: 32 },
  { name: "stream", parse: parseStreamId, make: newStreamId, digits: 32 },
] as const;

for (const { name, parse, make, digits } of KINDS) {
  Deno.test(`${name} id that was made is parsed again, and its bytes are those that were drawn`, () => {
    const drawn: Uint8Array[] = [];
    const random = {
      ...systemRandom,
      bytes: (length: number) => {
        const bytes = systemRandom.bytes(length);
        drawn.push(bytes);
        return bytes;
      },
    };
    const id = make(random);
    equal(id.length, digits);
    equal(parse(id), id);
    deepEqual(idBytes(id), drawn[0]);
    equal(make(systemRandom) === id, false);
  });

  Deno.test(`${name} id of another length, in capitals or with other characters is refused`, () => {
    const good = "0123456789abcdef".repeat(digits / 16);
    equal(parse(good), good);
    const bad = ["", good.slice(1), `${good}0`, good.toUpperCase(), `g${good.slice(1)}`];
    for (const text of [...bad, `${good.slice(1)}\n`, `\n${good.slice(1)}`]) {
      equal(parse(text), undefined, JSON.stringify(text));
    }
  });
}

Deno.test("fingerprint is the SHA-256 in hex (FIPS 180-2, appendix B.1)", async () => {
  const abc = await fingerprint(utf8("abc"));
  equal(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  equal(parseFingerprint(abc), abc);
  equal(encodeHex(idBytes(abc)), abc);
  equal(parseFingerprint(abc.slice(2)), undefined);
});

Deno.test("a room's handle is its number behind #, and nothing else is one", () => {
  const handle = roomHandle(256);
  equal(handle, "#256");
  equal(parseRoomHandle("#256"), handle);
  equal(roomNumber(handle), 256);
  for (const text of ["256", "#", "#x", "#256 ", "alice"]) equal(parseRoomHandle(text), undefined);
});
