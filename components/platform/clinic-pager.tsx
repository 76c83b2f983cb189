import { ChevronLeft, ChevronRight } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Link } from '@/components/ui/link';
import { formatNumber } from '@/lib/infra/numbers';
import { clinicListAddress } from '@/lib/platform/list-address';
import type { ClinicQuery } from '@/lib/platform/schema';

/** Steps through the pages of the list of clinics. */
export function ClinicPager({ query, pages }: { query: ClinicQuery; pages: number }) {
  if (pages <= 1) return null;
  return (
    <nav aria-label="Pages" className="mt-4 flex items-center justify-end gap-3">
      <p className="text-muted-foreground text-sm tabular-nums">
        Page {formatNumber(query.page)} of {formatNumber(pages)}
      </p>
      {query.page > 1 && (
        <Button asChild variant="outline" size="sm">
          <Link href={clinicListAddress({ ...query, page: query.page - 1 })}>
            <ChevronLeft aria-hidden /> Previous
          </Link>
        </Button>
      )}
      {query.page < pages && (
        <Button asChild variant="outline" size="sm">
          <Link href={clinicListAddress({ ...query, page: query.page + 1 })}>
            Next <ChevronRight aria-hidden />
          </Link>
        </Button>
      )}
    </nav>
  );
}
