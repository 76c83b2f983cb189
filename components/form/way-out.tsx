import { Link } from '@/components/ui/link';
import type { ErrorCode } from '@/lib/infra/errors';

/** Where to go on when a limit is what an act was refused for; nothing for every other reason. */
export function WayOut({ code }: { code: ErrorCode | undefined }) {
  if (code !== 'quota_exceeded') return null;
  return (
    <>
      {' '}
      <Link href="/usage" className="font-medium underline underline-offset-4">
        See your usage
      </Link>
    </>
  );
}
