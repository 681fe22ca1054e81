/** The groups of tests: which folder each is, what its tests may do, whether its files run side by side, and who runs it. */

import { existsSync } from "node:fs";
import { join } from "node:path";

/** One folder of `tests/`. */
export interface TestGroup {
  readonly name: string;
  readonly folder: string;
  /** Leaves out these subfolders, or takes only them. */
  readonly except?: readonly string[];
  readonly only?: readonly string[];
  /** Takes only these of its files, or leaves them out. */
  readonly files?: readonly string[];
  readonly exceptFiles?: readonly string[];
  /** Some of its files only: how many tests there are is not judged. */
  readonly isPart?: boolean;
  /** Counts towards the coverage of the modules in `MEASURED_MODULES`. */
  readonly isMeasured?: boolean;
  /** Narrow groups may read the project, write `tests/tmp` and talk to this machine; the others may do anything. */
  readonly isNarrow: boolean;
  /** Files run side by side. Only where tests do not watch the clock of the machine. */
  readonly isParallel: boolean;
  /** Its files are loaded by the dozen (`test_bundles.ts`): only where none needs a program of its own. */
  readonly isBundled?: boolean;
  /** But these run by themselves: V8 counts what they reach, and all else that is loaded slows that down. */
  readonly alone?: readonly string[];
  /** Not part of the README's command: `--all` has it (decision 0074). */
  readonly isOnlyInAll?: boolean;
  /**
   * Passwords are stretched lightly, and no write waits for the disk (`test_imports.ts`). Only where neither is what is tested.
   */
  readonly isLight?: boolean;
  /**
   * Runs on the oldest supported Deno too: whatever touches its API (files, SQLite, sockets, TLS, QUIC, WebCrypto, Workers,
   * processes, the terminal). House rules judge the source, which is the same there; properties and scenarios are bytes in
   * memory and a false clock, over the units that run there; journeys run on it as compiled programs. Any group can be
   * named, e.g. `deno task test --oldest scenarios`.
   */
  readonly runsOnOldest: boolean;
}

/**
 * Modules with a floor under their coverage. Their tests are a group of their own: measuring costs seconds for them, and
 * minutes for everything.
 */
export const MEASURED_MODULES: readonly string[] = ["base", "protocol", "crypto"];

/** Whose unit tests have nothing light: what is measured, and what writes to the disk. */
const CORE_MODULES: readonly string[] = [...MEASURED_MODULES, "storage"];

/** Scenarios that start processes, use sockets, or wait for ffmpeg, each file in a program of its own. */
const MACHINE_SCENARIOS: readonly string[] = ["media", "net", "postgres", "server", "storage"];

/** Of those, what changes the mask or the environment of the process that they share: one after the other. */
const PROCESS: readonly string[] = [
  "media/ffmpeg_test.ts",
  "server/control_test.ts",
  "server/program_test.ts",
  "storage/process_test.ts",
];

/** Of those, what compares all pictures of films, for minutes of ffmpeg: the same ones on the oldest Deno. */
const PICTURES: readonly string[] = ["media/foreign_decoders_test.ts", "media/media_cases_test.ts"];

/** Of those, what takes long and seldom fails: films, and the store's contract a second and a third time. */
const LONG_MACHINE: readonly string[] = [
  ...PICTURES,
  "media/sound_capture_test.ts",
  "media/sound_offset_test.ts",
  "media/tone_mapping_test.ts",
  "postgres/moving_test.ts",
  "postgres/moving_versions_test.ts",
  "postgres/store_test.ts",
  "postgres/upgrade_test.ts",
];

/** Of those, crowds and sudden ends on real sockets. */
const STRESS: readonly string[] = [
  "net/bad_neighbours_test.ts",
  "net/strangers_test.ts",
  "server/crash_talk_test.ts",
];

const NARROW = {
  isNarrow: true,
  isBundled: true,
  isParallel: true,
  runsOnOldest: true,
} as const;
const WIDE = { isNarrow: false, isParallel: false, runsOnOldest: true } as const;

/**
 * The journeys of the README's command: one of each kind, the programs as they are started from the source. All of them are in
 * `--all`, where they are compiled and start in half the time.
 */
const FIRST_JOURNEYS: readonly string[] = [
  "exchange_test.ts",
  "watch_test.ts",
];

