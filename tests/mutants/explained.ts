/** Checks that no test misses, and why that is right: each is behind another that refuses the same. */

interface Explanation {
  /** `file` and the check as the report prints them, without the line, so that it holds when lines move. */
  readonly file: string;
  readonly check: string;
  readonly why: string;
}

const EXPLAINED: readonly Explanation[] = [
  {
    file: "lib/client/groups/agreed_removals.ts",
    check: "devices.length === 0",
    why: "Saves reading the tree: of no device nothing can lack.",
  },
  {
    file: "lib/client/devices/disputed.ts",
    check: "first === undefined",
    why: "Saves a question to the server: without a conversation there is no place to tell it.",
  },
  {
    file: "lib/client/sync/answering.ts",
    check: "missing.length === 0",
    why: "Saves an empty transaction.",
  },
  {
    file: "lib/client/groups/committing.ts",
    check: 'read.kind !== "change"',
    why: "It reads what the line before wrote under the same membership log.",
  },
  {
    file: "lib/crypto/file_blocks.ts",
    check: "this.#key !== undefined",
    why: "Without a key the remembered attempt is empty, and no byte equals one that is not there.",
  },
  {
    file: "lib/crypto/key_store_format.ts",
    check: "!reader.failed",
    why: "A reader that failed gives 0, which is no newer format.",
  },
  {
    file: "lib/crypto/password.ts",
    check: '!isMessage(response, "loginResponse")',
    why:
      "The library throws at what is no message, which is taken for none; this only bounds what reaches it.",
  },
  {
    file: "lib/crypto/password.ts",
    check: '!isMessage(request, "loginRequest")',
    why:
      "The library throws at what is no message, which is taken for none; this only bounds what reaches it.",
  },
  {
    file: "lib/crypto/password.ts",
    check: '!isMessage(response, "registrationResponse")',
    why:
      "The library throws at what is no message, which is taken for none; this only bounds what reaches it.",
  },
  {
    file: "lib/crypto/password.ts",
    check: "value === undefined",
    why: "The library throws without a state, which is taken for a proof that is wrong.",
  },
  {
    file: "lib/crypto/peer_proof.ts",
    check: "zeros === undefined",
    why: "A constant is always read: the branch is for the compiler.",
  },
  {
    file: "lib/crypto/room/membership_log.ts",
    check: "parsed === undefined",
    why: "A guard against an error of our own: it is given hex of the right length only.",
  },
  {
    file: "lib/crypto/room/membership_log_bytes.ts",
    check: "identity === undefined",
    why: "32 bytes always make a fingerprint, and fewer have failed the reader.",
  },
  {
    file: "lib/crypto/mls/group_store.ts",
    check: "identity === undefined",
    why: "32 bytes always make a fingerprint, and fewer have failed the reader.",
  },
  {
    file: "lib/crypto/mls/group_state.ts",
    check: "groupId === undefined",
    why:
      "A group that was joined or founded has an id of ours: what others bring was refused before.",
  },
  {
    file: "lib/crypto/room/membership_log_bytes.ts",
    check: "head === undefined",
    why: "32 bytes always make a fingerprint, and fewer have failed the reader.",
  },
  {
    file: "lib/crypto/room/room_policy.ts",
    check: "removed.length === 0",
    why: "Nobody is there yet who could go: a group of one member has removed none.",
  },
  {
    file: "lib/client/sending/changes.ts",
    check: "isWritten",
    why: "What was written is not pending any more, and the next round ends for that.",
  },
  {
    file: "lib/client/transfers/direct_transport.ts",
    check: "upload !== this.#upload",
    why: "A guard against an error of our own: a transport is made for one upload.",
  },
  {
    file: "lib/protocol/scopes.ts",
    check: 'needed !== "never"',
    why: "No token has a scope of this name: the check is for the type.",
  },
  {
    file: "lib/protocol/packet.ts",
    check: "this.#partial === undefined",
    why: "A guard against an error of our own: it is called only while a packet is under way.",
  },
  {
    file: "lib/server/auth/revocations.ts",
    check: "earlier.length === 0",
    why: "Saves a comparison: a receipt is never given for no list.",
  },
  {
    file: "lib/server/auth/sign_ins.ts",
    check: "mac === undefined",
    why: "The schema refuses a MAC that is no base64 before.",
  },
];

/** Why a check may be missing unnoticed, by its line of the report; undefined when nothing is known. */
export function explanationOf(reported: string): string | undefined {
  return EXPLAINED.find(({ file, check }) =>
    reported.startsWith(`${file}:`) && reported.includes(`  ${check} -> `)
  )?.why;
}
