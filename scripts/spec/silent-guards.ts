/** Guards of which nothing tells when they are broken, and why that is right. */

import type { GuardVerdict } from './guard-mutants.js';

const ONLY_LEADERS = 'only leaders are chosen to do that';
const WITHIN_BUDGET = 'nothing is chosen for it once the budget is spent';
const SECOND_LINE =
  'who is shut out has nothing under way any more, so the condition before it fails (a second line of defence)';
const NOT_COMMITTED = 'and what changes nothing is not committed';

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
};

export function reasonOf(
  specification: string,
  { definition, guard }: Pick<GuardVerdict, 'definition' | 'guard'>,
): string | undefined {
  return SILENT[`${specification}: ${definition}: ${guard}`];
}
