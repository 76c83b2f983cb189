import type { Metadata } from 'next';
import { FindClinicForm } from '@/components/tenants/find-clinic-form';
import { Card } from '@/components/ui/card';

export const metadata: Metadata = { title: 'Find my clinic', description: 'A mail with the addresses of your clinics.' };

export default function FindPage() {
  return (
    <div className="mx-auto flex max-w-md flex-col gap-6 pt-10 sm:pt-16">
      <div>
        <h1 className="font-semibold text-2xl">Find my clinic</h1>
        <p className="mt-2 text-muted-foreground">Each clinic signs in at its own address. We mail you where yours are.</p>
      </div>
      <Card>
        <FindClinicForm />
      </Card>
    </div>
  );
}
