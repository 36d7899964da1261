/** What survives, in words, by file; and what is open. */

const NEVER = 'guards that no right program runs into, and their words';

export const WORDS: Readonly<Record<string, string>> = {
  'src/core/raft/canonical.ts':
    'how a buffer grows: a byte earlier, or by less at a time; a mark, two names of kinds and an order of names that are others and tell as much; no two names are equal',
  'src/core/raft/election.ts': `${NEVER}; a leader that votes is none any more, so its role is not asked for; for how long timers run`,
  'src/core/raft/follower.ts':
    'an entry that the one before it covers; hints for a fast back-up that lead a probe further back than needed',
  'src/core/raft/machine.ts':
    'what only a node with a (wrong) rule does at its start; a write that is reported twice; what waits for oneself is always a vote',
  'src/core/raft/membership.ts':
    'nobody has progress where nobody catches up; what is committed was committed by a leader',
  'src/core/raft/read-index.ts':
    'a short cut where nobody waits; how many were heard of, which only a (wrong) rule asks for',
  'src/core/raft/replication.ts': `${NEVER}; who does not lead knows of nobody's progress, so its role need not be asked for`,
  'src/core/raft/roles.ts':
    'pieces of a snapshot that are dropped without need, or kept where the leader of the term is heard again (a term has one); a candidate that is removed hears so from a leader, whom it follows first',
  'src/core/raft/rules.ts': 'equal terms were compared before',
  'src/core/raft/sending.ts':
    'an assertion, and its words: a leader knows the term of all that it sends behind',
  'src/core/raft/snapshot.ts':
    'who does not lead knows of nobody, so its role need not be asked for; whether a newer snapshot begins to leave at once or with the next heartbeat',
  'src/core/raft/state.ts':
    'no state is the beginning of another, so that the lengths are compared for speed only',
  'src/core/raft/step.ts':
    'a configuration is looked up again in vain; nothing is committed twice; an empty list of entries, which commitment never hands out',
  'src/core/raft/transfer.ts':
    'of two that are as far either will do; who takes over is known for as long as the transfer lasts; of those who commit a removal one has the directory of a voter',
  'src/core/metadata/brokers.ts':
    'the word for a state that nobody asks for; the words of an assertion',
  'src/core/metadata/controller.ts':
    'the lengths are compared for speed only; who shuts down is remembered with an offset, so nobody is asked for who has none; only a registration can say that its broker shuts down; a change of what is not there stops the image',
  'src/core/metadata/elections.ts':
    'short cuts: partitions that the broker does not hold, or that are led, have nothing to change; a partition that a broker leaves changes; an election that is held names whom it elects',
  'src/core/metadata/image.ts':
    'no two keys are equal; in another order they are in one order too; a change that says something of the fence says yes or no; what a snapshot leaves out for brevity',
  'src/core/metadata/partition-change.ts':
    'an assertion; the rules look at replicas only, so who is none falls out there as well; nobody is restarted where none is said to be; whoever is only known changes with something else; a replica is moved to brokers that are there',
  'src/core/metadata/partitions.ts':
    'what was checked is there; no change of an ISR makes a leader recover, and only one that recovers can end it',
  'src/core/metadata/reassignments.ts': 'a topic that has no id is not found by it either',
  'src/core/metadata/rules-reassign.ts': 'nobody is among those that are being added',
  'src/core/metadata/rules.ts': 'nobody is among those in sync, and nobody lives',
  'src/core/metadata/topics.ts':
    'what is no refusal is an assignment; an assignment that was taken has a partition, and that one replicas; too many partitions are refused once they are placed as well; a record without a word of recovery has recovered',
  'src/core/partition/assignment.ts': `${NEVER}; the rule says the same of a leader; no leader comes without an epoch`,
  'src/core/partition/delete-records.ts': 'a short cut where nobody waits',
  'src/core/partition/encoding.ts':
    'no two keys of a map are equal; in the other order they are in one order too',
  'src/core/partition/fetch.ts':
    'consumers and followers of a leader; no progress without the state of a leader',
  'src/core/partition/follower.ts':
    'an epoch that is there already is assigned again, which changes nothing; an assertion, for batches are never empty',
  'src/core/partition/isr.ts':
    'who is in the ISR is followed, so it is found there; no offset is below that of who has not fetched, so such a follower is not let in anyway',
  'src/core/partition/leader.ts':
    'short cuts where nothing moves or nobody waits (on the way of every step); a fact of nobody beside those of the followers; who stands at the log end holds up no high watermark, caught up or not; who leads no more has nobody who waits',
  'src/core/partition/log.ts':
    'an end or a start that is the same moves nothing; a leader has heard of no high watermark, and the true rule lowers none',
  'src/core/partition/machine.ts': 'a rule that always says yes (its bug says no)',
  'src/core/partition/producer-state.ts': 'an entry that is filled in by the lines that follow',
  'src/core/partition/produce.ts':
    'an assertion: what was accounted for begins at the log end and has no gap',
  'src/core/partition/queries.ts':
    'whether the leader has answered, which only a (wrong) rule asks for',
  'src/core/partition/rules-read.ts': 'an id is met once',
  'src/core/partition/state.ts':
    'no state is the beginning of another, so that the lengths are compared for speed only',
};

export const OPEN = `Every survivor was read, and for each file the table says why nobody can see it; that is no proof. Where it says *open*, a test should still be written.
In Raft's \`election\`, \`follower\`, \`log\`, \`quorum\` and \`replication\`, and in the partition's \`assignment\`, \`epochs\` and \`fetch\`, lock B was asked first, elsewhere the quick
tests, so the two columns say who noticed first, not who would. What was not asked counts as survived, so a longer run can only find fewer.
Of \`metadata\` the placement of replicas and what is decided about configs have not been tried yet; the tables of configs are not step functions, and are left out.

Of 27 mutants (\`raft/quorum.ts\`) Stryker and vitest were asked as well, with the same tests and lock B's: they say the same of each.`;