/** Scenarios that are walked once for each moment at which something may break: minutes, for what seldom changes. */
const WALKS: readonly string[] = [
  "client/crash_test.ts",
  "client/cut_acts_test.ts",
  "client/cut_commands_test.ts",
];

/** Unit tests of several nodes, over lines that lose, double and delay: they wait for clocks. */
const LONG_UNITS: readonly string[] = [
  "server/cluster_bus_test.ts",
  "server/link_nodes_test.ts",
  "server/presence_nodes_test.ts",
  "server/spool_nodes_test.ts",
  "server/stream_nodes_test.ts",
];

/** Scenarios that wait for what takes its time: lines that fail, disks that fill, programs that are killed. */
const LONG_SCENARIOS: readonly string[] = [
  "client/ca_rotation_test.ts",
  "client/direct_streams_test.ts",
  "client/direct_test.ts",
  "client/file_disks_test.ts",
  "client/file_lines_test.ts",
  "client/party_file_test.ts",
  "client/processes_test.ts",
  "client/restored_removal_test.ts",
  "client/restored_server_test.ts",
  "client/server_restart_test.ts",
  "hostile/costs_test.ts",
  "hostile/stolen_phone_test.ts",
  "p2p/files_test.ts",
  "p2p/hostile_test.ts",
  "p2p/quic_test.ts",
];

/**
 * Scenarios whose every test takes seconds of the processor, of what is tried from another side by those that stay: the README's
 * command is for each commit (decision 0074).
 */
const SLOW_SCENARIOS: readonly string[] = [
  "client/account_data_test.ts",
  "client/direct_changes_test.ts",
  "client/file_devices_test.ts",
  "client/file_leavers_test.ts",
  "client/file_parts_test.ts",
  "client/restored_rooms_test.ts",
  "client/rollback_test.ts",
  "client/room_files_test.ts",
  "client/room_walk_test.ts",
  "hostile/envelope_types_test.ts",
  "hostile/guided_fuzz_test.ts",
  "hostile/members_test.ts",
  "hostile/outside_device_test.ts",
  "hostile/removed_devices_test.ts",
  "hostile/unnamed_removal_test.ts",
  "hostile/ways_test.ts",
  "p2p/commands_test.ts",
];

const SCENARIOS = {
  folder: "tests/scenarios",
  ...WIDE,
  isBundled: true,
  isParallel: true,
  isLight: true,
  runsOnOldest: false,
} as const;

export const TEST_GROUPS: readonly TestGroup[] = [
  { name: "house", folder: "tests/tools", ...WIDE, isParallel: true, runsOnOldest: false },
  { name: "core", folder: "tests/unit", only: CORE_MODULES, isMeasured: true, ...NARROW },
  {
    name: "unit",
    folder: "tests/unit",
    except: CORE_MODULES,
    exceptFiles: LONG_UNITS,
    isLight: true,
    ...NARROW,
  },
  {
    name: "properties",
    folder: "tests/properties",
    isMeasured: true,
    ...NARROW,
    runsOnOldest: false,
  },
  { name: "vectors", folder: "tests/vectors", isMeasured: true, ...NARROW },
  {
    name: "scenarios",
    ...SCENARIOS,
    except: MACHINE_SCENARIOS,
    exceptFiles: [...LONG_SCENARIOS, ...SLOW_SCENARIOS, ...WALKS],
  },
  {
    name: "long",
    ...SCENARIOS,
    folder: "tests",
    files: [
      ...LONG_UNITS.map((file) => `unit/${file}`),
      ...[...LONG_SCENARIOS, ...SLOW_SCENARIOS].map((file) => `scenarios/${file}`),
    ],
    alone: ["scenarios/hostile/guided_fuzz_test.ts"],
    isOnlyInAll: true,
  },
  {
    name: "walks",
    ...SCENARIOS,
    files: WALKS,
    isOnlyInAll: true,
    isBundled: false,
  },
  {
    name: "machine",
    folder: "tests/scenarios",
    only: MACHINE_SCENARIOS,
    exceptFiles: [...LONG_MACHINE, ...PROCESS, ...STRESS],
    ...WIDE,
    isParallel: true,
  },
  {
    name: "long-machine",
    folder: "tests/scenarios",
    files: LONG_MACHINE,
    isOnlyInAll: true,
    ...WIDE,
    isParallel: true,
  },
  { name: "process", folder: "tests/scenarios", files: PROCESS, ...WIDE },
  { name: "stress", folder: "tests/scenarios", files: STRESS, isOnlyInAll: true, ...WIDE },
  { name: "screens", folder: "tests/screens", ...WIDE, isBundled: true, isParallel: true },
  {
    name: "release",
    folder: "tests/release",
    isOnlyInAll: true,
    ...WIDE,
    isParallel: true,
    runsOnOldest: false,
  },
  {
    name: "journeys",
    folder: "tests/journeys",
    files: FIRST_JOURNEYS,
    ...WIDE,
    isParallel: true,
    runsOnOldest: false,
  },
  {
    name: "more-journeys",
    folder: "tests/journeys",
    exceptFiles: FIRST_JOURNEYS,
    isOnlyInAll: true,
    ...WIDE,
    isParallel: true,
    runsOnOldest: false,
  },
];

