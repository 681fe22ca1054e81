/**
 * The parties of a profile. Ids stay for good, so that none is taken twice; names of videos are sealed (SR-80). Several
 * processes of the profile meet here: one receives what another one plays by.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, DeviceId, PartyId, Peer, StreamId } from "../../base/ids.ts";
import type { Row } from "../../storage/row.ts";
import type { Profile } from "../profile/profile.ts";
import {
  type Party,
  type PartyMember,
  type PartySpeaker,
  type PartyStep,
  partyStep,
  type PartyWord,
} from "./party.ts";

/** A party with the video that is watched, a name of the library: foreign. */
export interface PartyRow extends Party {
  readonly video: string;
}

// The casts: only this class writes these columns, from values that have the type.
const readParty = (row: Row): Party & { readonly sealed: Bytes } => ({
  id: row.text("id") as PartyId,
  peer: row.text("peer") as Peer,
  account: row.text("account") as AccountId,
  device: row.text("device") as DeviceId,
  state: row.text("state") as Party["state"],
  revision: row.integer("revision"),
  point: {
    positionMs: row.integer("position_ms"),
    atMs: row.integer("at_ms"),
    rate: row.integer("rate") / 1000,
    isPaused: row.integer("paused") === 1,
  },
  heardMs: row.integer("heard_ms"),
  stream: streamOf(row),
  sealed: row.bytes("sealed"),
});

function streamOf(row: Row): Party["stream"] {
  const id = row.optionalText("stream") as StreamId | undefined;
  return id && { id, atMs: row.optionalInteger("stream_at_ms") };
}

/** Of one profile. */
export class PartyStore {
  readonly #profile: Profile;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** For `insert`. */
  seal(id: PartyId, video: string): Promise<Bytes> {
    return this.#profile.vault.sealValue("party", id, { video });
  }

  /** Inside a transaction. False when the id was seen before. */
  insert(party: Party, sealed: Bytes): boolean {
    const { id, peer, account, device, state, revision, point, heardMs, stream } = party;
    return this.#profile.database.command(`
      INSERT OR IGNORE INTO party
        (id, peer, account, device, state, revision, position_ms, at_ms, rate, paused, heard_ms, sealed,
          stream, stream_at_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    `).run(
      ...[id, peer, account, device, state, revision],
      ...columns(point),
      ...[heardMs, sealed, stream?.id ?? null, stream?.atMs ?? null],
    ) > 0;
  }

  /** Inside a transaction: takes what somebody says, if it means anything now. */
  apply(id: PartyId, said: PartyWord & { readonly by: PartySpeaker }): PartyStep | undefined {
    const party = this.look(id);
    const step = party && partyStep(party, this.members(id), said);
    if (step === undefined) return undefined;
    const { account, device, state, revision, point, heardMs } = step.party;
    const { database } = this.#profile;
    database.command(`
      UPDATE party SET account = ?, device = ?, state = ?, revision = ?,
        position_ms = ?, at_ms = ?, rate = ?, paused = ?, heard_ms = ?
      WHERE id = ?
    `).run(...[account, device, state, revision], ...columns(point), heardMs, id);
    database.command("DELETE FROM party_member WHERE party = ?").run(id);
    const insert = database.command(
      "INSERT INTO party_member (party, account, device, state) VALUES (?, ?, ?, ?)",
    );
    for (const member of step.members) {
      insert.run(id, member.account, member.device, member.state);
    }
    return step;
  }

  /** The server has what this device said as the host. */
  heard(id: PartyId, device: DeviceId, atMs: number): void {
    this.#profile.database.command(
      "UPDATE party SET heard_ms = max(heard_ms, ?) WHERE id = ? AND device = ?",
    ).run(atMs, id, device);
  }

  /** As it is on disk now, without the name of the video. */
  look(id: PartyId): Party | undefined {
    return this.#parties("id = ?").first(id);
  }

  async find(id: PartyId): Promise<PartyRow | undefined> {
    return await this.#open(this.#parties("id = ?").first(id));
  }

  /** The newest of a conversation that has not ended. */
  async newest(peer: Peer): Promise<PartyRow | undefined> {
    return await this.#open(
      this.#parties("peer = ? AND state = 'open' ORDER BY number DESC LIMIT 1").first(peer),
    );
  }

  members(id: PartyId): readonly PartyMember[] {
    return this.#profile.database.query(
      "SELECT * FROM party_member WHERE party = ? ORDER BY device",
      (row) => ({
        account: row.text("account") as AccountId,
        device: row.text("device") as DeviceId,
        state: row.text("state") as PartyMember["state"],
      }),
    ).all(id);
  }

  #parties(where: string) {
    return this.#profile.database.query(`SELECT * FROM party WHERE ${where}`, readParty);
  }

  async #open(kept: ReturnType<typeof readParty> | undefined): Promise<PartyRow | undefined> {
    if (kept === undefined) return undefined;
    const { sealed, ...party } = kept;
    const { vault } = this.#profile;
    const { video } = await vault.openValue<{ video: string }>("party", party.id, sealed);
    return { ...party, video };
  }
}

function columns({ positionMs, atMs, rate, isPaused }: Party["point"]) {
  return [positionMs, atMs, rate * 1000, isPaused ? 1 : 0].map(Math.round);
}
