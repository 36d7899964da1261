import type { Group } from '../../coordinator/types.js';
import type { GroupsProperty } from './property.js';

/**
 * G-LIVE, G-JOIN (KAFKA-9752): every group that is on its way somewhere has a timer that moves it on,
 * and every member that owes a sign of life has a session timer.
 */
export const nobodyWaitsForever: GroupsProperty = {
  name: 'NobodyWaitsForever',
  source: 'G-LIVE, G-JOIN, KAFKA-9752',
  violation: ({ after }) => {
    for (const [id, group] of after.groups) {
      const wrong = stuck(id, group, after.timers);
      if (wrong !== null) {
        return `${id} (${group.state}): ${wrong}`;
      }
    }
    return null;
  },
};

function stuck(id: string, group: Group, timers: ReadonlySet<string>): string | null {
  const armed = (name: string, memberId = ''): boolean =>
    timers.has(memberId === '' ? `${name} ${id}` : `${name} ${id.length}:${id}${memberId}`);
  if (group.state === 'PreparingRebalance' && !armed('rebalance') && !armed('initialDelay')) {
    return 'the join phase has no end';
  }
  const late = [...group.members.values()].some((member) => member.join === null);
  const open = group.state === 'PreparingRebalance' && group.initialDelay === null;
  if (open && !late && group.pendingMembers.size === 0) {
    return 'everybody has joined, yet the join phase goes on';
  }
  if (group.pendingSync.size > 0 && !armed('sync')) {
    return 'members need not ask for their assignment';
  }
  if (group.storing && !armed('store')) {
    return 'the assignment may take forever to be committed';
  }
  for (const pending of group.pendingMembers) {
    if (!armed('pendingMember', pending)) {
      return `pending member ${pending} is waited for without end`;
    }
  }
  for (const member of group.members.values()) {
    const owesSign = (member.join === null && member.sync === null) || member.isNew;
    if (owesSign && !armed('session', member.memberId)) {
      return `member ${member.memberId} may be silent forever`;
    }
  }
  return null;
}
