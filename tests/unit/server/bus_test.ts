import { LocalBus } from "../../../lib/server/bus/bus.ts";
import { LineHub } from "../../kit/bad_line.ts";
import { joinNodes } from "../../kit/cluster.ts";
import { NodesBus } from "../../kit/nodes_bus.ts";
import { seeded } from "../../kit/seeded.ts";
import { busContract } from "./bus_contract.ts";

busContract("one node", {
  open([sessions]) {
    const bus = new LocalBus(sessions);
    return [bus, bus];
  },
});
busContract("two nodes", { open: (nodes) => NodesBus.join(nodes) });
busContract("two nodes, late, twice and out of order", {
  open: (nodes) => NodesBus.join(nodes, seeded(7)),
});
for (const [name, draw] of [["lines", undefined], ["bad lines", seeded(7)]] as const) {
  busContract(`two nodes over ${name}`, {
    open: async (nodes, owner) => {
      const hub = new LineHub(draw);
      owner.defer(() => hub.close());
      return await joinNodes(nodes, { line: () => hub.line(), owner });
    },
  });
}
