insert into private.reserved_names (name)
select unnest(array[
  'about', 'abuse', 'account', 'accounts', 'admin', 'administrator', 'api', 'app', 'apps', 'assets', 'auth', 'autoconfig',
  'autodiscover', 'backup', 'beta', 'billing', 'blog', 'board', 'booking', 'broadcasthost', 'calendar', 'careers', 'cdn',
  'chat', 'checkout', 'clinic', 'clinics', 'cloud', 'community', 'console', 'contact', 'crm', 'dashboard', 'data', 'database',
  'db', 'debug', 'demo-admin', 'dev', 'developer', 'developers', 'direct', 'dns', 'docs', 'domain', 'domains', 'download',
  'email', 'example', 'export', 'faq', 'feedback', 'files', 'forum', 'ftp', 'gateway', 'git', 'graphql', 'guest', 'health',
  'help', 'hipaa', 'home', 'host', 'hostmaster', 'images', 'imap', 'import', 'inbox', 'info', 'internal', 'invite', 'invoice',
  'invoices', 'isatap', 'jobs', 'landing', 'legal', 'live', 'local', 'localhost', 'login', 'logout', 'mail', 'mailer',
  'mailserver', 'marketing', 'media', 'metrics', 'mobile', 'monitor', 'monitoring', 'mx', 'new', 'news', 'newsletter', 'no-reply',
  'noc', 'noreply', 'ns1', 'ns2', 'ns3', 'ns4', 'oauth', 'office', 'official', 'old', 'operations', 'ops', 'order', 'orders',
  'owner', 'partner', 'partners', 'password', 'patient', 'patients', 'payment', 'payments', 'platform', 'pop', 'pop3', 'portal',
  'postmaster', 'preview', 'pricing', 'privacy', 'private', 'prod', 'production', 'profile', 'proxy', 'public', 'register',
  'registration', 'root', 'sales', 'sandbox', 'secure', 'security', 'server', 'service', 'services', 'settings', 'setup', 'shop',
  'sign-in', 'sign-up', 'signin', 'signup', 'sip', 'sitemap', 'smtp', 'sso', 'staff', 'stage', 'staging', 'static', 'statistics',
  'stats', 'status', 'storage', 'store', 'stripe', 'subdomain', 'supabase', 'support', 'sysadmin', 'system', 'team', 'tenant',
  'tenants', 'terms', 'test', 'testing', 'tests', 'trial', 'undefined', 'update', 'upload', 'uploads', 'user', 'username', 'users',
  'video', 'vpn', 'web', 'webhook', 'webhooks', 'webmail', 'webmaster', 'website', 'wiki', 'wpad', 'www', 'www1', 'www2', 'yourcrm'
]);