/** All journeys on the compiled programs: that everything is in them, Workers and wasm too, and that it works. */
export const COMPILED_GROUP: TestGroup = {
  name: "compiled",
  folder: "tests/journeys",
  // It plants its fault in the source.
  exceptFiles: ["screen_fault_test.ts"],
  ...WIDE,
  isParallel: true,
};

/**
 * Of the files with tests that some machines skip, those that `--all --beyond` does not run: what a bare machine leaves out of the
 * README's command runs here, on one that has all they need.
 */
export function keptGroup(files: Iterable<string>, root: string): TestGroup {
  const { folder } = COMPILED_GROUP;
  const beyond = TEST_GROUPS.filter((group) => group.isOnlyInAll && group.folder !== folder);
  const others = new Set([...beyond, COMPILED_GROUP].flatMap((group) => groupFiles(group, root)));
  const names = [...new Set(files)].filter((file) => !others.has(file))
    .map((file) => file.replace(/^tests\//, ""));
  return { name: "kept", folder: "tests", files: names, ...WIDE, isParallel: true };
}

/** The groups that run on the oldest Deno when none is named. */
export function groupsOnOldest(): TestGroup[] {
  return TEST_GROUPS.filter(({ runsOnOldest }) => runsOnOldest).map((group) =>
    group.name === "long-machine" ? { ...group, exceptFiles: PICTURES, isPart: true } : group
  );
}

/**
 * The groups of these names, and of the test files among them each with its group, as one of that. Undefined when there is no
 * such group or file.
 */
export function namedGroups(
  names: readonly string[],
  { among = TEST_GROUPS, root }: { readonly among?: readonly TestGroup[]; readonly root: string },
): TestGroup[] | undefined {
  const found = new Map<TestGroup, string[]>();
  for (const name of names) {
    const group = among.find((each) => each.name === name || groupFiles(each, root).includes(name));
    if (group === undefined) return undefined;
    const files = group.name === name ? [] : [name.slice(group.folder.length + 1)];
    found.set(group, [...found.get(group) ?? [], ...files]);
  }
  return [...found].map(([group, files]) =>
    files.length === 0 ? group : { ...group, files, isPart: true }
  );
}

/** What a group may do, as arguments of `deno test`. */
export function groupPermissions(group: TestGroup): readonly string[] {
  if (!group.isNarrow) return ["--allow-all"];
  return [
    "--no-prompt",
    "--allow-read=.",
    "--allow-write=tests/tmp",
    "--allow-net=127.0.0.1",
    "--allow-env",
  ];
}

/** Folders below `tests` whose files are no tests of ours, and come and go. */
const NO_TESTS: readonly string[] = ["bundles", "node_modules", "tmp"];

/** The test files of a group, with paths below `root`. */
export function groupFiles(group: TestGroup, root: string): string[] {
  const files: string[] = [];
  const walk = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(join(root, folder))) {
      const path = `${folder}/${name}`;
      if (isDirectory && !NO_TESTS.includes(name)) walk(path);
      else if (/[_.]test\.tsx?$/.test(name)) files.push(path);
    }
  };
  if (existsSync(join(root, group.folder))) walk(group.folder);
  const isInside = (file: string) => (name: string) => file.startsWith(`${group.folder}/${name}/`);
  return files
    .filter((file) => group.only?.some(isInside(file)) ?? true)
    .filter((file) => !group.except?.some(isInside(file)))
    .filter((file) => group.files?.includes(file.slice(group.folder.length + 1)) ?? true)
    .filter((file) => !group.exceptFiles?.includes(file.slice(group.folder.length + 1)))
    .sort();
}
