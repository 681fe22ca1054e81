/** What is published and asked between nodes, as it travels. */

import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { type Bytes, concatBytes, decodeHex, encodeHex } from "../../base/bytes.ts";
import type {
  AccountId,
  ConversationId,
  DeviceId,
  EnvelopeId,
  StreamId,
  UploadId,
} from "../../base/ids.ts";
import type { Member } from "../../relay/message_log.ts";
import type { WaitingLink } from "../sessions/link_requests.ts";
import type { RateName } from "../counters/rates.ts";
import type { Questions, Topics } from "./bus.ts";
import { readAs } from "./node_words.ts";
import { packRoll, readRoll } from "./roll_news.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import { STREAM_UNIT_MAX_BYTES, STREAM_WORD_MAX_BYTES } from "../../protocol/limits.ts";

/** What goes into a word, and what goes behind it. */
export interface Packed {
  readonly about: unknown;
  readonly payload?: Uint8Array;
}

/** `read` returns undefined for what a node of another version may say. */
interface Codec<Value> {
  readonly pack: (value: Value) => Packed;
  readonly read: (about: unknown, payload: Bytes) => Value | undefined;
}

// Branded by the store of whoever said it, which is this node's too.
const Account = Type.Unsafe<AccountId>(Type.String({ maxLength: 400 }));
const Conversation = Type.Unsafe<ConversationId>(Type.String({ maxLength: 64 }));
const Device = Type.Unsafe<DeviceId>(Type.String({ maxLength: 32 }));
const Stream = Type.Unsafe<StreamId>(Type.String({ maxLength: 32 }));
const Upload = Type.Unsafe<UploadId>(Type.String({ maxLength: 32 }));
const Count = Type.Integer({ minimum: 0 });
/** An instance. */
const Node = Type.String({ maxLength: 64 });

const RUN = { node: Node, run: Count };
const RUNNING = { ...RUN, sentBytes: Count };

/** Accounts and devices in turn: as short as JSON has them. */
const MEMBERS = Type.Array(Type.Tuple([Account, Device]));
const ENVELOPE = Type.Object({
  conversation: Conversation,
  seq: Count,
  envelope: Type.Unsafe<EnvelopeId>(Type.String({ maxLength: 32 })),
  type: Type.Union([Type.Literal("message"), Type.Literal("commit"), Type.Literal("welcome")]),
  epoch: Count,
  account: Account,
  device: Device,
  atMs: Count,
  place: Type.Optional(Count),
});
/** The bodies follow, one behind the other. */
const STORED = Type.Object({
  envelopes: Type.Array(Type.Object({ ...ENVELOPE.properties, bodyBytes: Count }), { minItems: 1 }),
  recipients: MEMBERS,
});
const WAITS = Type.Object({ recipients: MEMBERS });

const packMembers = (members: readonly Member[]) =>
  members.map(({ account, device }) => [account, device]);
const readMembers = (pairs: Static<typeof MEMBERS>) =>
  pairs.map(([account, device]) => ({ account, device }));

/** What has no bytes in it. */
function plain<Schema extends TSchema>(schema: Schema): Codec<Static<Schema>> {
  return { pack: (about) => ({ about }), read: (about) => readAs(schema, about) };
}

/** What has bytes behind it, of a size that is right. */
function withBytes<Schema extends TSchema>(
  schema: Schema,
  isSize: (bytes: number) => boolean,
): Codec<Static<Schema> & { readonly bytes: Bytes }> {
  return {
    pack: ({ bytes, ...about }) => ({ about, payload: bytes }),
    read(about, bytes) {
      const read = isSize(bytes.length) ? readAs(schema, about) : undefined;
      return read === undefined ? undefined : { ...read as object, bytes } as Static<Schema> & {
        readonly bytes: Bytes;
      };
    },
  };
}

/** What a node has, or none. */
function found<Schema extends TSchema>(schema: Schema): Codec<Static<Schema> | undefined> {
  return { pack: (about) => ({ about: about ?? null }), read: (about) => readAs(schema, about) };
}

type TopicCodecs = { readonly [Topic in keyof Topics]: Codec<Topics[Topic]> };

