// A node's badge: its grade, its score or its uptime in a few words and a colour. Colours bear white text at 4.5 : 1 and more, so that
// a badge is legible on light and dark pages alike.
import type { Badge } from '../../../schema/api/badges.ts';
import { SAMPLES_MIN } from '../../../schema/api/nodes.ts';
import type { BADGES } from '../../../schema/api/profile-requests.ts';
import type { Grade } from '../../../schema/api/profile.ts';
import type { NodeId } from '../../../schema/api/requests.ts';
import { found, type Answer } from '../views/answer.ts';
import type { WebPorts } from '../views/ports.ts';
import { BADGE_SECONDS } from './limits.ts';
import { gradeOf } from './grade.ts';
import { percent } from './percent.ts';
import { gradeInput } from './ranked-node.ts';
import { gradeNode } from './show-profile.ts';

export const GRADE_COLORS: Readonly<Record<Grade, string>> = {
  excellent: '116329',
  reliable: '1a6e72',
  fair: '7d5700',
  poor: '9a4600',
  failing: 'a40e26',
  unproven: '57606a',
};

export async function showBadge(
  ports: WebPorts,
  { id, show }: { id: NodeId; show: (typeof BADGES)[number] },
): Promise<Answer<Badge>> {
  const answer = await gradeNode(ports, { id });
  if (!answer.ok) return answer;
  const { row, newest } = answer.value;
  const { grade } = gradeOf(gradeInput(newest.policy, row));
  const { score } = row;
  const told = grade !== 'unproven' && score !== null;
  const messages = {
    grade: () => grade,
    score: () => (told ? percent(score.scorePpm) : 'not enough data'),
    uptime: () => (score === null || score.uptimeSamples < SAMPLES_MIN ? 'not enough data' : percent(score.uptimeLowPpm)),
  };
  const labels = { grade: 'assay', score: 'assay score', uptime: 'assay uptime' };
  return found({
    ...{
      schemaVersion: 1,
      label: labels[show],
      message: messages[show](),
      color: GRADE_COLORS[grade],
      cacheSeconds: BADGE_SECONDS,
    },
  });
}
