/**
 * What a copy of a database shows is on the threat model: each table has its words there, by which somebody finds it. A new
 * table or column fails here until it was thought about: does the page say what it shows?
 */

import { deepEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MIGRATIONS as PROFILE } from "../../lib/client/profile/schema.ts";
import { MIGRATIONS as SERVER } from "../../lib/server/store/sqlite/schema.ts";
import { Database } from "../../lib/storage/database.ts";
import { PROJECT_ROOT } from "./layers.ts";

/** Columns, and the words on the page; none where nobody but the program itself is shown. */
type Tables = Readonly<Record<string, readonly [columns: string, words: string]>>;

const page = ["docs/threat-model.md", "docs/your-machine.md"]
  .map((path) => readFileSync(join(PROJECT_ROOT, path), "utf8")).join(" ").replaceAll(/\s+/g, " ");

const CONVERSATIONS = "which accounts share a conversation";
const SENT = "who sends when";
const ROOMS = "which rooms there are";
const FILES = "who sends files to whom";

const OF_SERVER: Tables = {
  account: [
    "id account name skeleton identity password_record created_ms last_seen_ms roster_entry rotation recovery_copy imported revocation revocation_sequence deleted generation",
    "every account name",
  ],
  audit: ["id at_ms action by target until_ms detail", "the record of such actions"],
  bot_token: ["device hash scopes created_ms expires_ms", "which devices are bots"],
  broadcast: ["number broadcast sender at_ms statement", "every broadcast"],
  commit_winner: ["conversation epoch envelope", "how often its keys changed"],
  conversation: [
    "id conversation direct_key open epoch last_seq sent_bytes list_version",
    CONVERSATIONS,
  ],
  conversation_account: ["conversation account", CONVERSATIONS],
  conversation_member: ["device conversation cursor cursor_bytes", "how far each has read it"],
  device: [
    "id device owner removed signed_in created_ms last_seen_ms highest_expired_number certificate_hash certificate name",
    "its devices and when they were last seen",
  ],
  envelope: [
    "id conversation seq envelope type epoch sender number recipient at_ms size_bytes body place upto_bytes",
    SENT,
  ],
  group_info: ["id conversation epoch info", "public parts of groups"],
  incarnation: ["number incarnation", ""],
  key_package: ["id device last_resort published_ms package", "whose key packages are fetched"],
  notebook: ["owner page version body", "what your devices keep in common"],
  registration_token: ["hash uses expires_ms", "which invites are open"],
  restored_place: ["conversation incarnation epoch seq", ""],
  role: ["account role", "who has a role on it"],
  room: [
    "conversation number version creator replaced last_place open_name open_topic open_size",
    ROOMS,
  ],
  room_entry: ["conversation version entry", ROOMS],
  room_invitation: ["conversation account expires_ms entry declined", ROOMS],
  room_removal: ["conversation account entry", ROOMS],
  sanction: ["account kind by at_ms until_ms reason", "who was kicked or muted"],
  upload: ["upload sender room size_bytes touched_ms done reserved_bytes", FILES],
  upload_reader: ["upload reader done", FILES],
  upload_total: ["id size_bytes", ""],
};

const STATES = "ids, counts, times and states of messages";
const ENTRIES = "which entry of the history is of which conversation";
const WAY = "ciphertext on its way";
const PEER = "the other side of each conversation";
const DECIDED = "what you decided about people";
const ROOMS_HERE = "whom you invited to which room";
const MOVED = "with whom you exchanged files and streams or watched videos";

const LISTED = "how conversations stand in the list";
const SEEN = "who has seen which text and typed when";

