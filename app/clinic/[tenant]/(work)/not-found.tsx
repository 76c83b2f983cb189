import type { Metadata } from 'next';
import { Button } from '@/components/ui/button';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <>
      <PageHeader title="There is nothing at this address" subtitle="The page or record does not exist, or your role does not open it." />
      <Button asChild variant="outline">
        <Link href="/">Go to the dashboard</Link>
      </Button>
    </>
  );
}
