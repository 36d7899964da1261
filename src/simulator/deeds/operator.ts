/** What an operator does to the topics while clients use them. */

import { unreachable } from '../../core/types/assert.js';
import type { Act, TopicPlan } from '../scenario.js';
import type { Attempt, Doing, Hands } from './hands.js';
import { move } from './moves.js';

export type OperatorAct = Extract<
  Act,
  {
    type:
      | 'createTopic'
      | 'deleteTopic'
      | 'recreateTopic'
      | 'addPartitions'
      | 'deleteRecords'
      | 'reassign'
      | 'configure';
  }
>;

const UNANSWERED = 'no answer before the end of the faults';

/** The deed is over once the cluster says that it is done. */
export function operate(hands: Hands, doing: Doing, act: OperatorAct): Attempt {
  const { context, operator, atlas } = hands;
  if (act.type === 'configure') {
    const refused = atlas.configRefused(act.topic, act.key, act.value);
    if (refused !== null) {
      return refused;
    }
  }
  const again = act.type === 'recreateTopic' ? planAgain(hands, act) : null;
  if (act.type === 'recreateTopic' && again === null) {
    return 'there is no plan of this topic';
  }
  doing.begins(null);
  let answered = false;
  const asked = doing.untilDone(() => {
    if (!answered) {
      doing.failed(UNANSWERED);
    }
  });
  const done = (took: boolean, reason = 'the cluster refused it'): void => {
    if (answered) {
      return;
    }
    answered = true;
    if (!took) {
      doing.failed(reason);
    }
    asked.done();
  };
  const ask = (): void => {
    switch (act.type) {
      case 'createTopic':
        operator.createTopic(act.topic, done);
        return;
      case 'deleteTopic':
        operator.deleteTopic(act.topic, done);
        return;
      case 'recreateTopic':
        operator.deleteTopic(act.topic, (took) => {
          if (!took) {
            done(false);
            return;
          }
          doing.later(act.pause, () => operator.createTopic(again!, done));
        });
        return;
      case 'addPartitions':
        operator.addPartitions(act.topic, act.count, done);
        return;
      case 'deleteRecords':
        operator.deleteRecords(act.topic, act.partition, act.percent, done);
        return;
      case 'reassign':
        move(hands, act, done);
        return;
      case 'configure':
        operator.configure(act.topic, act.key, act.value, done);
        return;
      default:
        unreachable(act);
    }
  };
  // Never within a step of a broker: an operator is somewhere else.
  context.world.schedule(1, `operator ${act.type}`, ask);
  return null;
}

/** As it was planned, but for the configs that the deed names. */
function planAgain(
  hands: Hands,
  { topic, configs }: Extract<Act, { type: 'recreateTopic' }>,
): TopicPlan | null {
  const plan = planOf(hands, topic);
  return plan === null ? null : { ...plan, configs: configs ?? plan.configs };
}

/** As it was planned, at the start or by an operator's deed. */
function planOf(hands: Hands, name: string): TopicPlan | null {
  const { topics, choices } = hands.context.scenario;
  const planned = topics.find((topic) => topic.name === name);
  if (planned !== undefined) {
    return planned;
  }
  for (const { act } of choices) {
    if (act.type === 'createTopic' && act.topic.name === name) {
      return act.topic;
    }
  }
  return null;
}
