/** Host headers that name no clinic of the world, though many look like one. */
export function strangeHosts(port: string): string[] {
  const root = 'localhost';
  const tails = ['', `:${port}`];
  const names = [
    `alder.${root}.evil.com`, `alder.${root}.`, `alder..${root}`, `.alder.${root}`, `alder.${root}..`, `x.alder.${root}`, `alder.x.${root}`,
    `alder-.${root}`, `-alder.${root}`, `alder_.${root}`, `al der.${root}`, `alder%2e${root}`, `alder%00.${root}`, `alder\\.${root}`, `alder/.${root}`,
    `alder@${root}`, `user:pw@alder.${root}`, `alder.${root}@evil.com`, `alder#.${root}`, `alder?.${root}`, `alder;.${root}`, `alder,.${root}`,
    `xn--alder-abc.${root}`, `xn--80ak6aa92e.${root}`, 'xn--80ak6aa92e.com', `www.${root}`, `admin.${root}`, `api.${root}`, `nowhere.${root}`, `demo.${root}`, `mail.${root}`, `dashboard.${root}`, `alder1.${root}`, `alderr.${root}`, `lder.${root}`, `alder-clinic.${root}`, `birch.alder.${root}`, `alder.birch.${root}`, `signup.x.${root}`,
    `signup.${root}.evil.com`, `signup-${root}`, `signup${root}`, `alder${root}`, `not${root}`, `${root}.evil.com`, `${root}.com`, `evil-${root}`,
    '127.0.0.1', '127.1', '0.0.0.0', '2130706433', '0x7f000001', '0177.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '10.0.0.1', '169.254.169.254', '192.168.1.1',
    'evil.com', 'alder.evil.com', 'alder.yourcrm.com', 'alder.yourcrm.com.evil.com', 'crm.unknown-health.test', 'xcrm.alder-health.test', 'alder-health.test',
    'crm.alder-health.test.evil.com', 'crm.alder-health.test.', 'crm-alder-health.test', 'test', 'com', 'a', '..', '.', '-', '_', '*', `*.${root}`, '%', '%2e', '%61lder.localhost',
    'ⓐlder.localhost'.normalize('NFKC').replace('alder', 'alder\t'), `alder.${root} `.trimEnd().concat(`.${'a'.repeat(63)}`), `${'a'.repeat(64)}.${root}`, `${'a'.repeat(63)}.${root}`,
    `${'a.'.repeat(130)}${root}`, 'a'.repeat(300), `al.${root}`, `a.${root}`, `ab.${root}`, `alder--.${root}`, `--alder.${root}`, `"alder.${root}"`, `'alder.${root}'`,
    `<script>.${root}`, `alder.${root}/login`, `alder.${root}\\@evil.com`, `//alder.${root}`, `http://alder.${root}`, `alder.${root}:`, `alder.${root}:0`, `alder.${root}:80:${port}`,
    `alder.${root}:99999`, `alder.${root}:${port}1`, `alder.${root}:0${port}0`, `alder.${root}:-${port}`, `alder.${root}:+${port}`, `alder.${root}:abc`, `alder.${root}:443`, `alder.${root}:80`, `alder.${root}:8080`,
  ];
  const withTails = names.flatMap((name) => (/:[^\]]*$/.test(name) && !name.startsWith('[') ? [name] : tails.map((tail) => `${name}${tail}`)));
  const unprintable = (text: string) => [...text].some((character) => (character.codePointAt(0) ?? 0) > 255 || character === '\t');
  return [...new Set(withTails)].filter((host) => !unprintable(host));
}
