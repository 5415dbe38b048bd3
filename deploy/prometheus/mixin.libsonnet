// The same files for who builds with jsonnet: a mixin in the usual form.
{
  prometheusRules+:: std.parseYaml(importstr 'rules.yaml'),
  prometheusAlerts+:: std.parseYaml(importstr 'alerts.yaml'),
}