/** Of each topic. */
export const TOPIC_CODECS: TopicCodecs = {
  "envelope.stored": {
    pack: ({ envelopes, recipients }) => ({
      about: {
        envelopes: envelopes.map(({ body, ...fields }) => ({ ...fields, bodyBytes: body.length })),
        recipients: packMembers(recipients),
      },
      payload: concatBytes(...envelopes.map(({ body }) => body)),
    }),
    read(about, bodies) {
      const stored = readAs(STORED, about);
      if (stored === undefined) return undefined;
      let end = 0;
      const envelopes = stored.envelopes.map(({ bodyBytes, ...fields }) => ({
        ...fields,
        place: fields.place,
        body: bodies.subarray(end, end += bodyBytes),
      }));
      return end === bodies.length
        ? { envelopes, recipients: readMembers(stored.recipients) }
        : undefined;
    },
  },
  "envelope.waits": {
    pack: ({ recipients }) => ({ about: { recipients: packMembers(recipients) } }),
    read(about) {
      const waits = readAs(WAITS, about);
      return waits && { recipients: readMembers(waits.recipients) };
    },
  },
  "account.expelled": plain(Type.Object({ conversation: Conversation, account: Account })),
  "record.written": plain(Type.Object({})),
  "upload.removed": plain(Type.Object({ upload: Upload })),
  "broadcast.added": plain(Type.Object({})),
  "sign-in.tried": plain(Type.Object({
    what: Type.Union([
      Type.Literal("failed"),
      Type.Literal("good"),
      Type.Literal("owner"),
      Type.Literal("unlocked"),
    ]),
    account: Account,
    source: Type.String({ maxLength: 64 }),
    from: Node,
  })),
  "rate.taken": plain(Type.Object({
    from: Node,
    taken: Type.Array(Type.Tuple([
      // Of a rate that only another version has, none is counted.
      Type.Unsafe<RateName>(Type.String({ maxLength: 64 })),
      Type.String({ maxLength: 1024 }),
      Count,
    ])),
  })),
  "ticket.shown": plain(Type.Object({
    ticket: Type.String({ pattern: "^[0-9a-f]{32}$" }),
    host: Type.String({ maxLength: 64 }),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  })),
  "presence.roll": { pack: (news) => ({ about: packRoll(news) }), read: readRoll },
  "stream.unit": withBytes(
    Type.Object({ ...RUNNING, unit: Count }),
    (bytes) => bytes > 0 && bytes <= STREAM_UNIT_MAX_BYTES,
  ),
  "stream.running": plain(Type.Object(RUNNING)),
  "stream.over": plain(Type.Object({
    ...RUN,
    reason: Type.Union([Type.Literal("ended"), Type.Literal("lost")]),
  })),
  "stream.watching": plain(Type.Object({
    ...RUN,
    number: Count,
    connections: Count,
    takenBytes: Count,
  })),
  "stream.said": withBytes(Type.Object(RUN), (bytes) => bytes <= STREAM_WORD_MAX_BYTES),
  "upload.wanted": plain(Type.Object({
    node: Node,
    read: Count,
    upload: Upload,
    reader: Account,
    offset: Count,
    sizeBytes: Type.Integer({ minimum: 0, maximum: SPOOL_BLOCK_BYTES }),
  })),
  "upload.piece": withBytes(
    Type.Object({ read: Count, offset: Count, readableBytes: Count }),
    (bytes) => bytes <= SPOOL_BLOCK_BYTES,
  ),
  "upload.unheld": plain(Type.Object({ read: Count })),
};

const Hex = Type.String({ pattern: "^([0-9a-f]{2})*$" });
const WAITING = Type.Array(Type.Object({
  link: Type.String(),
  atMs: Count,
  expiresMs: Count,
  address: Type.String(),
  body: Hex,
}));
const LINK_ANSWER = Type.Object({
  account: Account,
  link: Type.String(),
  answer: Type.Optional(Hex),
});

const NODE_STATE = Type.Object({
  instance: Node,
  version: Type.String({ maxLength: 40 }),
  sinceMs: Count,
  sessions: Count,
  people: Count,
  isDraining: Type.Boolean(),
});

type QuestionCodecs = {
  readonly [Question in keyof Questions]: {
    readonly asked: Codec<Questions[Question]["asked"]>;
    readonly answer: Codec<Questions[Question]["answer"]>;
  };
};

/** Of each question. */
export const QUESTION_CODECS: QuestionCodecs = {
  "link.requests": {
    asked: plain(Type.Object({ account: Account })),
    answer: {
      pack: (links) => ({ about: links.map(packLink) }),
      read: (about) => readAs(WAITING, about)?.map((link) => ({ ...link, body: bytes(link.body) })),
    },
  },
  "link.answer": {
    asked: {
      pack: ({ answer, ...rest }) => ({
        about: { ...rest, ...(answer === undefined ? {} : { answer: encodeHex(answer) }) },
      }),
      read(about) {
        const read = readAs(LINK_ANSWER, about);
        if (read === undefined) return undefined;
        const { answer, ...rest } = read;
        return { ...rest, answer: answer === undefined ? undefined : bytes(answer) };
      },
    },
    answer: plain(Type.Boolean()),
  },
  "presence.roll": { asked: plain(Type.Object({})), answer: plain(Type.Boolean()) },
  "node.state": { asked: plain(Type.Object({})), answer: plain(NODE_STATE) },
  "node.drain": {
    asked: plain(Type.Object({ instance: Type.String() })),
    answer: plain(Type.Boolean()),
  },
  "stream.find": {
    asked: plain(Type.Object({ stream: Stream })),
    answer: found(Type.Object({
      ...RUN,
      conversation: Conversation,
      account: Account,
      connections: Count,
    })),
  },
  "stream.begins": {
    asked: plain(Type.Object({
      node: Node,
      stream: Stream,
      conversation: Conversation,
      account: Account,
    })),
    answer: plain(Type.Object({ isTaken: Type.Boolean(), sent: Count })),
  },
  "upload.find": {
    asked: plain(Type.Object({ upload: Upload })),
    answer: found(Type.Object({ node: Node, storedBytes: Count })),
  },
  "upload.begins": {
    asked: plain(Type.Object({
      node: Node,
      upload: Upload,
      sizeBytes: Count,
      again: Type.Boolean(),
    })),
    answer: plain(Type.Boolean()),
  },
};

function packLink({ link, atMs, expiresMs, address, body }: WaitingLink): unknown {
  return { link, atMs, expiresMs, address, body: encodeHex(body) };
}

/** Of what the pattern let through. */
function bytes(hex: string): Bytes {
  return decodeHex(hex) ?? new Uint8Array();
}
