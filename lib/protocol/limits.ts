/**
 * Every limit of the wire, with its unit and its reason. A limit is tested one above and one below where it is enforced.
 * Add the limits of a message family here, in a section of its own.
 */

/** Bytes. */
export const KIB = 1024;
/** Bytes. */
export const MIB = 1024 * KIB;

// ---- Packets: u32 length of the rest | u16 header length | JSON header | payload ----------------------------------

/** Sizes that a decoder accepts. Both count what the length fields announce, so without the length fields themselves. */
export interface PacketLimits {
  /** Greatest value of the u32: header length field, header and payload. */
  readonly packetBytes: number;
  /** Greatest value of the u16. */
  readonly headerBytes: number;
}

/** Least value of the u32: the header length field and `{}`. */
export const PACKET_MIN_BYTES = 4;
/** A JSON header of a signed-in party: the greatest that the u16 can announce. Lists that may grow beyond it travel in pages. */
export const HEADER_MAX_BYTES = 64 * KIB - 1;
/** A JSON header of a stranger. */
const STRANGER_HEADER_MAX_BYTES = 4 * KIB;
/** A stranger may make us hold this much and no more; OPAQUE messages are a few hundred bytes. */
export const STRANGER_PACKET_MAX_BYTES = 4 * KIB;
/** Once token and name are accepted: identity, device certificate and sealed recovery copy, at most 16 KiB together. */
const REGISTRATION_PACKET_MAX_BYTES = 16 * KIB + STRANGER_HEADER_MAX_BYTES + 2;
/** The general wall after sign-in. Each message kind has its own, lower limit. */
export const PACKET_MAX_BYTES = 1 * MIB;
/** A sealed chat message. */
export const CHAT_PAYLOAD_MAX_BYTES = 64 * KIB;
/** Anything on the bulk lane: on a 256 kbit/s line one such packet delays a chat message by one second. */
export const BULK_PACKET_MAX_BYTES = 32 * KIB;

/** What a packet of the bulk lane carries beside its header: a part of a frame, of a file or of a live stream. */
export const BULK_PART_MAX_BYTES = 31 * KIB;

/** What a connection accepts before its session is signed in. */
export const STRANGER_PACKET_LIMITS: PacketLimits = {
  packetBytes: STRANGER_PACKET_MAX_BYTES,
  headerBytes: STRANGER_HEADER_MAX_BYTES,
};
/** What it accepts while it registers, after its token and name were accepted. */
export const REGISTRATION_PACKET_LIMITS: PacketLimits = {
  packetBytes: REGISTRATION_PACKET_MAX_BYTES,
  headerBytes: STRANGER_HEADER_MAX_BYTES,
};
/**
 * What two who meet without a server accept until each has proved who it is: a roster entry, a device certificate and a proof
 * with the longest names are 3.7 KiB.
 */
export const P2P_HANDSHAKE_PACKET_LIMITS: PacketLimits = {
  packetBytes: 8 * KIB,
  headerBytes: STRANGER_HEADER_MAX_BYTES,
};
/** What a connection accepts from a signed-in session, and a client from its server. */
export const SIGNED_IN_PACKET_LIMITS: PacketLimits = {
  packetBytes: PACKET_MAX_BYTES,
  headerBytes: HEADER_MAX_BYTES,
};

// ---- Deadlines of a connection ------------------------------------------------------------------------------------

/** For each way to somebody: longer than a slow mobile line needs for three round trips. */
export const DIAL_DEADLINE_MS = 10_000;
/** From accepted to the first complete packet, the TLS handshake included. */
export const HANDSHAKE_DEADLINE_MS = 10_000;
/** From the first packet to signed in: OPAQUE with a slow client and a slow line takes under 5 s. */
export const AUTH_DEADLINE_MS = 30_000;
/** A started packet must be complete after this time, whatever its size. */
const PROGRESS_DEADLINE_MIN_MS = 10_000;
/** The slowest sender that we wait for (128 kbit/s): a trickling one holds memory and a descriptor. */
const PROGRESS_MIN_BYTES_PER_SECOND = 16 * KIB;
/** Nothing received for so long: send a ping. Below the 2 minutes after which common home routers forget a connection. */
export const PING_AFTER_SILENCE_MS = 60_000;
/** Nothing received for so long, pings unanswered: the other side is gone. */
export const DROP_AFTER_SILENCE_MS = 150_000;
/** Bytes are waiting and no write completes for so long: the receiver does not read. */
export const WRITE_STALL_MS = 10_000;
/**
 * How long the system keeps the socket of a connection that was cut while its peer does not read (TCP_USER_TIMEOUT): Deno
 * gives it back only when the peer, or the system, is done with it.
 */
