import { deepEqual, equal } from "node:assert/strict";

const isLinux = Deno.build.os === "linux";
const child = new URL("nodelay_child.ts", import.meta.url).pathname;

async function runChild(...permissions: string[]) {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--no-lock", "--quiet", ...permissions, child],
  }).output();
  const text = new TextDecoder();
  equal(success, true, text.decode(stderr));
  return JSON.parse(text.decode(stdout));
}

const server = ["--allow-net", "--allow-read", "--allow-env", "--allow-sys"];
const noFfi = { done: false, reason: "no permission for FFI" };

Deno.test({
  name:
    "SR-74: a socket tuner sets the options that TLS connections inherit, then no native code loads (Linux)",
  ignore: !isLinux,
  async fn() {
    const seen = await runChild(...server, "--allow-ffi");
    deepEqual(seen.before, { noDelay: 0, userTimeout: 0, unsentLimit: 0 });
    deepEqual(seen.result, { done: true });
    deepEqual(seen.after, { noDelay: 1, userTimeout: 1, unsentLimit: 1 });
    equal(seen.loadsNativeCode, false);
    deepEqual(seen.again, noFfi);
    deepEqual(seen.later, { done: true }, "the one that was taken goes on");
  },
});

Deno.test("SR-74: a socket tuner without the permission says so, asks nothing, and changes nothing", async () => {
  const seen = await runChild(...server);
  deepEqual(
    seen.result,
    isLinux ? noFfi : { done: false, reason: `not on Linux but ${Deno.build.os}` },
  );
  equal(seen.loadsNativeCode, false);
});

Deno.test("a socket tuner gives memory back where there is glibc, by what was loaded before, and asks nothing without it", async () => {
  const { canGiveBack, givesBackClosed } = await runChild(...server, "--allow-ffi");
  const hasGlibc = isLinux && Deno.build.target.endsWith("-gnu");
  deepEqual([canGiveBack, givesBackClosed], [hasGlibc, false]);
  equal((await runChild(...server)).canGiveBack, false);
});
