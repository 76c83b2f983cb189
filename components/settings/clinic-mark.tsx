import Image from 'next/image';
import { LogoMark } from '@/components/ui/logo';
import type { ClinicName } from '@/lib/access/schema';

/** A clinic's logo, or the product's mark where it has none; its name stands beside it. */
export function ClinicMark({ clinic }: { clinic: Pick<ClinicName, 'logo_hash'> }) {
  if (!clinic.logo_hash) return <LogoMark />;
  return (
    <Image
      unoptimized
      src={`/logo/${clinic.logo_hash}`}
      alt=""
      width={112}
      height={32}
      className="h-8 w-auto max-w-28 shrink-0 object-contain"
    />
  );
}
