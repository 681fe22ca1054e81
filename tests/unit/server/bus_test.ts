import { LocalBus } from "../../../lib/server/bus/bus.ts";
import { NodesBus } from "../../kit/nodes_bus.ts";
import { seeded } from "../../kit/seeded.ts";
import { busContract } from "./bus_contract.ts";

busContract("one node", ([sessions]) => {
  const bus = new LocalBus(sessions);
  return [bus, bus];
});
busContract("two nodes", (nodes) => NodesBus.join(nodes));
busContract("two nodes, late, twice and out of order", (nodes) => NodesBus.join(nodes, seeded(7)));
