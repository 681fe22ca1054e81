/** What benchmarks of files and streams measure programs by, from outside (Linux). */

/** Seconds of CPU so far, so that a busy machine does not hide what a program costs. */
export function cpuSeconds(pid: number): number {
  const { own } = readStat(pid);
  return own;
}

/** The same of its children: those that run, and those that it has waited for. */
export async function childrenCpuSeconds(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "pid=", "--ppid", String(pid)],
  }).output();
  const running = new TextDecoder().decode(stdout).split("\n").map(Number).filter((one) => one > 0);
  return running.reduce(
    (sum, child) => sum + (ifThere(() => cpuSeconds(child)) ?? 0),
    readStat(pid).waited,
  );
}

/** utime and stime, cutime and cstime, proc(5), in ticks of 10 ms. */
function readStat(pid: number): { readonly own: number; readonly waited: number } {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1].split(" ").map(Number);
  return { own: (fields[11] + fields[12]) / 100, waited: (fields[13] + fields[14]) / 100 };
}

function peakMb(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1000);
}

/** Undefined for a process that has ended. */
function ifThere<Found>(read: () => Found): Found | undefined {
  try {
    return read();
  } catch (error) {
    // Of one that ends in the middle, a file of /proc is there and cannot be read (ESRCH).
    if (error instanceof Error && /os error (2|3)\b/.test(error.message)) return undefined;
    throw error;
  }
}

/** What programs took from now until the end. */
export class Meter implements Disposable {
  readonly #pids: readonly number[];
  readonly #before: readonly { cpu: number; mb: number }[];
  readonly #taken: { cpu: number; mb: number }[];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #startedMs = performance.now();

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#before = pids.map((pid) => ifThere(() => ({ cpu: cpuSeconds(pid), mb: peakMb(pid) })))
      .map((found) => found ?? { cpu: 0, mb: 0 });
    this.#taken = pids.map(() => ({ cpu: 0, mb: 0 }));
    this.#timer = setInterval(() => this.#look(), 100);
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** Seconds of CPU, and MB by which the greatest memory grew, of each. */
  get taken(): readonly { cpu: number; mb: number }[] {
    return this.#taken;
  }

  #look(): void {
    for (const [i, pid] of this.#pids.entries()) {
      const { cpu, mb } = this.#before[i];
      this.#taken[i] = ifThere(() => ({
        cpu: cpuSeconds(pid) - cpu,
        mb: Math.max(0, peakMb(pid) - mb),
      })) ?? this.#taken[i];
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** The greatest memory of programs that are started again, in all of their lives. */
export class PeakMemory implements Disposable {
  readonly #pids = new Map<number, string>();
  readonly #peaks = new Map<string, number>();
  readonly #timer = setInterval(() => this.#look(), 100);

  watch(name: string, pid: number): void {
    this.#pids.set(pid, name);
  }

  /** MB, by name. */
  read(): readonly (readonly [string, number])[] {
    return [...this.#peaks];
  }

  #look(): void {
    for (const [pid, name] of this.#pids) {
      const mb = ifThere(() => peakMb(pid)) ?? 0;
      this.#peaks.set(name, Math.max(mb, this.#peaks.get(name) ?? 0));
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Processes below one, by their parents. */
export function descendants(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = ifThere(() => Deno.readTextFileSync(`/proc/${name}/stat`));
    if (stat !== undefined) parents.set(Number(name), Number(stat.split(") ")[1].split(" ")[1]));
  }
  const found = [pid];
  for (const one of found) {
    for (const [child, parent] of parents) if (parent === one) found.push(child);
  }
  return found;
}
