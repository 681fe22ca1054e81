/**
 * Where conversations are, in memory. Messages and acknowledgements in a row change the same few rows again and again, so those
 * are read once, and written once for each batch. What was read holds from one batch to the next, until another connection has
 * written, a call that is no draft did, or something was undone (docs/decisions/0123-what-the-store-remembers.md).
 */

import { Bug } from "../../../base/errors.ts";
import type { ConversationId, DeviceId } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import { rowNumber } from "./columns.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import { RowMemory } from "./row_memory.ts";

/** Members of all conversations that are remembered, before all is read again: some 10 MB. */
const MAX_MEMBERS = 50_000;

/** A member of an open place: everything up to `cursor` is acknowledged. */
interface OpenMember {
  readonly device: number;
  cursor: number;
  cursorBytes: number;
  hasMoved: boolean;
}

/** A conversation as the rows of the batch so far leave it. */
export interface OpenConversation {
  readonly id: number;
  readonly isOpen: boolean;
  readonly epoch: number;
  readonly listVersion: number;
  /** Of a room: its number, and the number of what was said last. */
  readonly room: number | undefined;
  readonly lastPlace: number | undefined;
  readonly lastSeq: number;
  readonly sentBytes: number;
}

interface Place extends OpenConversation {
  lastPlace: number | undefined;
  lastSeq: number;
  sentBytes: number;
  isCounted: boolean;
  hasGrown: boolean;
  readonly members: Map<number, OpenMember | undefined>;
  /** Those whose cursor is to be written. */
  moved: OpenMember[];
  /** Any two members; fewer when there are not as many. */
  anyTwo: readonly number[] | undefined;
  /** What members have acknowledged since: bodies may go. */
  passed: { fromSeq: number; toSeq: number } | undefined;
}

/** Whoever reads these rows by other means calls `settle` first; whoever changes them or rolls back, `forget` too. */
export class OpenConversations {
  readonly #log: EnvelopeLog;
  readonly #statements;
  readonly #places = new Map<ConversationId, Place | undefined>();
  readonly #byId = new Map<number, Place>();
  /** Those of which something is to be written. */
  readonly #changed = new Set<Place>();
  readonly #devices: RowMemory<DeviceId, number | undefined>;
  #members = 0;
  #version = 0;
  #round = 0;
  #undone = 0;

  constructor(database: Database, log: EnvelopeLog) {
    this.#log = log;
    this.#statements = prepare(database);
    this.#devices = new RowMemory(this, (device) => this.#statements.findDevice.first(device));
  }

  /**
   * MUST be called first in each transaction, in which nobody else writes: forgets what another connection may have changed
   * since the last one.
   */
  begin(): void {
    const version = this.#statements.dataVersion.first() ?? 0;
    if (version !== this.#version || this.#members + this.#places.size > MAX_MEMBERS) this.forget();
    this.#version = version;
  }

  find(conversation: ConversationId): OpenConversation | undefined {
    return this.#find(conversation);
  }

  #find(conversation: ConversationId): Place | undefined {
    if (this.#places.has(conversation)) return this.#places.get(conversation);
    const place = this.#statements.findPlace.first(conversation);
    this.#places.set(conversation, place);
    if (place !== undefined) this.#byId.set(place.id, place);
    return place;
  }

  hasMember({ id }: OpenConversation, device: number): boolean {
    return this.#member(id, device) !== undefined;
  }

  hasOtherMember({ id }: OpenConversation, device: number): boolean {
    const place = this.#place(id);
    place.anyTwo ??= this.#statements.listTwo.all(id);
    return place.anyTwo.some((one) => one !== device);
  }

  /**
   * After a member's envelope was written at the next `seq`, with all of the conversation `uptoBytes` then. `isCounted`: it
   * got its room's next number. A sender who had everything before has that too.
   */
  grow(
    { id }: OpenConversation,
    { sender, uptoBytes, isCounted }: { sender: number; uptoBytes: number; isCounted: boolean },
  ): void {
    const place = this.#place(id);
    const member = this.#member(id, sender);
    const hadAll = member?.cursor === place.lastSeq;
    place.lastSeq++;
    place.sentBytes = uptoBytes;
    place.hasGrown = true;
    this.#changed.add(place);
    if (isCounted && place.lastPlace !== undefined) {
      place.lastPlace++;
      place.isCounted = true;
    }
    if (member === undefined || !hadAll) return;
    move(place, member, { cursor: place.lastSeq, cursorBytes: uptoBytes });
  }

  /** Moves a member's cursor, never back and never past the last envelope. */
  acknowledge(conversation: ConversationId, device: DeviceId, seq: number): void {
    const place = this.#find(conversation);
    const number = this.#devices.get(device);
    if (place === undefined || number === undefined) return;
    const member = this.#member(place.id, number);
    const toSeq = Math.min(seq, place.lastSeq);
    if (member === undefined || toSeq <= member.cursor) return;
    this.#statements.deleteOwn.run(number, place.id, member.cursor, toSeq);
    this.#pass(place.id, member.cursor, toSeq);
    // Expired envelopes are gone, and counted when they went.
    const uptoBytes = this.#statements.findUpto.first(place.id, toSeq) ?? 0;
    const cursorBytes = Math.max(member.cursorBytes, uptoBytes);
    move(place, member, { cursor: toSeq, cursorBytes });
    this.#changed.add(place);
  }

  /** Writes what has changed, and deletes the bodies that nobody needs any more. */
  settle(): void {
    for (const place of this.#changed) {
      const { id, lastSeq, lastPlace, sentBytes, moved } = place;
      if (place.hasGrown) this.#statements.setGrown.run(sentBytes, lastSeq, id);
      if (place.isCounted) this.#statements.setLastPlace.run(lastPlace ?? null, id);
      place.hasGrown = place.isCounted = false;
      for (const member of moved) {
        this.#statements.setCursor.run(member.cursor, member.cursorBytes, member.device, id);
        member.hasMoved = false;
      }
      place.moved = [];
      this.#deletePassed(place);
    }
    this.#changed.clear();
  }

  /** How often all was forgotten. */
  get round(): number {
    return this.#round;
  }

  /** Another one when another connection has written something, as of this transaction. */
  get version(): number {
    return this.#version;
  }

  /** How often what was written was undone. */
  get undone(): number {
    return this.#undone;
  }

  /** The transaction was rolled back: nothing of what was read or written in it is so. */
  forgetUndone(): void {
    this.#undone++;
    this.forget();
  }

  /** What was not settled is lost. What `find` gave before is of no use any more. */
  forget(): void {
    this.#round++;
    this.#places.clear();
    this.#byId.clear();
    this.#changed.clear();
    this.#members = 0;
  }

  /**
   * Of two who are behind an envelope, one at least did not send it: it waits for somebody. So nothing beyond the second
   * last member is looked at.
   */
  #deletePassed(place: Place): void {
    const { id, passed } = place;
    if (passed === undefined) return;
    place.passed = undefined;
    const [, secondLast = Infinity] = this.#statements.listLast.all(id);
    const toSeq = Math.min(passed.toSeq, secondLast);
    if (toSeq > passed.fromSeq) this.#log.deletePassed(id, passed.fromSeq, toSeq);
  }

