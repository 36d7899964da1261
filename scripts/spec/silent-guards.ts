/** Guards of which nothing tells when they are broken, and why that is right. */

import type { GuardVerdict } from './guard-mutants.js';

const ONLY_LEADERS = 'only leaders are chosen to do that';
const WITHIN_BUDGET = 'nothing is chosen for it once the budget is spent';
const SECOND_LINE =
  'who is shut out has nothing under way any more, so the condition before it fails (a second line of defence)';
const NOT_COMMITTED = 'and what changes nothing is not committed';

const OF_THE_WAY =
  'it is of the way to where a scope begins and of no step; from another beginning the figures are others';

/** By specification, definition and text. */
const SILENT: Readonly<Record<string, string>> = {
  'producer: reconnect: not(client.fenced)': SECOND_LINE,
  'producer: timeOutBatch: not(client.fenced)': SECOND_LINE,
  'producer: bumpEpoch: not(client.fenced)': SECOND_LINE,
  'producer: handleProduce: length(queues.get(life)) > 0':
    'only lives that have something in their queue are chosen',
  'producer: restart: id == leader':
    'what is known of producers is what the log says, so the two restarts differ only in what the leader loses, and an edge does not name its replica: both results are there, with the replicas changed over. Lock B compares the replica as well',
  'producer: takeSnapshot: length(replicas.get(id).log) > 0':
    'no snapshot is of less than nothing, so the next condition says the same',
  'producer: precedes: distance > 0':
    'the sequence that is the oldest remembered one is known before this is asked',
  'producer: acceptSequence: kept.first == batch.first':
    'batches of an epoch that end alike begin alike, but after 2^31 sequences',
  'producer: acceptSequence: kept.last == batch.last':
    'batches of an epoch that begin alike end alike, but after 2^31 sequences',
  'producer: acceptSequence: precedes(scope, batch.last, state.batches[0].first)':
    'a batch that begins before the oldest remembered one ends before it, too',
  'producer: acceptSequence: precedes(scope, batch.first, state.batches[0].first)':
    'a batch that ends before the oldest remembered one begins before it, too',

  'partition: handleProduce: node.role == "leader"': ONLY_LEADERS,
  'partition: handleConsumerFetch: node.role == "leader"': ONLY_LEADERS,
  'partition: replicaLagDue: node.role == "leader"': ONLY_LEADERS,
  'partition: alterPartitionRetryDue: node.role == "leader"': ONLY_LEADERS,
  'partition: drop: spent.drops < scope.drops': WITHIN_BUDGET,
  'partition: sendFetch: r.src == id':
    'no two brokers have the same epoch, so a fetch of this incarnation is one of this broker',
  'partition: handleFetched: node.role == "follower"':
    'the next condition says as much: only a follower has another broker for its leader',
  'partition: handleFetched: node.leader == r.src':
    'a leader epoch has one leader, and the next condition asks for the epoch',
  'partition: handleFetched: length(node.log) == r.fetchOffset':
    'a follower asks once at a time, and only what it is answered changes its log while it follows that leader',
  'partition: handleFetched: (if (node.asked) 0 else latestEpoch(node.epochs)) == r.lastFetchedEpoch':
    'a follower asks once at a time, and only what it is answered changes its epochs while it follows that leader',
  'partition: sessionExpired: not(image.brokers.get(id).fenced)': `a fenced broker neither leads nor is in the ISR (KIP-841), so nothing would change, ${NOT_COMMITTED}`,
  'partition: brokerHeartbeat: image.brokers.get(id).fenced': `where a broker is not fenced whoever may be elected has been, so nothing would change, ${NOT_COMMITTED}`,
  'partition: electPreferredLeaders: image.partition.leader != 0': `where nobody leads nobody in sync is alive, so nothing would change, ${NOT_COMMITTED}`,
  'partition: electUncleanLeaders: image.partition.leader == 0': `a leader is alive and in sync, and stays: nothing would change, ${NOT_COMMITTED}`,
  'partition: assignEpochEntry: e.epoch < epoch':
    'an epoch that begins is newer than all that the log has: newer ones were cut before',
  'partition: truncationPoint: own.epoch != 0':
    'a leader tells of no newer epoch than it was asked about, which is the newest of the own log: of that the own log knows the end',
  'partition: electLeader: p.isr == Set()':
    'nobody in the ISR is fenced (KIP-841), so where nobody in it is alive nobody is in it',
  'partition: electLeader: length(p.lastKnownElr) > 0':
    'where the ISR and the ELR are empty somebody has led, and the last one is remembered',
  'partition: electLeader: live != Set()': 'the first of nobody is nobody: the result is the same',
  'partition: mayUnfence: node.brokerEpoch == broker.epoch':
    'who knows of its own registration is the incarnation that is registered: no other one registers while it lives',
  'partition: reportRecovered: node.leaderState.inflight == noChange':
    'it is asked behind a newer word of the controller, which ends what was under way',
  'partition: mayPropose: not(node.recovering)':
    'the report of who recovers is under way until a newer word comes, and while a change is under way there is no other',
  'partition: expandIsrWithoutFetch: followers.get(f).logEndOffset >= 0':
    '`mayJoinIsr` asks for more: no high watermark is below 0',
  'partition: shrinkIsrIfDue: node.role == "leader"':
    'who does not lead knows of no followers, and of whom nothing is known nobody leaves',
  'partition: onAlterPartitionAnswered: node.role == "leader"':
    'an answer goes to who led the epoch that it names, and who knows of that epoch as its newest leads it still',
  'partition: onAlterPartitionAnswered: node.leaderEpoch == r.leaderEpoch':
    'what is answered to an earlier leadership is older than all that this one knows and asks for',
  'partition: onAlterPartitionAnswered: leads':
    'who leads no more, or a newer epoch, knows of a newer partition epoch than the answer has, and has nothing under way on the older one',
  'partition: onAlterPartitionAnswered: r.error == "NONE"':
    'an error comes without a word, and no word is older than any',

  'raft: see: node.term > before.term': 'a vote that is known already is learnt once more',
  'raft: checkQuorumDue: scope.checkQuorum': 'nobody is chosen for it where the scope does without',
  'raft: checkQuorumDue: node.role == Leader': ONLY_LEADERS,
  'raft: catchUpDue: node.catchUp.voter != 0': 'only leaders that bring somebody up are chosen',
  'raft: transferDue: nodes.get(id).transfer.dst != 0': 'only leaders that hand over are chosen',
  'raft: persisted: own != Set()': 'what has the own vote in it is not empty',
  'raft: persisted: length(before.unpersisted) > 0':
    'only nodes that have a write under way are chosen',
  'raft: persisted: length(writes) <= scope.writes': 'one write ends, and at most one begins',
  'raft: persisted: length(outcome.node.log) <= scope.entries':
    'requests leave with the own vote, so who leads once that is durable is the only voter; the scope that has one has a single term',
  'raft: restart: spent.restarts < scope.restarts': WITHIN_BUDGET,
  'raft: propose: node.role == Leader': ONLY_LEADERS,
  'raft: propose: spent.proposals < scope.proposals': WITHIN_BUDGET,
  'raft: snapshotTaken: spent.snapshots < scope.snapshots': WITHIN_BUDGET,
  'raft: requestRead: node.role == Leader': ONLY_LEADERS,
  'raft: requestRead: spent.reads < scope.reads': WITHIN_BUDGET,
  'raft: changeVoters: node.role == Leader': ONLY_LEADERS,
  'raft: changeVoters: spent.changes < scope.changes': WITHIN_BUDGET,
  'raft: transferLeadership: node.role == Leader': ONLY_LEADERS,
  'raft: transferLeadership: spent.transfers < scope.transfers': WITHIN_BUDGET,
  'raft: replicateTo: node.role == Leader': ONLY_LEADERS,
  'raft: replicateTo: id != dst': 'nobody is chosen to send to itself',
  'raft: sendChunk: node.role == Leader': ONLY_LEADERS,
  'raft: drop: spent.drops < scope.drops': WITHIN_BUDGET,
  'raft: handleSnapshotPiece: r.term < before.term':
    'here a snapshot comes in one piece: lock C asks this, of traces',
  'raft: deliver: srcOf(x) == src': OF_THE_WAY,
  'raft: deliver: dstOf(x) == dst': OF_THE_WAY,
  'raft: lose: srcOf(x) != src': OF_THE_WAY,
  'raft: lose: dstOf(x) != dst': OF_THE_WAY,
  'raft: matchesPrevious: prevIndex < node.snapshotIndex':
    'here a log keeps what its snapshot covers; that is committed, so it matches by what follows, too',
  'raft: withEntries: prevIndex + k > node.snapshotIndex':
    'what a snapshot covers is committed: no leader has anything else there',
  'raft: becomeFollower: node.leaderHeard':
    '`followLeader`, which alone names a leader, says itself that it is heard',
  'raft: leaveIfRemoved: node.role == Leader': '`tryCommit` has asked that before',
  'raft: tryCommit: node.role == Leader': 'only what a leader does leads there',
  'raft: tryCommit: commitIndex > node.commitIndex':
    'where nothing more is committed no read becomes ready, and who has to leave has left',
  'raft: catchUp: match_ >= node.catchUp.target':
    'who has the whole log has what the round began with',
  'raft: onVoteRequest: not(disregards)':
    'who hears a leader of the term that is asked about has voted in it: of three voters two have elected the leader, and the third is the candidate',
  'raft: onTimeoutNow: m.term == node.term':
    'only what a leader said before it was deposed and leads again differs in that: no scope has room for so much',
  'raft: onInstallSnapshotReply: m.term != node.term':
    'only an answer to what the same leader sent in an earlier term differs in that: no scope has room for so much',
  'raft: onTimeoutNow: node.role.in(Set(Follower, PreCandidate))':
    'who follows the sender is no candidate and does not lead; of a learner the next condition asks',
  'raft: onTimeoutNow: takesPart(scope, m.dst, node.log, node.commitIndex)':
    'who takes no part is a learner, of whom the condition before asks',
};

export function reasonOf(
  specification: string,
  { definition, guard }: Pick<GuardVerdict, 'definition' | 'guard'>,
): string | undefined {
  return SILENT[`${specification}: ${definition}: ${guard}`];
}
