import { openWorkerStore } from "../../../lib/server/store/worker_store.ts";
import { storeContract } from "./store_contract.ts";

storeContract("Worker store", openWorkerStore);
