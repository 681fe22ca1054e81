/** Takes the lock of a folder, says so, and holds it until it is killed. */
import { InstanceLock } from "../../../lib/storage/instance_lock.ts";

const lock = InstanceLock.take(Deno.args[0]);
console.log("ready");
await Deno.stdin.read(new Uint8Array(1));
lock.release();
