/** Replication of a partition with one rule broken. */

import type { Broken, Mutant } from './broken.js';
import { mutantsOf } from './broken.js';

const epochs: readonly Broken[] = [
  [
    'an epoch that begins where the next one does is kept',
    'e.epoch < epoch and e.startOffset < startOffset',
    'e.epoch < epoch',
    'late_metadata',
  ],
  [
    'a cut leaves the epoch that begins where it ends',
    'epochs.select(e => e.startOffset < endOffset)',
    'epochs.select(e => e.startOffset <= endOffset)',
    'divergence',
  ],
  [
    'the leader tells the end of an epoch that it never had',
    'else { epoch: latestEpoch(older), endOffset',
    'else { epoch: requested, endOffset',
    'divergence',
  ],
  [
    'the follower does not look at its own epochs',
    'least(end, logEndOffset)\n    else',
    'least(leaderEnd.endOffset, logEndOffset)\n    else',
    'divergence_twice',
  ],
  [
    'a fetch of another leadership is answered',
    'scope.design == Kip320FirstTry or r.currentLeaderEpoch == leader.leaderEpoch,',
    'r.currentLeaderEpoch > 0,',
    'late_metadata',
  ],
  [
    'a fetch of an earlier incarnation counts',
    '    r.brokerEpoch >= leader.brokers.get(r.src).epoch,\n',
    '',
    'incarnations',
  ],
  [
    'a log that is too long does not diverge',
    '(end.epoch < r.lastFetchedEpoch or end.endOffset < r.fetchOffset)',
    'end.epoch < r.lastFetchedEpoch',
    'loss',
  ],
  [
    'another epoch at the end does not diverge',
    '(end.epoch < r.lastFetchedEpoch or end.endOffset < r.fetchOffset)',
    'end.endOffset < r.fetchOffset',
    'divergence',
  ],
];

const leading: readonly Broken[] = [
  [
    'acks=all is taken with too few in sync',
    'acks != -1 or isrSize >= minIsr',
    'acks != -1 or isrSize >= 0',
    'restart',
  ],
  [
    'the high watermark does not wait for who is being added',
    'node.isr.union(idsOf(node.leaderState.inflight.isr))',
    'node.isr.union(node.isr)',
    'isr',
    'fenced_change',
  ],
  [
    'a fenced replica is proposed',
    'not(broker.fenced) and broker.epoch == node.leaderState',
    'broker.epoch == node.leaderState',
    'incarnations',
  ],
  [
    'another incarnation is proposed than the one that fetched',
    'not(broker.fenced) and broker.epoch == node.leaderState.followers.get(id).brokerEpoch',
    'not(broker.fenced)',
    'incarnations',
    'loss',
  ],
  [
    'nobody is in time who is not at the end',
    'progress.logEndOffset == length(node.log) or not(progress.lagging)',
    'progress.logEndOffset == length(node.log)',
    'isr',
  ],
  [
    'records are committed with too few in sync',
    'if (size(node.isr) < scope.minIsr) node.highWatermark\n    else greatest',
    'greatest',
    'restart',
  ],
  [
    'the high watermark goes back',
    'else greatest(node.highWatermark, reached)',
    'else reached',
    'three',
  ],
  [
    'the high watermark does not wait for the ISR',
    'maximalIsr(node).contains(id) or (eligible',
    '(eligible',
    'isr',
  ],
  [
    'a follower joins below the high watermark',
    '    node.leaderState.followers.get(id).logEndOffset >= node.highWatermark,\n',
    '',
    'incarnations',
    'isr',
  ],
  [
    'a follower joins before the epoch of its leader',
    '    node.leaderState.followers.get(id).logEndOffset >= node.leaderState.epochStartOffset,\n',
    '',
    'loss',
  ],
  [
    'the incarnation that is registered is named',
    'registered: int): int = ofNewestFetch',
    'registered: int): int = registered',
    'incarnations',
  ],
  [
    'any word of the controller counts',
    'word.partitionEpoch > node.partitionEpoch',
    'word.partitionEpoch > 0',
    'isr',
  ],
  [
    'a change that may have happened is rolled back',
    'if (error == "INELIGIBLE_REPLICA") "rollBack"',
    'if (error != "NONE") "rollBack"',
    'isr',
  ],
  [
    'a change that did not happen is waited for',
    'if (error == "INELIGIBLE_REPLICA") "rollBack"',
    'if (error == "NONE") "rollBack"',
    'incarnations',
  ],
  [
    'a new leader tells its high watermark at once',
    'highWatermark >= epochStartOffset',
    'highWatermark >= 0',
    'three',
  ],
  [
    'a high watermark beyond the own log',
    'least(leaderHighWatermark, logEndOffset)',
    'leaderHighWatermark',
    'election',
  ],
  [
    'a follower forgets what it knew to be committed',
    'greatest(highWatermark, least(leaderHighWatermark, logEndOffset))',
    'least(leaderHighWatermark, logEndOffset)',
    'election',
  ],
];

