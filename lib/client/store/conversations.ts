/** The conversations of a profile: which one is open with whom, and how far it was read. */

import { type ConversationId, isRoom, parseConversationId, type Peer } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import { Timers } from "./timers.ts";
import type { Row } from "../../storage/row.ts";

/** How far a conversation has come. */
export type ConversationState =
  /** The server has not said yet whether we were first (SR-19). */
  | "opening"
  | "active"
  /** A copy of this profile may have used its keys: this device must come back in with fresh ones first (SR-23). */
  | "lost"
  /**
   * The server was restored from a backup that is behind this device: nothing more is sent; what waits is read still, then it is
   * begun anew (SR-58).
   */
  | "ahead"
  /** The server showed different things to different members: nothing is sent until the person decides (SR-25). */
  | "out-of-step"
  | "closed";

/** A conversation as this profile keeps it. */
export interface Conversation {
  readonly conversation: ConversationId;
  readonly peer: Peer;
  readonly state: ConversationState;
  readonly processedSeq: number;
  readonly joinedLate: boolean;
  /** This device came back with fresh keys: its next payload says so (SR-23). */
  readonly restarted: boolean;
  /** The revision of the lists of removed devices at which none of them was in the group (SR-10). */
  readonly swept: number;
}

function read(row: Row): Conversation {
  return {
    // Written by this class only, from branded values and the states of the table's CHECK.
    conversation: row.text("conversation") as ConversationId,
    peer: row.text("peer") as Peer,
    state: row.text("state") as ConversationState,
    processedSeq: row.integer("processed_seq"),
    joinedLate: row.boolean("joined_late"),
    restarted: row.boolean("restarted"),
    swept: row.integer("swept"),
  };
}

/** All methods are synchronous: they may be used in the middle of a transaction. */
export class Conversations {
  readonly #database: Database;
  /** How long what is said in each stays. */
  readonly timers: Timers;

  constructor(database: Database) {
    this.#database = database;
    this.timers = new Timers(database);
  }

  find(conversation: ConversationId): Conversation | undefined {
    return this.#database.query("SELECT * FROM conversation WHERE conversation = ?", read)
      .first(conversation);
  }

  /** The one that is not closed with this account or room. */
  openWith(peer: Peer): Conversation | undefined {
    return this.#database.query(
      "SELECT * FROM conversation WHERE peer = ? AND state <> 'closed'",
      read,
    ).first(peer);
  }

  list(): readonly Conversation[] {
    return this.#database.query("SELECT * FROM conversation WHERE state <> 'closed'", read).all();
  }

  /** Whether this id was ever known: then a Welcome for it is refused (SR-18). */
  isKnown(conversation: ConversationId): boolean {
    return this.find(conversation) !== undefined;
  }

  add(
    facts: {
      conversation: ConversationId;
      peer: Peer;
      state: "opening" | "active";
      joinedLate: boolean;
    },
  ): void {
    this.#database.command(
      "INSERT INTO conversation (conversation, peer, state, joined_late) VALUES (?, ?, ?, ?)",
    ).run(facts.conversation, facts.peer, facts.state, facts.joinedLate ? 1 : 0);
  }

  setState(conversation: ConversationId, state: ConversationState): void {
    this.#database.command("UPDATE conversation SET state = ? WHERE conversation = ?")
      .run(state, conversation);
  }

  /** Whether an id of the wire is that of a room here. */
  isRoom(id: string): boolean {
    const conversation = parseConversationId(id);
    const peer = conversation && this.find(conversation)?.peer;
    return peer !== undefined && isRoom(peer);
  }

  /** Whether it is in this state. */
  isIn(conversation: ConversationId, state: ConversationState): boolean {
    return this.find(conversation)?.state === state;
  }

  /** What others said before is not missing here. */
  setJoinedLate(conversation: ConversationId): void {
    this.#database.command("UPDATE conversation SET joined_late = 1 WHERE conversation = ?")
      .run(conversation);
  }

  setRestarted(conversation: ConversationId): void {
    this.#database.command(
      "UPDATE conversation SET restarted = 1, joined_late = 1 WHERE conversation = ?",
    ).run(conversation);
  }

  clearRestarted(conversation: ConversationId): void {
    this.#database.command(
      "UPDATE conversation SET restarted = 0 WHERE conversation = ? AND restarted = 1",
    ).run(conversation);
  }

  /** Inside a transaction; 0 when somebody came in. */
  setSwept(conversation: ConversationId, revision: number): void {
    this.#database.command("UPDATE conversation SET swept = ? WHERE conversation = ?")
      .run(revision, conversation);
  }

  /** Everything up to `seq` is stored. Never moves back. */
  setProcessed(conversation: ConversationId, seq: number): void {
    this.#database.command(
      "UPDATE conversation SET processed_seq = ?1 WHERE conversation = ?2 AND processed_seq < ?1",
    ).run(seq, conversation);
  }
}