export const SOCKET_HELD_MS = 60_000;
/** What the system may hold of a connection that its peer has no room for (TCP_NOTSENT_LOWAT); left to itself, 4 MiB. */
export const SOCKET_UNSENT_BYTES = 128 * KIB;
/** How long a closing connection may take to send what is queued. */
export const DRAIN_DEADLINE_MS = 10_000;
/** How long we then wait for the other side's end, so that a reset does not destroy what it has not read yet. */
export const LINGER_MS = 2_000;

/** How long a started packet of this size may take. */
export function progressDeadlineMs(packetBytes: number): number {
  return Math.max(
    PROGRESS_DEADLINE_MIN_MS,
    Math.ceil(packetBytes / PROGRESS_MIN_BYTES_PER_SECOND * 1000),
  );
}

// ---- What waits for a slow receiver -------------------------------------------------------------------------------

/** Above this the oldest pictures are dropped, and a server stops reading the client that asks for more. */
export const OUTBOX_SOFT_BYTES = 256 * KIB;
/** Above this on the control lane the receiver is cut off: its mailbox keeps what it missed. */
export const OUTBOX_HARD_BYTES = 1 * MIB;
/** What is handed to the socket at once, so that a chat message written next overtakes the rest of a picture. */
export const WRITE_PIECE_BYTES = 64 * KIB;
/** Bulk bytes that may always be unacknowledged on a connection, end to end. */
export const BULK_CREDIT_MIN_BYTES = 64 * KIB;
/** Bulk bytes that may wait to leave before the next chunk of a file: a message waits for no more. Leaves room for one in the outbox. */
export const BULK_QUEUED_MAX_BYTES = 128 * KIB;
/** How much of the measured goodput may be unacknowledged: the delay that bulk adds to a chat message. */
const BULK_DELAY_MS = 250;
/** The same of files while a live stream runs: as long as a picture of it lasts. */
const FILE_DELAY_LIVE_MS = 20;
/** Bytes of a file that a reader may always grant: a second of a line with 256 kbit/s, and the greatest piece. */
export const READ_CREDIT_MIN_BYTES = BULK_PACKET_MAX_BYTES;
/** A longer way is not believed: who measured it waited behind something on a slow line. Enough for a way of three quarters of a second. */
const ROUND_TRIP_MAX_MS = 500;

/** Bulk bytes that may be unacknowledged on a connection with this goodput. */
export function bulkCreditBytes(goodputBytesPerSecond: number): number {
  return Math.max(
    BULK_CREDIT_MIN_BYTES,
    Math.floor(goodputBytesPerSecond * BULK_DELAY_MS / 1000),
  );
}

/** How long files may hold up what is more urgent. */
export function fileDelayMs(isLiveRunning: boolean): number {
  return isLiveRunning ? FILE_DELAY_LIVE_MS : BULK_DELAY_MS;
}

/**
 * Bytes of files that may be unacknowledged: what a line with this goodput holds on a way of `roundTripMs`, and what adds no more than
 * `delayMs`. Without the way itself a window would limit the goodput that it is made of.
 */
export function fileCreditBytes(
  goodputBytesPerSecond: number,
  { roundTripMs, delayMs, leastBytes }: {
    readonly roundTripMs: number;
    readonly delayMs: number;
    readonly leastBytes: number;
  },
): number {
  const windowMs = delayMs + Math.min(roundTripMs, ROUND_TRIP_MAX_MS);
  const wanted = Math.floor(goodputBytesPerSecond * windowMs / 1000);
  return Math.min(FILE_WINDOW_MAX_BYTES, Math.max(leastBytes, wanted));
}

/**
 * Most bytes of files that may be unacknowledged on a connection, and what a receiver holds. With the rest of a block, a
 * resume sends less than 8 MiB again.
 */
export const FILE_WINDOW_MAX_BYTES = 7 * MIB;

