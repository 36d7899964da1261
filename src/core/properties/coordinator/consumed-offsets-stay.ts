import type { Group } from '../../coordinator/types.js';
import type { GroupsProperty } from './property.js';

/** Of fewer bytes nobody can tell a topic. */
const SHORTEST_SUBSCRIPTION = 6;

/** O-RETAIN (KIP-211), KIP-496: no offset goes of a topic that members of the group consume. */
export const consumedOffsetsStay: GroupsProperty = {
  name: 'ConsumedOffsetsStay',
  source: 'O-RETAIN, KIP-211, KIP-496',
  violation: ({ before, input, effects }) => {
    const isExpiry = input.type === 'timerFired' && input.name === 'expiry';
    if (!isExpiry && input.type !== 'offsetDelete') {
      return null;
    }
    for (const effect of effects) {
      for (const record of effect.type === 'append' ? effect.records : []) {
        const group = before.groups.get(record.group);
        if (record.type === 'OffsetCommit' && group !== undefined && reads(group, record.topic)) {
          return `${record.group} consumes ${record.topic}, and its offset ${record.partition} goes`;
        }
      }
    }
    return null;
  },
};

/** Whether some member says that it wants the topic, or nothing that can be understood. */
function reads(group: Group, topic: string): boolean {
  return [...group.members.values()].some(({ protocols }) => {
    const said = protocols.find(({ name }) => name === group.protocol) ?? protocols[0];
    const bytes = said?.metadata ?? new Uint8Array(0);
    return bytes.length < SHORTEST_SUBSCRIPTION || String.fromCharCode(...bytes).includes(topic);
  });
}
