/** One broker as something that a target starts and harms: a child process, or a container. */

export interface BrokerRunner {
  readonly name: string;
  /** How it ended, if nobody asked it to; null: it did not. */
  readonly unexpected: string | null;
  isUp(): boolean;
  isPaused(): boolean;
  /** Resolves when the broker listens, with what shows it. */
  start(): Promise<string>;
  /** kill -9, and waits until it is gone. These answer what shows that they took effect. */
  kill(): Promise<string>;
  /** Asks it to end in good order (SIGTERM), and waits until it has. Throws if it does not in time. */
  shutDown(): Promise<string>;
  pause(): Promise<string>;
  resume(): Promise<string>;
  /** Asks it to end, and ends it if it does not in time. Nothing is left afterwards. */
  stop(): Promise<void>;
  /** At once and without waiting, for the end of the harness. */
  killNow(): void;
}

export interface BrokerCommand {
  readonly executable: string;
  readonly arguments: readonly string[];
  /** What the broker prints goes here, appended. */
  readonly outputFile: string;
  /** Where its client listener will be. */
  readonly port: number;
}