const controlling: readonly Broken[] = [
  [
    'a change that is late is refused as that of a deposed leader',
    '"INVALID_UPDATE_VERSION"',
    '"FENCED_LEADER_EPOCH"',
    'isr',
  ],
  [
    'the last known leader is remembered twice',
    'p.lastKnownElr.select(known => known == id) == []',
    'p.lastKnownElr.select(known => known == 0) == []',
    'last_known',
  ],
  [
    'a fenced replica is elected',
    'val eligible_ = p.elr.intersect(live)',
    'val eligible_ = p.elr',
    'divergence',
  ],
  [
    'the last known leader is elected while others are eligible',
    'else if (p.elr == Set() and p.isr == Set() and length',
    'else if (p.isr == Set() and length',
    'eligible',
  ],
  [
    'anybody is elected where nobody said so',
    'else if (uncleanAllowed and live != Set())',
    'else if (live != Set())',
    'last_known',
  ],
  [
    'the leader has to go where it could stay',
    'else if (inSync.contains(p.leader)) p.leader',
    'else if (inSync.contains(p.leader) and preferred) p.leader',
    'preferred',
  ],
  [
    'the preferred replica leads though nobody asked for it',
    'preferred and inSync.contains(first)',
    'inSync.contains(first)',
    'preferred',
  ],
  ['who is fenced stays in the ISR', 'isr.exclude(Set(lost))', 'isr', 'restart'],
  [
    'the ELR is kept with enough in sync',
    '{ ...p, isr: isr, elr: Set(), lastKnownElr: [] }',
    '{ ...p, isr: isr, lastKnownElr: [] }',
    'restart',
  ],
  [
    'who leaves the ISR below the minimum is forgotten',
    'elr: p.elr.union(p.isr).exclude(isr)',
    'elr: p.elr.exclude(isr)',
    'restart',
  ],
  [
    'who may have lost something stays eligible',
    'elr: p.elr.exclude(Set(id)),',
    'elr: p.elr,',
    'loss',
  ],
  [
    'a fenced replica joins',
    'not(broker.fenced) and (member.brokerEpoch == 0 or broker.epoch == member.brokerEpoch)',
    'member.brokerEpoch == 0 or broker.epoch == member.brokerEpoch',
    'fenced_change',
    'incarnations',
  ],
  [
    'another incarnation joins than the one that fetched',
    'not(broker.fenced) and (member.brokerEpoch == 0 or broker.epoch == member.brokerEpoch)',
    'not(broker.fenced)',
    'incarnations',
  ],
  [
    'a change of an earlier incarnation is looked at',
    'r.brokerEpoch != image.brokers.get(r.src).epoch',
    'r.brokerEpoch < 0',
    'last_known',
  ],
  [
    'a change of a deposed leader is not told from one that is late',
    'r.leaderEpoch != p.leaderEpoch',
    'r.leaderEpoch < 0',
    'fenced_change',
  ],
  [
    'a change of an older state is made',
    'r.partitionEpoch != p.partitionEpoch',
    'r.partitionEpoch < 0',
    'isr',
  ],
  [
    'the ISR of a leader that recovers grows',
    'p.recovering and size(r.newIsr) > 1',
    'p.recovering and size(r.newIsr) > 2',
    'last_known',
  ],
  [
    'an incarnation replaces one that lives',
    'bool = broker.fenced',
    'bool = broker.epoch > 0',
    'restart',
  ],
  [
    'a broker serves before it knows of its registration',
    'not(node.starting) and node.brokerEpoch',
    'node.brokerEpoch',
    'restart',
  ],
];

