/** An S3 store that no one here wrote, where this machine has one: npm `s3rver`, a fake for tests. */

import { isOnPath } from "./on_path.ts";

/** Whether this machine has one: `npm install --global s3rver@3.7.1`. */
export function hasS3rver(): boolean {
  return Deno.build.os !== "windows" && isOnPath("s3rver");
}

/** One with a bucket `spool`, for as long as `use` runs. */
export async function withS3rver(use: (url: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "heliograph-s3rver-" });
  const args = ["-d", folder, "-a", "127.0.0.1", "-p", "0", "--configure-bucket", "spool"];
  const process = new Deno.Command("s3rver", { args, stdout: "piped", stderr: "null" }).spawn();
  try {
    await use(`s3://127.0.0.1:${await readPort(process.stdout)}/spool/files?tls=off`);
  } finally {
    process.kill("SIGKILL");
    await process.status;
    await process.stdout.cancel();
    await Deno.remove(folder, { recursive: true });
  }
}

async function readPort(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const reader = stdout.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`s3rver ended: ${text}`);
      text += new TextDecoder().decode(value);
      const [, port] = /listening on \S*?:(\d+)/i.exec(text) ?? [];
      if (port !== undefined) return port;
    }
  } finally {
    reader.releaseLock();
  }
}
