/** Every row over the server's data. */

import type { DataRow } from "./data_row.ts";
import { LIST_ROWS } from "./list_rows.ts";
import { MODERATION_ACTION_ROWS } from "./moderation_rows.ts";

/** In the order of the help. */
export const DATA_ROWS: readonly DataRow[] = [...LIST_ROWS, ...MODERATION_ACTION_ROWS];
