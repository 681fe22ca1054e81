import { openLocalStore } from "../../../lib/server/store/sqlite/local_store.ts";
import { storeContract } from "./store_contract.ts";

storeContract("local store", openLocalStore);