/** Chunks of files are of whole steps, but for the last one. */
export const FILE_STEP_BYTES = KIB;
/** Shorter ones cost more packets than they save a message time: an eighth of a second at 256 kbit/s. */
const FILE_CHUNK_MIN_BYTES = 4 * KIB;
/** What may be unacknowledged of a slow line once it is measured. */
export const FILE_WINDOW_MIN_BYTES = 4 * FILE_CHUNK_MIN_BYTES;
/** So many pieces are made of what a reader grants: on a slow line that is little, and a message waits for one piece. */
const PIECES_OF_GRANT = 4;

/** A chunk of a file that leaves within `delayMs` on a line with this goodput; a whole one while that is not known, and 0. */
export function fileChunkBytes(goodputBytesPerSecond: number, delayMs: number): number {
  if (goodputBytesPerSecond === 0) return BULK_PART_MAX_BYTES;
  return chunkOf(goodputBytesPerSecond * delayMs / 1000);
}

/** The same by what the reader grants, who measures the line. */
export function filePieceBytes(grantedBytes: number): number {
  return chunkOf(grantedBytes / PIECES_OF_GRANT);
}

function chunkOf(bytes: number): number {
  const steps = Math.ceil(bytes / FILE_STEP_BYTES) * FILE_STEP_BYTES;
  return Math.min(BULK_PART_MAX_BYTES, Math.max(FILE_CHUNK_MIN_BYTES, steps));
}

// ---- What one account may ask ---------------------------------------------------------------------------------------

/**
 * Requests of one account over all its connections, but for sealed messages, which have a rate of their own: a device that
 * comes back asks for each of a few thousand conversations. More are not refused but answered later.
 */
export const REQUEST_RATE = { burst: 5_000, perSecond: 200 } as const;
/** Bytes of pages that an account writes, each written to disk and told to its other devices: thirty of the largest at once. */
export const ACCOUNT_DATA_WRITE_RATE = { burst: 4 * MIB, perSecond: 256 * KIB } as const;
/**
 * Videos of the library that one connection may have open, and different ones (another mode is another one) that one account may watch
 * over all its connections: each has to be extracted. What was extracted before is not counted, nor one more who watches the same:
 * that costs pictures that are there.
 */
export const VIDEOS_MAX = 4;
export const VIDEOS_PER_ACCOUNT_MAX = 16;
/** Of a fifth of a second of sound: ten packets of Opus, as large as they can be. Ours have 160 bytes each. */
export const SOUND_UNIT_MAX_BYTES = 10 * 1276;
/** Sound that a listener may ask for ahead of what it has: a pause of the line that long is not heard. */
export const SOUND_AHEAD_MAX_MS = 10_000;
/** Subtitles of a page: each has up to 300 characters, of three bytes, and a header holds 64 KiB. */
export const CUES_OF_PAGE_MAX = 48;
/** Of a video that an account adds. */
export const VIDEO_ADDED_MAX_BYTES = 8_192 * MIB;
/** Of the library, with what is on its way to it: behind that nobody but the operator adds. */
export const LIBRARY_MAX_BYTES = 65_536 * MIB;
/** Looks at the library, and videos opened: each reads the folder anew. */
export const LIBRARY_RATE = { burst: 120, perSecond: 2 } as const;
/** Posters of an account: a list of a hundred videos is drawn at once, and the pictures along a long one. Each is a small file. */
export const POSTER_RATE = { burst: 300, perSecond: 10 } as const;
/** One is sent whole: a picture of noise at this size fits. */
export const POSTER_MAX_BYTES = BULK_PART_MAX_BYTES;

// ---- Uploads at a server -------------------------------------------------------------------------------------------

/** Uploads that one connection may write and read at once. */
export const SPOOL_OPEN_MAX = 64;
/** And one account, over all its connections: each is an open file or two of the server. */
export const SPOOL_OPEN_PER_ACCOUNT_MAX = 128;
/** What of one upload may wait for the disk; above it its connection is not read. A client that keeps to its credit is below. */
export const SPOOL_PENDING_MAX_BYTES = 16 * MIB;
/** What of all uploads may: when a disk is slower than everybody's lines. */
export const SPOOL_PENDING_ALL_MAX_BYTES = 128 * MIB;
/** Reserved for an upload that begins; afterwards as much again as has come, so that nobody takes the spool by words. */
export const SPOOL_RESERVE_MIN_BYTES = 256 * 1024;
/** No more is reserved ahead of what comes, nor asked of the store more often. */
export const SPOOL_RESERVE_MAX_BYTES = 64 * MIB;

