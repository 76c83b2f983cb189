/**
 * Prints each import that the structure forbids in one line: where, what, and what to do instead.
 * @param {import('dependency-cruiser').ICruiseResult} result
 * @returns {import('dependency-cruiser').IReporterOutput}
 */
export default function report({ summary }) {
  const remedies = new Map((summary.ruleSetUsed?.forbidden ?? []).map(({ name, comment }) => [name, comment]));
  const lines = summary.violations.map(({ from, to, rule, cycle }) => {
    const target = cycle ? cycle.map(({ name }) => name).join(' → ') : to;
    return `${from} imports ${target}: ${remedies.get(rule.name)}`;
  });
  return { output: lines.length > 0 ? `${lines.join('\n')}\n` : '', exitCode: lines.length };
}
