/** Opening a link or a file in the program that the person's desktop has for it. */

/** What is opened with. */
export interface OpenOptions {
  readonly os: typeof Deno.build.os;
  env(name: string): string | undefined;
}

/**
 * Starts the desktop's opener and does not wait for it; returns why not where there is none. `target` MUST be an http(s) or mailto URL, or
 * an absolute path: it is the only argument, and no shell reads it.
 */
export function openElsewhere(target: string, options: OpenOptions): string | undefined {
  const words = openerOf(options);
  if (words === undefined) return "there is no desktop on this machine to open it";
  const [program, ...first] = words;
  try {
    // What it prints would stand in the middle of the screen.
    const child = new Deno.Command(program, {
      args: [...first, target],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    return undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return `no program ${program}`;
  }
}

/** Without a desktop xdg-open would start a browser on this very terminal. */
function openerOf({ os, env }: OpenOptions): readonly string[] | undefined {
  if (os === "darwin") return ["open"];
  if (os === "windows") return ["rundll32", "url.dll,FileProtocolHandler"];
  const hasDesktop = ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => (env(name) ?? "") !== "");
  return hasDesktop ? ["xdg-open"] : undefined;
}
