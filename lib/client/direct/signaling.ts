/** What two clients tell each other inside the seal so that they can meet: the offer, its answer, and what follows from both. */

import type { HostPort } from "../../net/addresses/address.ts";
import type { QuicPeer } from "../../net/quic/quic_socket.ts";
import { type Bytes, decodeBase64, decodeHex, encodeBase64, encodeHex } from "../../base/bytes.ts";
import { ProtocolError, TransportError } from "../../base/errors.ts";
import type { AccountId, StreamId, TransferId } from "../../base/ids.ts";
import { DIRECT_HASH_BYTES, DIRECT_TOKEN_BYTES } from "../../protocol/peer/direct.ts";
import { draftMessage } from "../store/drafts.ts";
import { DIRECT_MESSAGES } from "../../protocol/peer/direct.ts";
import { enqueueControlMessage } from "../sending/sender.ts";
import type { Messenger } from "../store/messenger.ts";
import { dialable, ownAddresses, type TypedAddress, withSeenAddress } from "./direct_addresses.ts";
import type { DirectControlMessage } from "./control_messages.ts";
import type { DirectPort } from "./direct_port.ts";
import type { ConnectionPlan } from "./connect.ts";
import type { Rendezvous } from "./rendezvous.ts";

/** Code of the TransportError when the other person does not want it. */
export const DIRECT_REFUSED = "direct-refused";

type Offer = Extract<DirectControlMessage, { kind: "direct.offer" }>;
type Answer = Extract<DirectControlMessage, { kind: "direct.answer" }>;

/** What two meet for: files of one transfer, or a stream. */
export interface MeetingCause {
  readonly id: TransferId | StreamId;
  readonly peer: AccountId;
}

/** A meeting that was proposed, or is to be. */
export interface Signal {
  /** Throws TransportError: `direct-refused`, `no-direct-way`, `no-udp`, `timed-out`; or the signal's reason. */
  meet(signal: AbortSignal): Promise<QuicPeer>;
}

/** What they need of their client. */
export interface SignalingOptions {
  readonly messenger: Messenger;
  readonly rendezvous: Rendezvous;
  /** Typed by the person (SR-77). */
  readonly typed: readonly TypedAddress[];
  /** Of the program; opened when it is first needed. Throws TransportError `no-udp`. */
  port(): Promise<DirectPort>;
  /** Has what was written down sent. */
  send(): Promise<void>;
}

interface Waiting {
  readonly peer: AccountId;
  readonly about: string;
  resolve(answer: Answer): void;
}

