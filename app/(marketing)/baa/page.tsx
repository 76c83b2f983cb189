import type { Metadata } from 'next';
import { LegalDocument } from '@/components/shell/legal-document';
import { agreements } from '@/lib/legal/documents';

export const metadata: Metadata = { title: 'Business associate agreement' };

export default function AgreementPage() {
  return (
    <LegalDocument title="Business associate agreement" version={agreements.baa}>
      <h2>Purpose</h2>
      <p>
        Where a clinic is a covered entity, we act as its business associate for the protected health information it keeps in the service.
      </p>
      <h2>What we do</h2>
      <p>
        We use and disclose that information only to provide the service or as the law requires, protect it with administrative, technical
        and physical safeguards, and bind every subcontractor that handles it to the same.
      </p>
      <h2>Incidents</h2>
      <p>
        We report a breach of unsecured information to the clinic without unreasonable delay, with what is known of who and what is
        affected.
      </p>
      <h2>Individuals’ rights and ending</h2>
      <p>
        We help the clinic to give individuals access, amendments and an account of disclosures. When the agreement ends, the information is
        returned by export and then destroyed.
      </p>
    </LegalDocument>
  );
}
