/** One mistake in the settings of `serve`. */

/** What is wrong, and with which setting. */
export interface SettingProblem {
  readonly key: string;
  readonly message: string;
}
