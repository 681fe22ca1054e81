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
    file: "lib/client/devices/own_revocations.ts",
    check: "first === undefined",
    why: "Saves a question to the server: without a conversation there is no place to tell it.",
  },
  {
    file: "lib/client/sync/mailbox_reader.ts",
    check: "missing.length === 0",
    why: "Saves an empty transaction.",
  },
  {
    file: "lib/client/groups/committing.ts",
    check: 'read.kind !== "change"',
    why: "It reads what the line before wrote under the same membership log.",
  },
  {
    file: "lib/crypto/sealing/file_blocks.ts",
    check: "this.#key !== undefined",
    why: "Without a key the remembered attempt is empty, and no byte equals one that is not there.",
  },
  {
    file: "lib/crypto/keys/key_store_format.ts",
    check: "!reader.failed",
    why: "A reader that failed gives 0, which is no newer format.",
  },
  {
    file: "lib/crypto/keys/password.ts",
    check: '!isMessage(response, "loginResponse")',
    why:
      "The library throws at what is no message, which is taken for none; this only bounds what reaches it.",
  },
  {
    file: "lib/crypto/keys/password.ts",
    check: '!isMessage(request, "loginRequest")',
    why:
      "The library throws at what is no message, which is taken for none; this only bounds what reaches it.",
  },
  {
    file: "lib/crypto/keys/password.ts",
    check: '!isMessage(response, "registrationResponse")',
    why:
      "The library throws at what is no message, which is taken for none; this only bounds what reaches it.",
  },
  {
    file: "lib/crypto/keys/password.ts",
    check: "value === undefined",
    why: "The library throws without a state, which is taken for a proof that is wrong.",
  },
  {
    file: "lib/crypto/statements/peer_proof.ts",
    check: "zeros === undefined",
    why: "A constant is always read: the branch is for the compiler.",
  },
  {
    file: "lib/crypto/room/membership_log.ts",
    check: "parsed === undefined",
    why: "A guard against an error of our own: it is given hex of the right length only.",
  },
  {
    file: "lib/crypto/room/membership_log.ts",
    check: "identity === undefined",
    why: "32 bytes always make a fingerprint, and fewer have failed the reader.",
  },
  {
    file: "lib/crypto/mls/group_state.ts",
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
    file: "lib/crypto/room/membership_log.ts",
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
    check: "upload !== this.upload",
    why: "A guard against an error of our own: a transport is made for one upload.",
  },
  {
    file: "lib/protocol/permissions.ts",
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
  {
    file: "lib/client/account/sign_in.ts",
    check: "!parsed.ok",
    why:
      "What is no name has no account: no password of it was right a line before. The check is for the type.",
  },
  {
    file: "lib/client/contacts/signed_statement.ts",
    check: "known?.pinned === fingerprint",
    why: "Saves a question to the server: whoever is met has this pin still.",
  },
  {
    file: "lib/client/devices/linking.ts",
    check: "!name.ok",
    why: "What is no name has no id, and no account is called that.",
  },
  {
    file: "lib/client/groups/committing.ts",
    check: 'made.kind !== "pending"',
    why: "A guard: what was refused has no state to be in next, and keeping it fails for that.",
  },
  {
    file: "lib/client/groups/committing.ts",
    check: "group === undefined",
    why: "A conversation whose age is known has its group: the check is for the type.",
  },
  {
    file: "lib/client/groups/listed.ts",
    check: "!fields.more",
    why: "Saves a question to the server: an empty page ends the list too.",
  },
  {
    file: "lib/client/link/link.ts",
    check: "this.#ended !== undefined",
    why: "A connection that has ended takes nothing, which the next line refuses in poorer words.",
  },
  {
    file: "lib/client/recovery/missing_conversations.ts",
    check: "peer === undefined",
    why: "What is not there is not active, so that nothing is written.",
  },
  {
    file: "lib/client/recovery/restored_server.ts",
    check: "isRoom(peer)",
    why: "A room never gets into that state: it is out of step instead.",
  },
  {
    file: "lib/client/rooms/room_reading.ts",
    check: 'read.kind !== "verified" || peer === undefined',
    why: "It reads what this device had verified and written itself.",
  },
  {
    file: "lib/client/store/drafts.ts",
    check: 'packet === undefined || typeof kind !== "string"',
    why:
      "It reads what this device sealed itself. A profile of a newer program was refused when it was opened.",
  },
  {
    file: "lib/client/store/drafts.ts",
    check: "packet === undefined",
    why:
      "It reads what this device sealed itself. A profile of a newer program was refused when it was opened.",
  },
  {
    file: "lib/client/store/drafts.ts",
    check: 'typeof kind !== "string"',
    why:
      "It reads what this device sealed itself. A profile of a newer program was refused when it was opened.",
  },
  {
    file: "lib/client/store/families.ts",
    check: "!isOf(kinds, message)",
    why:
      "A guard against an error of our own: a message is read by a definition of its family, and given to no other.",
  },
  {
    file: "lib/client/receiving/reading.ts",
    check: "!isOf(CHAT_MESSAGES, message)",
    why:
      "A guard against an error of our own: a message is read by a definition of its family, and given to no other.",
  },
  {
    file: "lib/client/store/conversation_kinds.ts",
    check: "kind === undefined",
    why: "A guard against an error of our own: every conversation is of a kind.",
  },
  {
    file: "lib/client/streams/sending.ts",
    check: "error instanceof MediaError",
    why: "No other error has this code: the check is for the type.",
  },
  {
    file: "lib/client/streams/unit_opener.ts",
    check: "read === undefined",
    why: "Without a packet there is no kind, which the next line refuses.",
  },
  {
    file: "lib/client/transfers/receive_task.ts",
    check: "ranges.length === 0",
    why: "Saves a walk over nothing: no range is fetched, and none is counted.",
  },
  {
    file: "lib/client/transfers/send_task.ts",
    check: "(error instanceof TransferError || error instanceof Refusal)",
    why: "No other error has these codes: the check is for the type.",
  },
  {
    file: "lib/crypto/certificates/authority.ts",
    check: "parsed === undefined",
    why: "Of what cannot be parsed there is no succession, which is asked beside it.",
  },
  {
    file: "lib/crypto/keys/ed25519.ts",
    check: "seed.length !== ED25519_KEY_BYTES",
    why: "A guard against an error of our own: WebCrypto refuses another length too.",
  },
  {
    file: "lib/crypto/mls/key_package.ts",
    check: "decoded === undefined",
    why: "What cannot be decoded has no suite, which is asked beside it.",
  },
  {
    file: "lib/crypto/keys/password.ts",
    check: 'state.step !== "login"',
    why: "The library throws at a state of another step, which is taken for a proof that is wrong.",
  },
  {
    file: "lib/crypto/keys/password.ts",
    check: '!isMessage(request, "registrationRequest")',
    why:
      "The library throws at what is no message, which is taken for none; this only bounds what reaches it.",
  },
  {
    file: "lib/crypto/room/entry.ts",
    check: "account === undefined",
    why: "No certificate is of an account that is none, which is compared below.",
  },
  {
    file: "lib/crypto/certificates/stored_leaf.ts",
    check: "der === undefined",
    why: "What is no PEM cannot be taken apart, which is asked beside it.",
  },
  {
    file: "lib/storage/part_file.ts",
    check: "offset + bytes.length > this.#sizeBytes",
    why: "A guard against an error of our own: ranges that are mended lie in what was written.",
  },
  {
    file: "lib/crypto/mls/message_head.ts",
    check: "senderBytes === undefined",
    why: "A reader that is asked for no number of bytes has failed, which is asked below.",
  },
  {
    file: "lib/client/streams/lasting_sender.ts",
    check: "!this.options.host.isOnline",
    why: "Saves a try: without a link nothing opens.",
  },
  {
    file: "lib/client/devices/own_revocations.ts",
    check: "list.length === 0 || receipt.length === 0",
    why:
      "An empty list is not verified. Without a receipt a server that hands its list out so takes from itself what a restored one is shown.",
  },
  {
    file: "lib/client/transfers/upload.ts",
    check: "block === undefined",
    why: "A guard against an error of our own: it is asked for a chunk only while one is ready.",
  },
  {
    file: "lib/client/contacts/signed_statement.ts",
    check: "error instanceof Refusal",
    why:
      "Only a server that shows a device and denies its account comes by: it could refuse the whole question.",
  },
  {
    file: "lib/crypto/room/room_policy.ts",
    check: "signer.identity === identity",
    why:
      "The entry was applied because its signer, and the commit is allowed because each leaf, has the identity that the membership log says.",
  },
  {
    file: "lib/client/streams/watching_parts.ts",
    check: "!verified.ok",
    why: "It is the certificate of a member's leaf, which came in by it when it was verified.",
  },
];

/** Why a check may be missing unnoticed, by its line of the report; undefined when nothing is known. */
export function explanationOf(reported: string): string | undefined {
  return EXPLAINED.find(({ file, check }) =>
    reported.startsWith(`${file}:`) && reported.includes(`  ${check} -> `)
  )?.why;
}
