/** A person at a machine of their own, who registers and signs in by a real password; stretching it takes a while. */

import assert from "node:assert/strict";
import { systemRandom } from "../../lib/base/random.ts";
import { Client } from "../../lib/client/client.ts";
import type { HandshakeResult } from "../../lib/client/link/handshake.ts";
import { refillKeyPackages } from "../../lib/client/groups/key_packages.ts";
import { ProfileKeeper } from "../../lib/client/profile/keeper.ts";
import { register } from "../../lib/client/account/registration.ts";
import { signInByPassword } from "../../lib/client/account/sign_in.ts";
import { readyIdentity } from "./profiles.ts";
import type { World } from "./test_client.ts";

export const PASSWORD = "correct horse";

export class Machine implements AsyncDisposable {
  readonly world: World;
  readonly keeper: ProfileKeeper;
  readonly which: number;
  recoveryCode = "";
  client: Client | undefined;

  private constructor(world: World, keeper: ProfileKeeper, which: number) {
    this.world = world;
    this.keeper = keeper;
    this.which = which;
  }

  static async open(world: World, which: number): Promise<Machine> {
    const folder = await world.folder();
    const keeper = await ProfileKeeper.open(folder, { clock: world.clock, random: systemRandom });
    return new Machine(world, keeper, which);
  }

  get options() {
    return {
      keeper: this.keeper,
      clock: this.world.clock,
      random: systemRandom,
      makeIdentity: () => readyIdentity(this.which),
      greetAgain: () => this.world.greet(),
      keepRecoveryCode: (code: string) => {
        this.recoveryCode = code;
        return Promise.resolve();
      },
    };
  }

  async register(
    name: string,
    handshake?: HandshakeResult,
    token?: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    await register(handshake ?? await this.world.greet(), this.keeper, {
      ...this.options,
      name,
      password: PASSWORD,
      token,
    });
  }

  /** By password, as the login command does. */
  async signIn(name: string, password = PASSWORD, handshake?: HandshakeResult) {
    const link = handshake ?? await this.world.greet();
    const own = (await this.keeper.unlockByPassword(password))?.own;
    const opaqueKey = own?.opaqueKey;
    try {
      const signedIn = await signInByPassword(link, { name, password, own, opaqueKey });
      return { handshake: link, signedIn, password, own, opaqueKey: signedIn.opaqueKey };
    } catch (error) {
      if (handshake === undefined) await link.link.close();
      throw error;
    }
  }

  async connect(
    entered: {
      handshake: HandshakeResult;
      signedIn: Parameters<Client["connect"]>[1];
      password: string;
    },
  ): Promise<Client> {
    const profile = await this.keeper.unlockByPassword(entered.password);
    assert(profile !== undefined);
    this.client = new Client(profile);
    await this.client.connect(entered.handshake, entered.signedIn);
    await refillKeyPackages(profile, this.client.link, { atMost: 2 });
    return this.client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client?.close();
    this.keeper.close();
  }
}
