/** What a dialogue knows: who is there, what rooms are called, what was asked, what the person has switched. */

import type { Client } from "../../client/client.ts";
import { RoomLabels } from "../../app/rooms/room_labels.ts";
import { ChatSettings } from "./chat_settings.ts";
import { People } from "./people.ts";
import { ShownRequests } from "./shown_requests.ts";

/** Lives as long as its dialogue. */
export interface ChatState {
  readonly people: People;
  /** Names of rooms, as they were when they were needed last. */
  readonly rooms: RoomLabels;
  readonly settings: ChatSettings;
  /** What waits for an answer, as far as it was shown. */
  readonly requests: ShownRequests;
}

/** As the profile has it. Nobody but oneself is known to be there. */
export function openChatState(client: Client): ChatState {
  const { account, name } = client.profile.own;
  return {
    people: new People({ account, name }),
    rooms: new RoomLabels(client),
    settings: new ChatSettings(client.profile),
    requests: new ShownRequests(client),
  };
}
