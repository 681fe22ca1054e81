/** What others ask of this person and a word answers: one list of all kinds, a rule for each contact, and a time limit. */

import { Refusal, TransportError } from "../../base/errors.ts";
import { type AccountId, type Peer, roomNumber } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { type Answer, AnswerPolicy, type AskKind } from "../../client/contacts/answer_policy.ts";
import { offerEndsMs, sourceWords } from "../../client/streams/source_words.ts";
import { streamsOf } from "../../client/client_streams.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import { showName, showPeer, typeName } from "../names.ts";
import { actionOf } from "../talk/action.ts";

/** Of what a stranger wrote: more is not looked at before it is answered, and all of it is kept. */
const MAX_PREVIEW_UNITS = 1_000;

/** One request, and the slash commands that answer it. */
export interface Request {
  /** Its own, for as long as it waits. */
  readonly key: string;
  readonly from: AccountId;
  /** Foreign text may be in it. */
  readonly words: string;
  readonly accept: string;
  readonly decline: string;
  /** What a stranger wrote, and the command that blocks them. Foreign text. */
  readonly stranger?: { readonly wrote: string; readonly block: string };
  /** When it is declined by itself; may be Infinity. */
  readonly untilMs: number;
}

type Found = Omit<Request, "untilMs"> & {
  /** Undefined for what no rule is about. */
  readonly kind: AskKind | undefined;
  /** It ends then whatever the person's limit is. */
  readonly endsMs?: number;
};

/** What is to be done, by the person's rules. */
export interface DueAnswer {
  readonly line: string;
  /** For the person. */
  readonly why: string;
}

/** Finds what waits. Requests to rooms are the server's to list: they are read when something may have changed. */
export class Requests {
  readonly #client: Client;
  readonly #policy: AnswerPolicy;
  readonly #nameOf: (peer: Peer) => string;
  #rooms: readonly Found[] = [];
  #areRoomsStale = true;
  /** The server is being asked: whoever looks meanwhile gets its answer, not what was known before. */
  #reading: Promise<void> | undefined;
  /** Answered by a rule and not gone yet. */
  readonly #answered = new Set<string>();

  /** `nameOf`: as the name of a person is written, and what a room is called. */
  constructor(client: Client, nameOf: (peer: Peer) => string) {
    this.#client = client;
    this.#nameOf = nameOf;
    this.#policy = new AnswerPolicy(client.profile);
  }

  /** Somebody may have been invited, or an invitation answered. */
  roomsChanged(): void {
    this.#areRoomsStale = true;
  }

  /** Everything that waits for the person, oldest kind first, and what a rule or the time limit says about the rest. */
  async look(): Promise<
    { readonly requests: readonly Request[]; readonly due: readonly DueAnswer[] }
  > {
    const found = await this.#found();
    const keys = found.map(({ key }) => key);
    this.#policy.keepOnly(keys);
    for (const key of this.#answered) if (!keys.includes(key)) this.#answered.delete(key);
    const requests: Request[] = [];
    const due: DueAnswer[] = [];
    for (const { request, answer } of this.#judged(found)) {
      if (answer === undefined) requests.push(request);
      else {
        this.#answered.add(request.key);
        due.push(answer);
      }
    }
    return { requests, due };
  }

  /** What waits for the person, as `look` finds it: answers that are due are left to it. */
  async list(): Promise<readonly Request[]> {
    const judged = this.#judged(await this.#found());
    return judged.flatMap(({ request, answer }) => answer === undefined ? request : []);
  }

  async #found(): Promise<readonly Found[]> {
    return [
      ...await this.#strangers(),
      ...await this.#files(),
      ...await this.#streams(),
      ...await this.#invitations(),
    ];
  }

