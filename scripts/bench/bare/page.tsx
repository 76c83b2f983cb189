import { notFound } from 'next/navigation';
import { PatientBrowser } from '@/components/patients/patient-browser';
import { AppFrame } from '@/components/shell/app-frame';
import { gateSchema } from '@/lib/access/schema';
import { unwrap } from '@/lib/infra/supabase';
import { serviceClient } from '@/lib/infra/supabase-service';
import { listSchema } from '@/lib/patients/schema';

/** The list's page without gate and policies: as many requests to the data API, as the service, and the same parts on the page. */
export default async function BarePage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params;
  const facts = gateSchema.parse(unwrap(await serviceClient().rpc('bench_facts' as never, { p_slug: slug } as never)));
  if (facts.status !== 'ok') notFound();
  const list = unwrap(await serviceClient().rpc('bench_list' as never, { p_slug: slug } as never));
  return (
    <AppFrame facts={facts}>
      <PatientBrowser
        initialQuery={listSchema.parse({})}
        initialPage={list as never}
        permissions={facts.permissions}
        slowed={false}
        timeZone={facts.clinic.time_zone}
      />
    </AppFrame>
  );
}
