/** The version of the wire protocol, apart from the program's own. */

/** Oldest and newest version that this program speaks. A change of meaning of an existing message raises both ends' `max`. */
export const PROTOCOL_VERSIONS = { min: 1, max: 2 } as const;

/** From this version on a chunk of an upload may be shorter than whole (docs/protocol, "Flow control"). */
export const SHORT_CHUNKS_SINCE = 2;

/** Oldest and newest version that one side speaks. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** For the person at the client: who has to be updated, when the two have no version in common. */
export function describeMismatch(client: VersionRange, server: VersionRange): string {
  const facts = `the server speaks version ${spellVersions(server)}, this program ${
    spellVersions(client)
  }`;
  return client.max < server.min
    ? `This program is too old for the server: update it (${facts})`
    : `The server is too old for this program: ask its operator to update it (${facts})`;
}

/** `1`, or `1 to 3`. */
export function spellVersions({ min, max }: VersionRange): string {
  return min === max ? `${min}` : `${min} to ${max}`;
}

/** The newest version that both speak, or undefined when there is none. */
export function agreeOnVersion(mine: VersionRange, theirs: VersionRange): number | undefined {
  const version = Math.min(mine.max, theirs.max);
  return version >= Math.max(mine.min, theirs.min) ? version : undefined;
}
