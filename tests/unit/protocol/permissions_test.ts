import { deepEqual, equal } from "node:assert/strict";
import {
  type Action,
  ACTIONS,
  isPermitted,
  mayActOn,
  parseRole,
  roleNeeded,
  ROLES,
} from "../../../lib/protocol/permissions.ts";

const actions = Object.keys(ACTIONS) as Action[];

Deno.test("every action needs a role, and whoever is more may do it too", () => {
  for (const action of actions) {
    const least = ROLES.indexOf(roleNeeded(action));
    deepEqual(ROLES.map((role) => isPermitted(role, action)), ROLES.map((_, i) => i >= least));
  }
  equal(roleNeeded("grant"), "owner");
  equal(roleNeeded("kick"), "moderator");
});

Deno.test("owners act on everyone, moderators on members, members on nobody", () => {
  const pairs = ROLES.flatMap((actor) => ROLES.map((target) => [actor, target] as const));
  deepEqual(
    pairs.filter(([actor, target]) => mayActOn(actor, target)).map((pair) => pair.join(" on ")),
    ["moderator on member", "owner on member", "owner on moderator", "owner on owner"],
  );
});

Deno.test("rows S2.17 and S2.24: roles are read in the words of both worlds", () => {
  deepEqual(["0", "1", "Admin", "user", "OWNER", "moderator", "member"].map(parseRole), [
    "member",
    "owner",
    "owner",
    "member",
    "owner",
    "moderator",
    "member",
  ]);
  for (const word of ["2", "", "toString", "mod"]) equal(parseRole(word), undefined);
});
