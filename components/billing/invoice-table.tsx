import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { Table, TableHead } from '@/components/ui/table';
import { formatPrice } from '@/lib/billing/plans';
import type { InvoiceLine } from '@/lib/billing/stripe-queries';
import { formatDay } from '@/lib/time/format';

const statuses: Record<string, string> = { open: 'Open', paid: 'Paid', void: 'Void', uncollectible: 'Written off' };

/** The clinic's invoices; null when Stripe could not be asked. */
export async function InvoiceTable({ invoices: asked, timeZone }: { invoices: Promise<InvoiceLine[] | null>; timeZone: string }) {
  const invoices = await asked;
  if (!invoices) return <Alert kind="error">The invoices cannot be shown right now. Please reload in a minute.</Alert>;
  if (invoices.length === 0) return <Card className="text-muted-foreground text-sm">There are no invoices yet.</Card>;
  return (
    <Table>
      <TableHead
        columns={[
          { label: 'Date' },
          { label: 'Number', from: 'sm' },
          { label: 'Amount', align: 'right' },
          { label: 'Status', from: 'sm' },
          { label: 'Invoice', align: 'right' },
        ]}
      />
      <tbody>
        {invoices.map(({ id, number, status, created, total, currency, page, pdf }) => (
          <tr key={id} className="border-t first:border-t-0">
            <td className="px-4 py-3">
              {formatDay(created, timeZone)}
              <span className="block text-muted-foreground text-xs sm:hidden">{statuses[status] ?? status}</span>
            </td>
            <td className="hidden px-4 py-3 tabular-nums sm:table-cell">{number}</td>
            <td className="px-4 py-3 text-right tabular-nums">{formatPrice(total, currency)}</td>
            <td className="hidden px-4 py-3 sm:table-cell">
              <Badge>{statuses[status] ?? status}</Badge>
            </td>
            <td className="px-4 py-3 text-right">
              {pdf && (
                <a href={pdf} className="font-medium text-primary underline-offset-4 hover:underline" aria-label={`PDF of ${number}`}>
                  PDF
                </a>
              )}
              {status === 'open' && page && (
                <a
                  href={page}
                  className="ml-3 font-medium text-primary underline-offset-4 hover:underline"
                  aria-label={`Pay ${number} on its page`}
                >
                  Pay
                </a>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
