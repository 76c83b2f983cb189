import type { Metadata } from 'next';
import { Button } from '@/components/ui/button';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';

export const metadata: Metadata = { title: 'Not allowed' };

export default function Forbidden() {
  return (
    <>
      <PageHeader
        title="Your role does not open this page"
        subtitle="Ask an administrator of your clinic if you need it; your account page names your role."
      />
      <Button asChild variant="outline">
        <Link href="/">Go to the dashboard</Link>
      </Button>
    </>
  );
}
