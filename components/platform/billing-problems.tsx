import type { ReactNode } from 'react';
import { ActButton } from '@/components/form/act-button';
import { Link } from '@/components/ui/link';
import { Table, TableHead } from '@/components/ui/table';
import { formatNumber } from '@/lib/infra/numbers';
import { closeBillingAlert, retryEvent } from '@/lib/platform/actions';
import type { BillingProblems } from '@/lib/platform/schema';
import { formatMoment } from './format';

const alerts: Record<BillingProblems['alerts'][number]['kind'], string> = {
  unknown_price: 'A price that the catalogue does not hold; nothing was changed',
  second_subscription: 'A second subscription of the same clinic; somebody pays twice',
  customer_deleted: 'The customer was deleted at Stripe; a new one was made',
  dispute: 'A payment is disputed with the bank',
  drift: 'Stripe and the database differed; repaired',
};

const tasks: Record<string, string> = {
  sync_billing: 'Asking Stripe about a clinic',
  reconcile_billing: 'The hourly comparison',
  settle_billing: 'Trials and payments that are due',
  send_billing_notice: 'A mail about a plan',
};

function Clinic({ id, name }: { id: string | null; name: string | null }) {
  if (!id) return <span className="text-muted-foreground">none</span>;
  return (
    <Link href={`/clinics/${id}`} className="font-medium text-primary underline-offset-4 hover:underline">
      {name}
    </Link>
  );
}

/** One kind of problem; of very many the newest are listed. */
function Part({ title, rows, children }: { title: string; rows: { total: number }[]; children: ReactNode }) {
  const total = rows[0]?.total ?? 0;
  return (
    <section className="mb-8">
      <h2 className="mb-3 font-semibold">{title}</h2>
      {total > rows.length && (
        <p className="-mt-2 mb-3 text-muted-foreground text-sm">
          The newest {formatNumber(rows.length)} of {formatNumber(total)}.
        </p>
      )}
      {children}
    </section>
  );
}

const cell = 'px-4 py-3 align-top';

/** Open alerts, events that could not be applied, and jobs that have failed for good. */
export function BillingProblemLists({ problems }: { problems: BillingProblems }) {
  return (
    <>
      {problems.alerts.length > 0 && (
        <Part title="Alerts" rows={problems.alerts}>
          <Table>
            <TableHead columns={[{ label: 'What' }, { label: 'Clinic' }, { label: 'When', from: 'md' }, { label: '' }]} />
            <tbody>
              {problems.alerts.map(({ id, kind, about, detail, clinic, tenant_id, occurred_at }) => (
                <tr key={id} className="border-t first:border-t-0">
                  <td className={cell}>
                    {alerts[kind]}
                    <span className="wrap-anywhere block text-muted-foreground text-xs">{[about, detail].filter(Boolean).join(' · ')}</span>
                  </td>
                  <td className={cell}>
                    <Clinic id={tenant_id} name={clinic} />
                  </td>
                  <td className={`${cell} hidden md:table-cell`}>{formatMoment(occurred_at)}</td>
                  <td className={`${cell} text-right`}>
                    <ActButton
                      label="Close"
                      name={`Close: ${about}`}
                      action={closeBillingAlert}
                      input={{ alert: id }}
                      variant="outline"
                      size="sm"
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </Table>
        </Part>
      )}
      {problems.events.length > 0 && (
        <Part title="Events that could not be applied" rows={problems.events}>
          <Table>
            <TableHead columns={[{ label: 'Event' }, { label: 'Clinic' }, { label: 'Last error', from: 'md' }, { label: '' }]} />
            <tbody>
              {problems.events.map(({ id, type, tenant_id, clinic, attempts, last_error, received_at }) => (
                <tr key={id} className="border-t first:border-t-0">
                  <td className={cell}>
                    <span className="wrap-anywhere">{type}</span>
                    <span className="wrap-anywhere block text-muted-foreground text-xs">
                      {id} · {formatMoment(received_at)} · tried {attempts} times
                    </span>
                  </td>
                  <td className={cell}>
                    <Clinic id={tenant_id} name={clinic} />
                  </td>
                  <td className={`${cell} hidden md:table-cell`}>{last_error}</td>
                  <td className={`${cell} text-right`}>
                    <ActButton
                      label="Try again"
                      name={`Try again: ${id}`}
                      action={retryEvent}
                      input={{ event: id }}
                      variant="outline"
                      size="sm"
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </Table>
        </Part>
      )}
      {problems.jobs.length > 0 && (
        <Part title="Jobs that have failed for good" rows={problems.jobs}>
          <Table>
            <TableHead columns={[{ label: 'Job' }, { label: 'Clinic' }, { label: 'Last tried' }]} />
            <tbody>
              {problems.jobs.map(({ id, task, tenant_id, clinic, run_at, attempts }) => (
                <tr key={id} className="border-t first:border-t-0">
                  <td className={cell}>
                    {tasks[task] ?? task}
                    <span className="block text-muted-foreground text-xs">tried {attempts} times</span>
                  </td>
                  <td className={cell}>
                    <Clinic id={tenant_id} name={clinic} />
                  </td>
                  <td className={cell}>{formatMoment(run_at)}</td>
                </tr>
              ))}
            </tbody>
          </Table>
        </Part>
      )}
    </>
  );
}