  #pass(id: number, fromSeq: number, toSeq: number): void {
    const place = this.#place(id);
    const { passed } = place;
    place.passed = passed === undefined ? { fromSeq, toSeq } : {
      fromSeq: Math.min(passed.fromSeq, fromSeq),
      toSeq: Math.max(passed.toSeq, toSeq),
    };
  }

  #place(id: number): Place {
    const place = this.#byId.get(id);
    if (place === undefined) throw new Bug("Cannot change conversation: it is not open");
    return place;
  }

  #member(id: number, device: number): OpenMember | undefined {
    const place = this.#place(id);
    if (place.members.has(device)) return place.members.get(device);
    const member = this.#statements.findMember.first(device, id);
    place.members.set(device, member);
    this.#members++;
    return member;
  }
}

function move(
  place: Place,
  member: OpenMember,
  { cursor, cursorBytes }: { cursor: number; cursorBytes: number },
): void {
  member.cursor = cursor;
  member.cursorBytes = cursorBytes;
  if (!member.hasMoved) place.moved.push(member);
  member.hasMoved = true;
}

function prepare(database: Database) {
  return {
    findPlace: database.query(
      `SELECT c.id, c.open, c.epoch, c.last_seq, c.sent_bytes, c.list_version, r.last_place, r.number
        FROM conversation c LEFT JOIN room r ON r.conversation = c.id WHERE c.conversation = ?`,
      (row): Place => ({
        id: row.integer("id"),
        isOpen: row.boolean("open"),
        epoch: row.integer("epoch"),
        lastSeq: row.integer("last_seq"),
        sentBytes: row.integer("sent_bytes"),
        listVersion: row.integer("list_version"),
        lastPlace: row.optionalInteger("last_place"),
        room: row.optionalInteger("number"),
        isCounted: false,
        hasGrown: false,
        members: new Map(),
        moved: [],
        anyTwo: undefined,
        passed: undefined,
      }),
    ),
    // Another one when another connection has committed something (sqlite.org/pragma.html#pragma_data_version).
    dataVersion: database.query("PRAGMA data_version", (row) => row.integer("data_version")),
    findDevice: database.query("SELECT id FROM device WHERE device = ?", rowNumber),
    findMember: database.query(
      `SELECT device, cursor, cursor_bytes FROM conversation_member
        WHERE device = ? AND conversation = ?`,
      (row): OpenMember => ({
        device: row.integer("device"),
        cursor: row.integer("cursor"),
        cursorBytes: row.integer("cursor_bytes"),
        hasMoved: false,
      }),
    ),
    listTwo: database.query(
      "SELECT device FROM conversation_member WHERE conversation = ? LIMIT 2",
      (row) => row.integer("device"),
    ),
    listLast: database.query(
      "SELECT cursor FROM conversation_member WHERE conversation = ? ORDER BY cursor LIMIT 2",
      (row) => row.integer("cursor"),
    ),
    findUpto: database.query(
      `SELECT upto_bytes FROM envelope WHERE conversation = ? AND seq <= ?
        ORDER BY seq DESC LIMIT 1`,
      (row) => row.integer("upto_bytes"),
    ),
    setGrown: database.command(
      "UPDATE conversation SET sent_bytes = ?, last_seq = ? WHERE id = ?",
    ),
    setLastPlace: database.command("UPDATE room SET last_place = ? WHERE conversation = ?"),
    setCursor: database.command(
      `UPDATE conversation_member SET cursor = ?, cursor_bytes = ?
        WHERE device = ? AND conversation = ?`,
    ),
    deleteOwn: database.command(
      `UPDATE envelope SET body = NULL
        WHERE recipient = ? AND conversation = ? AND seq > ? AND seq <= ? AND body IS NOT NULL`,
    ),
  };
}
