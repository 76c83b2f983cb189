import type { Metadata } from 'next';
import { LegalDocument } from '@/components/shell/legal-document';
import { agreements } from '@/lib/legal/documents';

export const metadata: Metadata = { title: 'Terms of service' };

export default function TermsPage() {
  return (
    <LegalDocument title="Terms of service" version={agreements.terms}>
      <h2>The service</h2>
      <p>
        We provide a customer-relationship system for clinics, reached over the internet at an address of the clinic’s own. The plan a
        clinic chooses sets what it includes and how much of it.
      </p>
      <h2>Trial and payment</h2>
      <p>
        A new clinic may use the Professional plan for fourteen days without paying. Afterwards it chooses a plan. Nothing is deleted
        because a trial ends or a payment is late; access is limited until the matter is settled.
      </p>
      <h2>The clinic’s data</h2>
      <p>What a clinic enters belongs to the clinic. It may export its data at any time and have it deleted by closing its account.</p>
      <h2>Proper use</h2>
      <p>
        Accounts are personal. The clinic decides who may see what, and answers for using the service lawfully, towards its patients above
        all.
      </p>
      <h2>Ending</h2>
      <p>
        The clinic may end the agreement at any time. We may end it on thirty days’ notice, or at once where the service is used to do harm.
      </p>
    </LegalDocument>
  );
}
