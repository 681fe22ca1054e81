import { type Bus, LocalBus } from "../../../lib/server/bus/bus.ts";
import { busContract } from "./bus_contract.ts";

/** Two nodes in one process, each with its own sessions: what one is asked, both do. */
function joined(buses: readonly Bus[]): Bus {
  return {
    toAccounts: async (...told) => {
      for (const bus of buses) await bus.toAccounts(...told);
    },
    endSessions: async (...ended) => {
      const counts = await Promise.all(buses.map((bus) => bus.endSessions(...ended)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

busContract("two nodes", (nodes) => joined(nodes.map((sessions) => new LocalBus(sessions))));
