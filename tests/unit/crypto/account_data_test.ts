import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { openPage, PAGE_OVERHEAD_BYTES, sealPage } from "../../../lib/crypto/keys/own_box.ts";
import { person } from "../../kit/devices.ts";
import { readyIdentity } from "../../kit/profiles.ts";

Deno.test("a page opens for its account, name and identity alone, and not when a bit of it is another", async () => {
  const { accountId: account } = await person("alice", 0);
  const { accountId: other } = await person("bob", 0);
  const { pkcs8 } = await readyIdentity(0);
  const place = { account, page: "people", pkcs8 };
  const text = utf8("whom I know");
  const sealed = await sealPage(place, text, systemRandom);
  assert.equal(sealed.length, text.length + PAGE_OVERHEAD_BYTES);
  assert.deepEqual(await openPage(place, sealed), text);
  const wrong = [
    { ...place, account: other },
    { ...place, page: "read" },
    { ...place, pkcs8: (await readyIdentity(1)).pkcs8 },
  ];
  for (const one of wrong) assert.equal(await openPage(one, sealed), undefined);
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice();
    changed[at] ^= 1;
    assert.equal(await openPage(place, changed), undefined, `bit at ${at}`);
    assert.equal(await openPage(place, sealed.slice(0, at)), undefined, `cut at ${at}`);
  }
});
