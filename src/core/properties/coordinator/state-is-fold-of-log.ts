import { offsetName } from './ghost.js';
import type { GroupsProperty } from './property.js';
import { sameValue } from './same-value.js';

/** The committed state is exactly the last value of each key in the committed log. */
export const stateIsFoldOfLog: GroupsProperty = {
  name: 'StateIsFoldOfLog',
  source: 'O-LAST; log compaction keeps the last value of a key only',
  violation: ({ input, after }, ghost) => {
    if (input.type !== 'committed') {
      return null;
    }
    const { committed, committedOffset } = after.decider;
    const last = (history: readonly { offset: number; value: unknown }[]): unknown =>
      history.findLast(({ offset }) => offset <= committedOffset)?.value ?? null;
    const folded = new Map<string, unknown>();
    for (const [group, history] of ghost.generations) {
      folded.set(JSON.stringify([group]), last(history));
    }
    for (const [name, history] of ghost.offsets) {
      folded.set(name, last(history));
    }
    const held = new Map<string, unknown>();
    for (const [group, value] of committed.groups) {
      held.set(JSON.stringify([group]), value);
    }
    for (const [group, byPartition] of committed.offsets) {
      for (const { topic, partition, value } of byPartition.values()) {
        held.set(offsetName(group, topic, partition), value);
      }
    }
    const keys = new Set([...folded.keys(), ...held.keys()]);
    const wrong = [...keys].find(
      (key) => !sameValue(folded.get(key) ?? null, held.get(key) ?? null),
    );
    return wrong === undefined ? null : `${wrong} is not what the log says last`;
  },
};