  /** What is not answered yet, and what a rule says of it. */
  #judged(
    found: readonly Found[],
  ): readonly { readonly request: Request; readonly answer: DueAnswer | undefined }[] {
    const nowMs = this.#client.clock.nowMs();
    return found.filter(({ key }) => !this.#answered.has(key))
      .map(({ kind, endsMs = Infinity, ...rest }) => {
        // What strangers wrote waits for ever: to decline them has consequences that only the person may want.
        const limitMs = kind === undefined ? Infinity : this.#policy.limitMs;
        const untilMs = Math.min(this.#policy.firstSeenMs(rest.key, nowMs) + limitMs, endsMs);
        const request = { ...rest, untilMs };
        return { request, answer: this.#ruleFor(request, kind, nowMs) };
      });
  }

  #ruleFor(request: Request, kind: AskKind | undefined, nowMs: number): DueAnswer | undefined {
    const rule: Answer = kind === undefined ? "ask" : this.#policy.of(request.from, kind) ?? "ask";
    const isLate = nowMs >= request.untilMs;
    if (rule === "ask" && !isLate) return undefined;
    const why = rule === "ask" ? "nobody answered in time" : `your policy: ${rule}`;
    return {
      line: rule === "accept" ? request.accept : request.decline,
      why: `${request.words}: ${why}`,
    };
  }

  #shown(account: AccountId): string {
    return showName(this.#nameOf(account));
  }

  async #strangers(): Promise<readonly Found[]> {
    return (await this.#client.requests()).map(({ account, texts }) => ({
      key: `message ${account}`,
      kind: undefined,
      from: account,
      words: `${this.#shown(account)} (new) wants to chat${
        texts.length > 1 ? ` (${texts.length} messages)` : ""
      }`,
      accept: `/accept ${typeName(account)}`,
      decline: `/decline ${typeName(account)}`,
      stranger: {
        wrote: texts.map(({ text }) => wroteWords(text, this.#shown(account)))
          .join("\n").slice(0, MAX_PREVIEW_UNITS),
        block: `/block ${typeName(account)}`,
      },
    }));
  }

  async #files(): Promise<readonly Found[]> {
    return (await this.#client.transfers.waiting()).map(({ id, number, peer, room, items }) => ({
      key: `file ${id}`,
      kind: "files",
      from: peer,
      words: `${this.#shown(peer)} sends you ${describeItems(items)}${
        room === undefined ? "" : ` in ${showPeer(room, this.#nameOf(room))}`
      }`,
      accept: `/y ${number}`,
      decline: `/n ${number}`,
    }));
  }

  /** They are gone by themselves when their time is over, a moment before it is. */
  async #streams(): Promise<readonly Found[]> {
    return (await streamsOf(this.#client).waiting()).map((stream) => ({
      key: `stream ${stream.id}`,
      kind: "streams",
      from: stream.account,
      words: `${this.#shown(stream.account)} wants to stream ${sourceWords(stream)} to you`,
      accept: `/y s${stream.number}`,
      decline: `/n s${stream.number}`,
      endsMs: offerEndsMs(stream) + 1000,
    }));
  }

  async #invitations(): Promise<readonly Found[]> {
    while (this.#reading !== undefined) await this.#reading;
    if (this.#areRoomsStale && this.#client.isOnline) {
      this.#reading = this.#readInvitations().finally(() => this.#reading = undefined);
      await this.#reading;
    }
    return this.#rooms;
  }

  async #readInvitations(): Promise<void> {
    this.#areRoomsStale = false;
    try {
      this.#rooms = (await this.#client.rooms.invited.list()).map(
        ({ room, invitedBy, expiresMs, conversation }): Found => ({
          // Who declined and is invited again is asked again: that is another request.
          key: `room ${conversation} ${expiresMs}`,
          kind: "rooms",
          from: invitedBy,
          words: `${this.#shown(invitedBy)} invites you to room ${roomNumber(room)}`,
          accept: `/room join ${roomNumber(room)}`,
          decline: `/room decline ${roomNumber(room)}`,
          endsMs: expiresMs,
        }),
      );
    } catch (error) {
      // The connection is gone, or the server is busy: the next look asks again.
      if (!(error instanceof Refusal || error instanceof TransportError)) throw error;
      this.#areRoomsStale = true;
    }
  }
}

/** As a conversation will show it. */
function wroteWords(text: string, shown: string): string {
  const action = actionOf(text);
  return action === undefined ? text : `* ${shown} ${action}`;
}
