import type { Metadata } from 'next';
import { BrandForm } from '@/components/settings/brand-form';
import { LogoForm } from '@/components/settings/logo-form';
import { ProfileForm } from '@/components/settings/profile-form';
import { SecondFactorRuleForm } from '@/components/settings/second-factor-rule-form';
import { SessionLimitsForm } from '@/components/settings/session-limits-form';
import { Alert } from '@/components/ui/alert';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import { requestFacts } from '@/lib/infra/request';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadSettings } from '@/lib/settings/loaders';

export const metadata: Metadata = { title: 'Settings' };

const messages: Record<string, string> = {
  profile: 'The clinic’s profile is saved.',
  brand: 'The clinic’s colour is saved.',
  logo: 'The clinic’s logo is saved.',
  'second-factor': 'It is saved who needs a second factor.',
  sessions: 'The limits are saved. Sessions that are past them have ended.',
};

type Props = { searchParams: Promise<SearchParams> };

export default async function SettingsPage({ searchParams }: Props) {
  const { facts, settings, roles, canChange } = await loadSettings();
  const { saved } = await searchParams;
  const { hostHeader } = await requestFacts();
  const message = typeof saved === 'string' ? messages[saved] : undefined;
  return (
    <>
      <PageHeader title="Settings" subtitle={facts.clinic.name} />
      {message && <SavedMessage>{message}</SavedMessage>}
      {!canChange && (
        <Alert kind="notice" className="mb-6">
          Your role does not allow changing these. Ask an administrator of your clinic.
        </Alert>
      )}
      <div className="flex max-w-3xl flex-col gap-6">
        <ProfileForm clinic={facts.clinic} settings={settings} address={hostHeader ?? ''} canChange={canChange} />
        <LogoForm clinic={facts.clinic} canChange={canChange} />
        <BrandForm color={settings.brand_color} canChange={canChange} />
        <SecondFactorRuleForm settings={settings} roles={roles} canChange={canChange} />
        <SessionLimitsForm settings={settings} canChange={canChange} />
      </div>
    </>
  );
}
