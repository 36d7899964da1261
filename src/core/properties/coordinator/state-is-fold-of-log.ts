import { offsetName } from './ghost.js';
import type { GroupsProperty } from './property.js';

/** The committed state is exactly the last value of each key in the committed log. */
export const stateIsFoldOfLog: GroupsProperty = {
  name: 'StateIsFoldOfLog',
  source: 'O-LAST; log compaction keeps the last value of a key only',
  violation: ({ input, after }, ghost) => {
    if (input.type !== 'committed') {
      return null;
    }
    const { committed, committedOffset } = after.decider;
    const folded = new Map<string, unknown>();
    const offsets = [...ghost.log.keys()].filter((offset) => offset <= committedOffset);
    for (const offset of offsets.sort((a, b) => a - b)) {
      const record = ghost.log.get(offset);
      if (record !== undefined) {
        const key =
          record.type === 'GroupMetadata'
            ? JSON.stringify([record.group])
            : offsetName(record.group, record.topic, record.partition);
        if (record.value === null) {
          folded.delete(key);
        } else {
          folded.set(key, record.value);
        }
      }
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
    const wrong = [...keys].find((key) => folded.get(key) !== held.get(key));
    return wrong === undefined ? null : `${wrong} is not what the log says last`;
  },
};
