import type { Metadata } from 'next';
import { LegalDocument } from '@/components/shell/legal-document';
import { agreements } from '@/lib/legal/documents';

export const metadata: Metadata = { title: 'Privacy policy' };

export default function PrivacyPage() {
  return (
    <LegalDocument title="Privacy policy" version={agreements.privacy}>
      <h2>What we keep about clinic staff</h2>
      <p>
        Name, e-mail address, a hash of the password, and the time, address and browser of each session. We need them to sign people in and
        to keep accounts safe.
      </p>
      <h2>What we keep for clinics</h2>
      <p>
        Patients’ details are entered by the clinic, which decides about them. We process them for the clinic alone and look at them only
        when the clinic has agreed to it for support.
      </p>
      <h2>Who else receives data</h2>
      <p>
        The companies that run our servers, deliver our mails and handle payments, each for that purpose only. Our pages load nothing from
        third parties and track nobody.
      </p>
      <h2>Your rights</h2>
      <p>
        You may ask what we keep about you, have it corrected, exported or deleted. Patients turn to their clinic, which can do all of this
        in the service.
      </p>
    </LegalDocument>
  );
}