const OF_PROFILE: Tables = {
  answer_policy: ["account kind answer", DECIDED],
  asked: ["key first_ms", STATES],
  block: ["first_place last_place sealed_rows sealed_search", ""],
  broadcast: ["id number", STATES],
  certificate: ["hash body", "certificates"],
  chain: ["conversation device number hash since_epoch held", STATES],
  change: [
    "conversation target kind account revision id epoch at_ms state sealed",
    "who edited, deleted or reacted to which",
  ],
  chosen_id: ["id sealed", "ids that you chose"],
  contact: ["account sealed", "account ids of contacts"],
  conversation: [
    "conversation peer state processed_seq joined_late restarted swept",
    PEER,
  ],
  delivery: ["place id state conversation epoch seq", STATES],
  direct_contact: ["account allows decided_ms", DECIDED],
  direct_letter: ["place id about at sealed", MOVED],
  direct_mode: ["transfer mode", MOVED],
  draft: ["id peer sealed", PEER],
  entry: [
    "place peer kind id own conversation number shown expire_seconds expires_ms state at_ms rank told_again",
    ENTRIES,
  ],
  epoch: ["conversation epoch transcript since_ms officers", STATES],
  held_text: ["place account id conversation epoch shown sealed", ENTRIES],
  key_package: ["reference sealed last_resort made_ms replaced_ms", ""],
  known_server: ["address certificate first_seen_ms server_id", "server addresses"],
  lease: ["name holder until_ms", ""],
  list_choice: ["peer notify pinned", LISTED],
  list_fold: ["heading", LISTED],
  attention_told: ["peer kind id at_ms", SEEN],
  seen_due: ["peer", SEEN],
  seen_mark: ["peer account id at_ms", SEEN],
  typing: ["peer account until_ms", SEEN],
  mark: ["name value", ""],
  message: ["place sealed", ""],
  missing: ["conversation device number told", STATES],
  mls_group: [
    "conversation version epoch sealed pending_envelope pending_sealed refreshed_ms sent_since erased_below unreadable charter pending_charter unreadable_of",
    STATES,
  ],
  notebook: ["page version changed told", ""],
  open_room: ["conversation peer sealed", PEER],
  outbox: ["number conversation envelope kind epoch fields body sealed", WAY],
  own_busy: ["id sealed", ""],
  parked: ["conversation seq reason fields body", WAY],
  read_mark: ["peer place at_ms ids", ENTRIES],
  receipt_due: ["conversation id epoch", STATES],
  room_asked: ["conversation at_ms", STATES],
  removal_list: [
    "place account identity sequence handed_out devices signed",
    "which devices of whom were removed",
  ],
  removed_device: [
    "account identity device sequence handed_out met told",
    "which devices of whom were removed",
  ],
  revocation: [
    "account identity sequence devices revision signed",
    "which devices of whom were removed",
  ],
  room: ["conversation sealed", PEER],
  room_ahead: ["conversation told sealed", PEER],
  room_guest: ["conversation account expires_ms", ROOMS_HERE],
  room_kicked: ["conversation account", ROOMS_HERE],
  room_task: ["place conversation kind account since_ms epoch", ROOMS_HERE],
  room_text: ["conversation id", STATES],
  secret: ["name sealed", ""],
  server_life: ["id incarnation", ""],
  standing: ["account state decided_ms", DECIDED],
  stream: [
    "number id direction peer account device source state offered_ms sealed ended",
    MOVED,
  ],
  party: [
    "number id peer account device state revision position_ms at_ms rate paused heard_ms sealed stream stream_at_ms",
    MOVED,
  ],
  party_member: ["party account device state", MOVED],
  stream_answer: ["stream account device words state", MOVED],
  taken_revocation: ["id list receipt", "which devices of whom were removed"],
  timer: ["peer conversation seconds revision id", "when it disappears"],
  transfer: [
    "number id direction peer state ended moved_bytes verified_bytes sealed room offer answer rival_seq to_release",
    MOVED,
  ],
  unfinished: ["place sealed", "for whom something is begun"],
};

async function columnsOf(migrations: readonly string[]): Promise<Record<string, string>> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "tables-" });
  try {
    using database = Database.open(join(folder, "database"), { migrations });
    const rows = database.query(
      `SELECT t.name AS name, group_concat(c.name, ' ') AS columns
        FROM sqlite_master t CROSS JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' GROUP BY t.name`,
      (row) => [row.text("name"), row.text("columns")] as const,
    ).all();
    return Object.fromEntries(rows);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [what, migrations, tables] of [
    ["the server's database", SERVER, OF_SERVER],
    ["a profile's database", PROFILE, OF_PROFILE],
  ] as const
) {
  Deno.test(`SR-55, SR-56: what stands in ${what}, table by table, is on the threat model`, async () => {
    const thought = Object.entries(tables).map(([table, [columns]]) => [table, columns]);
    deepEqual(await columnsOf(migrations), Object.fromEntries(thought));
    const silent = Object.entries(tables).filter(([, [, words]]) => !page.includes(words));
    deepEqual(silent.map(([table, [, words]]) => `${table}: ${words}`), []);
  });
}