// ---- Live streams -------------------------------------------------------------------------------------------------

/** A sealed picture, or another sealed unit of a stream: 720p at a good quality has 65 KB, and a film of noise four times that. */
export const STREAM_UNIT_MAX_BYTES = 256 * KIB;
/** A part of one. */
export const STREAM_PART_MAX_BYTES = BULK_PART_MAX_BYTES;
/** A unit is charged, and waits, as at least this much: the smallest costs the server a packet for each watcher. */
export const STREAM_UNIT_LEAST_BYTES = 1 * KIB;
/** What a watcher says back: numbers about how it goes. */
export const STREAM_WORD_MAX_BYTES = 1 * KIB;
/** Of one watcher: it reports once a second. More would be others' way to fill the sender's line. */
export const STREAM_WORD_RATE = { burst: 10, perSecond: 2 } as const;
/** How long an offered stream waits for an answer: whoever comes later has missed the beginning of something else. */
export const STREAM_OFFER_MS = 2 * 60_000;
/** Streams that one account may send at once: a film and a camera, and the sound of each. */
export const STREAMS_SENT_MAX = 4;
/** Streams that one connection may watch at once, the sound of each among them. */
export const STREAMS_WATCHED_MAX = 8;
/** Connections that may watch one stream: a room of a hundred, some with two devices. */
export const STREAM_WATCHERS_MAX = 128;
/** What waits at a server for one slow watcher: one unit of the greatest size and one behind it. Older ones are dropped. */
export const STREAM_QUEUE_BYTES = 512 * KIB;

// ---- Read buffers -------------------------------------------------------------------------------------------------

/** Of an idle connection: holds a few packets of a signed-in client. 4 KiB would be a quarter of what one may take in all. */
export const READ_BUFFER_MIN_BYTES = 1 * KIB;
/** Of a busy connection: twice the deliveries per second of 4 KiB; more brought nothing. */
export const READ_BUFFER_MAX_BYTES = 64 * KIB;
/** Factor by which a buffer grows that a read filled: three steps from least to greatest. */
export const READ_BUFFER_GROWTH = 4;
/** A grown buffer that no read filled for so long is given back. */
export const READ_BUFFER_SHRINK_AFTER_MS = 5_000;

// ---- Connections that have not signed in --------------------------------------------------------------------------

/** In all: each holds a descriptor and a few KiB, and whoever opens them need not say who he is. */
export const UNAUTHENTICATED_MAX = 512;
/** Per IPv4 address and per IPv6 /64, the least that one subscriber is given (RFC 6177 §2). */
export const UNAUTHENTICATED_PER_ADDRESS_MAX = 32;

/**
 * Accounts that one source may make at a server that is open to everyone: a class behind one address at once, then one a
 * minute. An operator may choose another. Invites have their own number of uses.
 */
export const REGISTRATION_RATE = { burst: 60, perSecond: 1 / 60 } as const;

// ---- Devices ------------------------------------------------------------------------------------------------------

/** Of one account at once: each is a leaf in all its groups. */
export const DEVICES_MAX = 32;
/** One-time key packages of a device that are kept, the newest ones: one for each conversation that others begin (SR-30). */
export const ONE_TIME_KEY_PACKAGES_MAX = 100;
/** Devices that one identity can remove: its whole list travels with each look at the account, in 4 KiB. */
export const REVOKED_DEVICES_MAX = 250;
/**
 * By how much a list's sequence may pass that of the server's: one that was restored is behind by the removals of an identity,
 * and as often as lists were brought back. So nobody who has the key uses the numbers up.
 */
export const REVOCATION_JUMP_MAX = 1000;
/** Bytes of what a person calls a device. */
export const DEVICE_NAME_MAX_BYTES = 64;
/** A page of what the devices of an account keep in common, sealed: some 2,000 people. */
export const ACCOUNT_DATA_PAGE_MAX_BYTES = 128 * KIB;
/** New devices of one account that ask to be linked at once: more would only hide the right one. */
export const LINK_REQUESTS_MAX = 4;
/** How long a new device waits to be linked. */
export const LINK_REQUEST_MS = 10 * 60_000;
/**
 * Signed-in connections of one account. Ten devices, each with a dialogue and a few scripts, and what a bad line has left
 * behind until its silence is noticed; one account cannot use up the server's descriptors.
 */
export const CONNECTIONS_PER_ACCOUNT_MAX = 64;
