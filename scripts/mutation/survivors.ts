/** What survives, in words, by file; and what is open. */

const NEVER = 'guards that no right program runs into, and their words';

export const WORDS: Readonly<Record<string, string>> = {
  'src/core/raft/canonical.ts':
    'how a buffer grows: a byte earlier, or by less at a time; a mark, names of kinds and an order of names that are others and tell as much; no two names are equal',
  'src/core/raft/election.ts': `${NEVER}; a leader that votes is none any more, so its role is not asked for; for how long timers run`,
  'src/core/raft/follower.ts':
    'an entry that the one before it covers; hints for a fast back-up that lead a probe further back than needed',
  'src/core/raft/machine.ts':
    'a node that is a voter says no hello a second time; what waits for oneself is always a vote; a lost connection of who does not lead',
  'src/core/raft/membership.ts': `${NEVER}; whom a configuration brings in is known already, and is no learner a moment later`,
  'src/core/raft/read-index.ts':
    'a short cut where nobody waits; how many were heard of, which only a (wrong) rule asks for',
  'src/core/raft/replication.ts': `${NEVER}; who does not lead knows of nobody's progress, so its role need not be asked for`,
  'src/core/raft/roles.ts': `${NEVER}; a role that comes with a new leader or term is another one as well; lists that are empty are emptied`,
  'src/core/raft/rules.ts':
    'equal terms were compared before; short cuts where the next comparison says the same; ids that come with one directory each',
  'src/core/raft/sending.ts': `${NEVER}; what is sent where the snapshot ends, which a probe finds as well`,
  'src/core/raft/snapshot.ts':
    'who does not lead knows of nobody, so its role need not be asked for; whether a newer snapshot begins to leave at once or with the next heartbeat',
  'src/core/raft/state.ts':
    'no state is the beginning of another, so that the lengths are compared for speed only',
  'src/core/raft/step.ts':
    'a configuration is looked up again in vain; nothing is committed twice; an empty list of entries, which commitment never hands out',
  'src/core/raft/transfer.ts':
    'of two that are as far either will do; who takes over is known for as long as the transfer lasts; of those who commit a removal one has the directory of a voter',
  'src/core/partition/assignment.ts': `${NEVER}; the rule says the same of a leader; no leader comes without an epoch`,
  'src/core/partition/confirmation.ts': 'the role and the state of a leader come and go together',
  'src/core/partition/delete-records.ts':
    'a short cut where nobody waits; a list that is dropped with its leadership; tokens of two deletions at once',
  'src/core/partition/encoding.ts':
    'open: lock B, which tells states apart by these very bytes, was not asked of most; how a buffer grows; numbers that are never equal; a missing rack and one without a name',
  'src/core/partition/fetch.ts':
    'consumers and followers of a leader; no progress without the state of a leader',
  'src/core/partition/follower.ts': `${NEVER}; an epoch that is there already is assigned again; a list is copied; a cut where nothing is cut`,
  'src/core/partition/isr.ts': `${NEVER}; short cuts where nobody lags or can leave; no offset is below that of who has not fetched`,
  'src/core/partition/leader.ts': `${NEVER}; short cuts where nothing moves or nobody waits; a list that is dropped with its leadership`,
  'src/core/partition/log.ts': `${NEVER}; a list is copied; offsets that are equal move nothing; open: a cut below the log start, and a follower that appends`,
  'src/core/partition/machine.ts':
    'a refusal that leaves nobody to leave; a rule that always says yes (its bug says no)',
  'src/core/partition/producer-state.ts': 'an entry that is filled in by the lines that follow',
  'src/core/partition/produce.ts': `${NEVER}; open: the time that the log gives to a batch has no test here (the broker's do)`,
  'src/core/partition/queries.ts':
    'no epoch is older than any; open: whether anything is being appended, which only the host asks',
  'src/core/partition/rules-epochs.ts':
    'comparisons of epochs of which one is known to be there; a leader always comes with a new epoch',
  'src/core/partition/rules-read.ts': 'replicas that are as good: an id is met once',
  'src/core/partition/state.ts':
    'lists that the first assignment replaces; a list is copied; the comparison of equally long states',
};

export const OPEN = `Where it says *open*, the survivor is known to be a gap that a test should close. The others were read, file by file, and are taken for
changes that nobody can see, or for guards behind which another one stands; that is no proof. Nor were all oracles asked everywhere: in the
files from \`election\` to \`roles\` of Raft and \`assignment\` to \`isr\` of the partition lock B was asked first, elsewhere the quick tests, so the two columns say who
noticed first, not who would; of what was left of Raft's \`rules\`, \`sending\`, \`snapshot\`, \`step\` and \`transfer\` only the scopes of up to 3,500 states and no walks were asked,
and of much of the partition's \`encoding\` and \`state\` the tests only. What was not asked counts as survived, so a longer run can only find fewer.

Of 27 mutants (\`raft/quorum.ts\`) Stryker and vitest were asked as well, with the same tests and lock B's: they say the same of each.`;
