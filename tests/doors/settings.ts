import sharp from 'sharp';
import { type Doors, takesId, takesNothing } from '../support/doors';

const profile = {
  ...{ name: 'Case Clinic', contact_email: '', contact_phone: '', website: '', time_zone: 'Europe/Berlin', currency: 'eur', locale: 'de' },
  ...{ address_line1: '', address_line2: '', city: 'Case', region: '', postal_code: '', country: '' },
};
const picture = sharp({ create: { width: 64, height: 64, channels: 3, background: '#0b7174' } });
const logo = new File([await picture.png().toBuffer()], 'logo.png', { type: 'image/png' });

export default {
  actions: {
    saveProfile: takesNothing(profile),
    saveBrand: takesNothing({ brand_color: '#0b7174' }),
    saveLogo: takesNothing({ logo }),
    removeLogo: takesNothing(),
    saveSessionLimits: takesNothing({ session_idle_minutes: '30', session_hours: '10' }),
    saveSecondFactorRule: takesId((id) => ({ rule: 'roles', roles: [id('roles')], from: '2099-01-01' })),
  },
  // A logo's address is tried by hand, it is no JSON.
  openRoutes: { anybody: ['GET /logo/[hash]'] },
  pages: { '/settings': { mark: (slug) => `desk@${slug}.test`, broken: true } },
  functions: {
    anon: ['find_logo'],
    authenticated: ['find_logo', 'set_logo', 'set_second_factor_rule', 'update_clinic_profile'],
  },
} satisfies Doors;
