import { LocalCounters } from "../../../lib/server/counters/counters.ts";
import { countersContract } from "./counters_contract.ts";

countersContract("in memory", (clock) => new LocalCounters(clock));