const steps: readonly Broken[] = [
  [
    'a produce is answered before it is committed',
    'filter(required => required > reached)',
    'filter(required => required > reached + 1)',
    'isr',
  ],
  [
    'a record bears the epoch of another leadership',
    'node.log.append({ epoch: node.leaderEpoch, value',
    'node.log.append({ epoch: 1, value',
    'divergence',
  ],
  [
    'two incarnations have the same broker epoch',
    '1 + image.brokers.keys().map(k => image.brokers.get(k).epoch).fold(0, greatest)',
    '1 + image.brokers.get(id).epoch',
    'restart',
  ],
  [
    'who is elected from the ELR is not in sync',
    'p.isr.union(Set(elected.leader))), leader',
    'p.isr), leader',
    'divergence',
  ],
  [
    'a fetch that diverges says what the follower has',
    'settled(scope, id, { node: node,',
    'settled(scope, id, { node: heard,',
    'in_sync_apart',
  ],
  [
    'a second change is asked for before the first is answered',
    'and node.leaderState.inflight == noChange\n      and not(node.recovering)',
    'and not(node.recovering)',
    'isr',
    'incarnations',
  ],
  [
    'a leader that recovers asks for others',
    '\n      and not(node.recovering) and mayJoinIsr',
    '\n      and mayJoinIsr',
    'last_known',
  ],
  [
    'who may join has to fetch again first',
    'if (due == Set()) outcome',
    'if (due == due) outcome',
    'isr',
  ],
  [
    'a leader that leads on forgets who waits',
    'waiting: node.leaderState.waiting,',
    'waiting: Set(),',
    'merges',
  ],
  [
    'epochs without a record outlive the end of the process',
    'epochs: epochsAfterTruncation(node.epochs, kept),',
    'epochs: node.epochs,',
    'restart',
  ],
  [
    'a change outlives a newer state',
    '{ ...node.leaderState, inflight: noChange }\n          else { epochStartOffset',
    '{ ...node.leaderState, inflight: node.leaderState.inflight }\n          else { epochStartOffset',
    'isr',
  ],
  [
    'the answer to an earlier leadership counts',
    'val leads = node.role == "leader" and node.leaderEpoch == r.leaderEpoch',
    'val leads = node.role == "leader" and node.leaderEpoch >= 0',
    'fenced_change',
  ],
  [
    'the high watermark stays behind the cut',
    'highWatermark: least(node.highWatermark, point), asked',
    'highWatermark: node.highWatermark, asked',
    'last_known',
  ],
  [
    'a leader does not note where its epoch begins',
    'epochs: assignEpochEntry(node.epochs, p.leaderEpoch, start),',
    'epochs: node.epochs,',
    'restart',
  ],
  [
    'a new leader trusts what it knew as an earlier one',
    'if (not(anew)) { ...node.leaderState',
    'if (node.role == "leader") { ...node.leaderState',
    'merges',
  ],
  [
    'nobody is elected when somebody comes back',
    'if (image.partition.leader != 0) unfenced',
    'if (image.partition.leader >= 0) unfenced',
    'divergence',
  ],
  [
    'every start counts as clean',
    'val clean = previousBrokerEpoch == image.brokers.get(id).epoch',
    'val clean = previousBrokerEpoch >= 0',
    'loss',
  ],
  [
    'a new leader leads the old epoch',
    'else before.leaderEpoch + 1 }',
    'else before.leaderEpoch }',
    'three',
  ],
  [
    'a change does not number the partition anew',
    'else { ...epochs, partitionEpoch: before.partitionEpoch + 1 } }',
    'else epochs }',
    'three',
  ],
  [
    'an unclean election is not marked',
    'lastKnownElr: [], recovering: true }',
    'lastKnownElr: [], recovering: p.recovering }',
    'last_known',
  ],
  [
    'a leader that has recovered stays marked',
    'recovering: false,\n      partitionEpoch: p.partitionEpoch + 1',
    'recovering: p.recovering,\n      partitionEpoch: p.partitionEpoch + 1',
    'last_known',
  ],
];

const actions: readonly Broken[] = [
  [
    'a consumer reads beyond the high watermark',
    'ghost.shown.union(placed(node.log, node.highWatermark))',
    'ghost.shown.union(placed(node.log, length(node.log)))',
    'election',
  ],
  [
    'the answer of another leadership is taken',
    'node.leader == r.src, node.leaderEpoch == r.leaderEpoch,',
    '',
    'late_answers',
  ],
  [
    'a fetch that is under way is forgotten',
    'and r.brokerEpoch == node.brokerEpoch\n',
    'and r.brokerEpoch != node.brokerEpoch\n',
    'incarnations',
  ],
];

export const partitionMutants: readonly Mutant[] = [
  ...mutantsOf('partition', 'partition_rules.qnt', [...epochs, ...leading, ...controlling]),
  ...mutantsOf('partition', 'partition_steps.qnt', steps),
  ...mutantsOf('partition', 'partition.qnt', actions),
];
