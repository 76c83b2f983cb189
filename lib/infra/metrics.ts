import { formatNumber } from './numbers';

const gigabyte = 1024 ** 3;

function size(bytes: number): string {
  if (bytes >= 1024 * gigabyte) return `${formatNumber(bytes / 1024 / gigabyte)} TB`;
  return bytes < gigabyte
    ? `${formatNumber(Math.ceil(bytes / 1024 ** 2))} MB`
    : `${formatNumber(Math.round((bytes / gigabyte) * 10) / 10)} GB`;
}

/** How what is counted is called: on its own, after a number, and how its numbers are written. In the order in which they are shown. */
const metrics = {
  users: { label: 'People', one: 'person', many: 'people', write: formatNumber },
  patients: { label: 'Active patients', one: 'active patient', many: 'active patients', write: formatNumber },
  appointments: { label: 'Appointments a month', one: 'appointment a month', many: 'appointments a month', write: formatNumber },
  calls: { label: 'Calls a month', one: 'call a month', many: 'calls a month', write: formatNumber },
  sms: { label: 'Text messages a month', one: 'text message a month', many: 'text messages a month', write: formatNumber },
  locations: { label: 'Locations', one: 'location', many: 'locations', write: formatNumber },
  storage_bytes: { label: 'Storage', one: 'of storage', many: 'of storage', write: size },
  api_calls: { label: 'API calls an hour', one: 'API call an hour', many: 'API calls an hour', write: formatNumber },
  mails: { label: 'Mails a month', one: 'mail a month', many: 'mails a month', write: formatNumber },
} as const;

export type Metric = keyof typeof metrics;
export const metricKeys = Object.keys(metrics) as Metric[];
/** A metric of the catalogue; undefined for a name that is none. */
const find = (metric: string) => metricKeys.find((key) => key === metric);

/** What a metric is called on its own. */
export function metricLabel(metric: string): string {
  const key = find(metric);
  return key ? metrics[key].label : metric;
}

/** A number of a metric without its name: 1,000 or 10 GB. */
export function writeAmount(metric: string, amount: number): string {
  const key = find(metric);
  return (key ? metrics[key].write : formatNumber)(amount);
}

/** What many of a metric are called: active patients. */
function metricNoun(metric: string, amount = 2): string {
  const key = find(metric);
  return key ? metrics[key][amount === 1 ? 'one' : 'many'] : metric;
}

/** A number of a metric with its name: 1,000 active patients. */
export function writeCount(metric: string, amount: number): string {
  return `${writeAmount(metric, amount)} ${metricNoun(metric, amount)}`;
}

/** Why as much more does not fit, in a sentence. */
export function writeRefusal(metric: string, used: number, limit: number): string {
  if (limit === 0) return `Your plan has no ${metricNoun(metric)}.`;
  const now = used >= limit ? 'and all are in use' : `${writeAmount(metric, used)} are in use, and this would be more`;
  return `Your plan allows ${writeCount(metric, limit)}, ${now}.`;
}

/** How much of a limit is used: 80 of 100 active patients. */
export function writeUse(metric: string, used: number, limit: number): string {
  return `${writeAmount(metric, used)} of ${writeCount(metric, limit)}`;
}

/** The same where there may be no limit: 80 of 100, or 80 · unlimited. */
export function writeShare(metric: string, used: number, limit: number | null): string {
  return `${writeAmount(metric, used)} ${limit === null ? '· unlimited' : `of ${writeAmount(metric, limit)}`}`;
}
