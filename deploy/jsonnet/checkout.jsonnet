// A Deployment, as any library of Kubernetes makes it, with two secrets of Vault.
local omamori = import 'omamori.libsonnet';

{
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'checkout', namespace: 'shop' },
  spec: {
    selector: { matchLabels: { app: 'checkout' } },
    template: {
      metadata: { labels: { app: 'checkout' } },
      spec: {
        serviceAccountName: 'checkout',
        containers: [{ name: 'app', image: 'registry.example.com/checkout:1' }],
      },
    },
  },
}
+ omamori.inject(
  omamori.file('db.env', 'secret/data/shop/db', { dir: '/srv/db' })
  + omamori.env('MAIL_PASSWORD', 'secret/data/shop/mail#password@3')
)