/** One for each link. */
export class Signaling {
  readonly #options: SignalingOptions;
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: SignalingOptions) {
    this.#options = options;
  }

  /** Proposes to meet for what goes out. */
  offer(cause: MeetingCause): Signal {
    return { meet: (signal) => this.#offer(cause, signal) };
  }

  /** Agrees to meet for what comes in. */
  answer(cause: MeetingCause, offer: Offer): Signal {
    return { meet: (signal) => this.#answer(cause, offer, signal) };
  }

  /** Tells the other side that this person does not want it, and nothing else. */
  async refuse({ id, peer }: MeetingCause, { fields: { attempt }, epoch }: Offer): Promise<void> {
    const certificate = encodeHex(new Uint8Array(DIRECT_HASH_BYTES));
    const answer = { attempt, about: id, accepts: false, epoch, certificate, addresses: [] };
    const message = draftMessage(DIRECT_MESSAGES["direct.answer"], answer);
    await enqueueControlMessage(this.#options.messenger, peer, message);
    await this.#options.send();
  }

  /** The answer to an own offer, or to none: then it means nothing. */
  answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.fields.attempt);
    const isRight = waiting?.peer === answer.from && waiting.about === answer.fields.about;
    if (isRight) waiting.resolve(answer);
  }

  async #offer({ id, peer }: MeetingCause, signal: AbortSignal): Promise<QuicPeer> {
    const { messenger, port: openPort, send } = this.#options;
    const { random } = messenger.profile;
    const port = await openPort();
    const [attempt, token] = [random.bytes(16), random.bytes(DIRECT_TOKEN_BYTES)];
    const addresses = await this.#addresses(port, signal);
    const fromEpoch = this.#epochWith(peer);
    const name = encodeHex(attempt);
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(name, { peer, about: id, resolve });
    const agree = async (): Promise<ConnectionPlan> => {
      const { fields, epoch } = await promise;
      if (!fields.accepts) {
        throw new TransportError(DIRECT_REFUSED, `${peer} does not allow direct connections`);
      }
      // Opened in the epoch that it was sealed in, which lies between writing it and reading the answer.
      if (fields.epoch < fromEpoch || fields.epoch > epoch) {
        throw new ProtocolError("bad-message", "Cannot meet: the answer is of another epoch");
      }
      const answering = hashOf(fields.certificate);
      const terms = { attempt, token, offering: port.certificate, answering, epoch: fields.epoch };
      return { terms, role: "offering", addresses: this.#dialable(fields.addresses) };
    };
    try {
      const meeting = port.meet(name, agree(), signal);
      // Said to whoever waits for the meeting; until then this function is busy.
      meeting.catch(() => {});
      const certificate = encodeHex(port.certificate);
      const fields = {
        attempt: name,
        about: id,
        token: encodeBase64(token),
        certificate,
        addresses,
      };
      const offer = draftMessage(DIRECT_MESSAGES["direct.offer"], fields);
      await enqueueControlMessage(messenger, peer, offer);
      await send();
      return await meeting;
    } finally {
      this.#waiting.delete(name);
    }
  }

  async #answer(
    { id, peer }: MeetingCause,
    { fields, epoch }: Offer,
    signal: AbortSignal,
  ): Promise<QuicPeer> {
    const { messenger, port: openPort, send } = this.#options;
    const port = await openPort();
    const token = decodeBase64(fields.token);
    const attempt = decodeHex(fields.attempt);
    if (token?.length !== DIRECT_TOKEN_BYTES || attempt === undefined) {
      throw new ProtocolError("bad-message", "Cannot meet: the request has no token");
    }
    const offering = hashOf(fields.certificate);
    const terms = { attempt, token, offering, answering: port.certificate, epoch };
    const addresses = this.#dialable(fields.addresses);
    const own = await this.#addresses(port, signal);
    const plan: ConnectionPlan = { terms, role: "answering", addresses };
    const meeting = port.meet(fields.attempt, Promise.resolve(plan), signal);
    // Said to whoever waits for the meeting; until then this function is busy.
    meeting.catch(() => {});
    const certificate = encodeHex(port.certificate);
    const answer = {
      ...{ attempt: fields.attempt, about: id, accepts: true, epoch, certificate },
      addresses: own,
    };
    const message = draftMessage(DIRECT_MESSAGES["direct.answer"], answer);
    await enqueueControlMessage(messenger, peer, message);
    await send();
    return await meeting;
  }

  async #addresses(port: DirectPort, signal: AbortSignal) {
    const { rendezvous, typed } = this.#options;
    const own = ownAddresses(Deno.networkInterfaces(), port.port, typed);
    // Who says where they are wants nobody to find out more.
    if (typed.length > 0) return [...own];
    return [...withSeenAddress(own, await rendezvous.seenAddress(port.socket, signal))];
  }

  #dialable(addresses: readonly HostPort[]) {
    return dialable(addresses, this.#options.typed);
  }

  #epochWith(peer: AccountId): number {
    const { conversations, groups } = this.#options.messenger;
    const conversation = conversations.openWith(peer)?.conversation;
    return conversation === undefined ? 0 : groups.epochOf(conversation) ?? 0;
  }
}

function hashOf(hex: string): Bytes {
  return decodeHex(hex) ?? new Uint8Array(DIRECT_HASH_BYTES);
}
