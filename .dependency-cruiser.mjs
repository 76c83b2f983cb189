/** The domains that a domain may import beside infra, fields, time, words, access and itself; a new one needs none to begin with. */
const domains = {
  access: [],
  legal: [],
  jobs: ['audit', 'billing', 'mail', 'patients'],
  mail: ['settings'],
  patients: ['audit'],
  platform: ['billing'],
  tenants: ['legal'],
  usage: ['billing'],
};
/** The domains whose components a domain's may import beside ui, form, access and its own. */
const shown = { access: [], billing: ['usage'] };

/** Those on which everything stands import nobody. */
const foundations = ['access', 'legal'];

const anyOf = (names) => `(${names.join('|')})`;
/** What every domain stands on beside its own. */
const base = ['infra', 'fields', 'time', 'words'];
const others = (root, name, allowed) => ({ path: `^${root}/`, pathNot: `^${root}/${anyOf([name, ...allowed])}/` });
const rule = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

export default {
  forbidden: [
    rule('a-file-has-a-domain', { path: '^(lib|components)/[^/]+$' }, {}, 'A file belongs to a domain: put it into the folder of one.'),
    rule('no-cycles', {}, { circular: true }, 'Files import each other in a circle: move what both need into a third.'),
    rule(
      'infra-knows-no-domain',
      { path: '^lib/(infra|fields|time|words)/' },
      { path: '^(app|components|scripts|tests|e2e)/|^lib/(?!(infra|fields|time|words)/)', pathNot: '^lib/[^/]+/words/en\\.json$' },
      'lib/infra, lib/fields, lib/time and lib/words are below every domain: hand in what they need.',
    ),
    rule(
      'lib-knows-no-ui',
      { path: '^lib/' },
      { path: '^(app|components|scripts|tests|e2e)/' },
      'lib knows no pages: turn the import around.',
    ),
    rule(
      'domains-import-few',
      { path: '^lib/([^/]+)/', pathNot: `^lib/${anyOf([...base, ...Object.keys(domains)])}/` },
      others('lib', '$1', [...base, 'access']),
      'A domain imports infra, fields, time, words, access and itself; another one only when it is named in .dependency-cruiser.mjs.',
    ),
    ...Object.entries(domains).map(([name, more]) =>
      rule(
        `domains-import-few-${name}`,
        { path: `^lib/${name}/` },
        others('lib', name, [...base, ...(foundations.includes(name) ? [] : ['access']), ...more]),
        foundations.includes(name)
          ? `lib/${name} imports infra, fields, time, words and itself: every domain stands on it.`
          : `lib/${name} imports infra, fields, time, words, access, itself and what .dependency-cruiser.mjs names.`,
      ),
    ),
    rule('components-know-no-routes', { path: '^components/' }, { path: '^(app|scripts|tests|e2e)/' }, 'Components are below the routes.'),
    rule(
      'app-knows-no-scripts',
      { path: '^(app/|middleware|instrumentation)' },
      { path: '^(scripts|tests|e2e)/' },
      'The app runs without them.',
    ),
    rule(
      'ladder-ui',
      { path: '^components/ui/' },
      { path: '^(lib/(?!time/|infra/numbers)|components/(?!ui/))' },
      'components/ui imports itself and how days and numbers are written.',
    ),
    rule('ladder-form', { path: '^components/form/' }, { path: '^components/(?!(ui|form)/)' }, 'components/form imports ui and itself.'),
    rule(
      'ladder-domain',
      { path: '^components/([^/]+)/', pathNot: `^components/${anyOf(['ui', 'form', 'shell', ...Object.keys(shown)])}/` },
      others('components', '$1', ['ui', 'form', 'access']),
      'A domain’s components import ui, form, access and their own; another domain’s only when .dependency-cruiser.mjs names it, the shell never.',
    ),
    ...Object.entries(shown).map(([name, more]) =>
      rule(
        `ladder-domain-${name}`,
        { path: `^components/${name}/` },
        others('components', name, ['ui', 'form', ...(name === 'access' ? [] : ['access']), ...more]),
        `components/${name} imports ui, form, its own and what .dependency-cruiser.mjs names, the shell never.`,
      ),
    ),
    rule(
      'pages-go-through-loaders-and-gates',
      { path: '^app/(?!api/)' },
      { path: '^lib/[^/]+/(commands|queries)\\.ts$|^lib/infra/supabase' },
      'A page reads by a loader of its domain, which asks the gate.',
    ),
    rule(
      'components-call-actions-only',
      { path: '^components/' },
      {
        path: '^lib/[^/]+/(commands|queries|loaders)\\.ts$|^lib/infra/(supabase|secrets|mail|logger)',
        dependencyTypesNot: ['type-only'],
      },
      'A component gets its data from its page, and writes by an action.',
    ),
    rule(
      'commands-know-no-next',
      { path: '^lib/[^/]+/(commands|queries)\\.ts$' },
      { path: '(^|/)node_modules/next/' },
      'Commands and queries take a scope and know no Next: loaders, actions and routes do.',
    ),
    rule(
      'service-role-in-allow-listed-modules',
      {
        pathNot:
          '^lib/(access/throttle|access/recovery|access/assurance|billing/webhook|usage/live|infra/refusals|tenants/commands|platform/entrance)\\.ts$|^scripts/bench/bare/page\\.tsx$',
      },
      { path: '^lib/infra/supabase-service\\.ts$' },
      'The client that bypasses row-level security is for the modules that docs/architecture.md names: use the caller’s.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.next|\\.local)' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
