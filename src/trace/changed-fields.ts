/** Which fields of a machine's state a trace has to tell after a step. */

/** Remembers the fields of one machine as they were last told. */
export class ChangedFields<State extends object> {
  private readonly texts: Record<string, string> = {};

  /** Those that are others than last time; the first time all of them. */
  of(state: State): Partial<State> {
    const changed: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(state)) {
      const text = JSON.stringify(value);
      if (this.texts[field] !== text) {
        this.texts[field] = text;
        changed[field] = value;
      }
    }
    return changed as Partial<State>;
  }
}
