// The same files for who builds with jsonnet: a mixin in the usual form.
{
  prometheusRules+:: std.parseYaml(importstr 'rules.yaml'),
  prometheusAlerts+:: std.parseYaml(importstr 'alerts.yaml'),
  grafanaDashboards+:: {
    'drd-daemon.json': import '../grafana/dashboards/drd-daemon.json',
    'drd-estate.json': import '../grafana/dashboards/drd-estate.json',
    'drd-proof.json': import '../grafana/dashboards/drd-proof.json',
    'drd-run.json': import '../grafana/dashboards/drd-run.json',
    'drd-service.json': import '../grafana/dashboards/drd-service.json',
  },
}
